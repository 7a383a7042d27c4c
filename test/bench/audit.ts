import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { MongoClient } from 'mongodb';
import { eventsFile, FolderLog } from '../../src/audit/folder-log.js';
import { readRoots } from '../../src/audit/roots/read-roots.js';
import { FolderPlace } from '../../src/audit/roots/files-place.js';
import { LogVerifier } from '../../src/audit/verify-log.js';
import { EventLog } from '../../src/core/event-log.js';
import { CommandHandling } from '../../src/core/handle-command.js';
import { linkHash, NO_HASH } from '../../src/core/hash-chain.js';
import { derivedId } from '../../src/core/ids.js';
import { DataKeys } from '../../src/core/keys.js';
import { projectRoot } from '../../src/core/project-root.js';
import { Secrets } from '../../src/core/secrets.js';
import { referralDecider, type ReferralCommand } from '../../src/referral/referral.decider.js';
import { referralStream } from '../../src/referral/referral.events.js';
import { startEventStore } from '../support/event-store.js';
import { startFrontdoor } from '../support/frontdoor.js';
import { startMongo } from '../support/mongo.js';
import { filledForm, registered, saveForm, submitForm } from '../support/people.js';
import { interleaved, rate, type Figure } from './measure.js';

/** A smaller log for trying out: BENCH_EVENTS=20000. */
const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const A_STREAM = 500;

/** Verifying a whole log, against reading and SHA-256-hashing the same bytes. */
export async function verifyLog(): Promise<Figure[]> {
  const file = eventsFile(await linkedLog())!;
  const nothing = await readRoots(new FolderPlace(join(tmpdir(), 'no-roots')), []);
  const timed = (work: (log: FolderLog) => void) => async () => {
    const log = new FolderLog(file);
    const started = performance.now();
    work(log);
    const seconds = (performance.now() - started) / 1_000;
    log.close();
    return EVENTS / seconds;
  };
  const verify = timed((log) => {
    const verifier = new LogVerifier(nothing);
    for (const record of log.records()) verifier.take(record);
    if (!verifier.end().intact) throw new Error('The log of the bench does not verify.');
  });
  const readAndHash = timed((log) => {
    for (const { data, metadata } of log.records()) createHash('sha256').update(data).update(metadata).digest();
  });
  const { a, b } = await interleaved(3, verify, readAndHash);
  const note = `verification of ${EVENTS} events, against reading and SHA-256-hashing the same bytes`;
  return [{ name: 'verify', value: a, unit: '/s', against: b, bar: { least: 0.5 }, note }];
}

/** A data folder with so many linked events, made once and kept. */
async function linkedLog(): Promise<string> {
  const folder = join(projectRoot, `var/bench/linked-${EVENTS}`);
  const done = join(folder, 'done');
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  const store = await startEventStore({ dataDir: join(folder, 'event-store') });
  const client = EventStoreDBClient.connectionString(store.url);
  await rate(EVENTS / A_STREAM, 8, (nth) => {
    const stream = `referral-${derivedId('bench', nth)}`;
    return client.appendToStream(stream, linked(stream));
  });
  await client.dispose();
  await store.stop();
  writeFileSync(done, '');
  return folder;
}

/** Facts of a stream as the application stores them, a kilobyte each. */
function linked(stream: string) {
  let previousHash = NO_HASH;
  const sealed = randomBytes(400).toString('base64url');
  return Array.from({ length: A_STREAM }, (_, revision) => {
    const type = 'AnswersSaved';
    const data = { savedRevision: revision, sealed };
    const commandId = derivedId(stream, revision);
    const unlinked = {
      council: 'lancashire',
      actor: { kind: 'referrer', id: stream },
      commandId,
      commandHash: commandId,
      correlationId: commandId,
      causationId: commandId,
      at: '2026-11-20T12:00:00.000Z',
      previousHash,
    };
    const texts = { data: JSON.stringify(data), metadata: JSON.stringify(unlinked) };
    const hash = linkHash({ previousHash, stream, revision, type, ...texts });
    previousHash = hash;
    return jsonEvent({ id: derivedId(commandId, 0, hash), type, data, metadata: { ...unlinked, hash } });
  });
}

const HISTORY = `query($reference: String!) { referralHistory(reference: $reference, reason: "The bench") {
  entries { revision at type actor { kind id name } data hash previousHash } verification { intact } } }`;

/** The history of a referral of 1,000 facts, opened and verified, over HTTP. */
export async function history(): Promise<Figure[]> {
  const frontdoor = await startFrontdoor();
  try {
    const { api } = await registered(frontdoor.visitor('lancashire'));
    let form = await filledForm(api, 'request-for-support');
    for (let saves = 0; saves < 996; saves += 1) form = await saveForm(api, form, { answersPatch: {} });
    const { reference } = await submitForm(api, form);
    const auditor = await frontdoor.staff('lancashire', 'auditor');
    const times: number[] = [];
    for (let n = 0; n < 220; n += 1) {
      const started = performance.now();
      const { entries } = await auditor.ask<{ entries: unknown[] }>(HISTORY, { reference });
      if (entries.length < 1_000) throw new Error(`${entries.length} facts`);
      if (n >= 20) times.push(performance.now() - started);
    }
    const p99 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
    const note = 'referralHistory of a referral of 1,000 facts, its read recorded, reply parsed by the caller';
    return [{ name: 'history_p99', value: p99, unit: 'ms', bar: { most: 30 }, note }];
  } finally {
    await frontdoor.stop();
  }
}

/** Saving forms with a data key for each, against one key for all of them. */
export async function keyCost(): Promise<Figure[]> {
  const [events, mongo] = await Promise.all([
    startEventStore(),
    startMongo({ dataDir: mkdtempSync(join(tmpdir(), 'key-cost-')) }),
  ]);
  const client = EventStoreDBClient.connectionString(events.url);
  const mongoClient = await MongoClient.connect(mongo.url);
  const own = new DataKeys(mongoClient.db('vault'), Buffer.alloc(32, 1));
  const one = Buffer.alloc(32, 2);
  const shared = { create: async () => one, find: async () => one } as unknown as DataKeys;
  const side = async (keys: DataKeys) => {
    const handling = new CommandHandling(
      new EventLog(client, keys),
      { now: () => new Date() },
      new Secrets(Buffer.alloc(32, 3)),
    );
    const ids = Array.from({ length: 500 }, () => randomUUID());
    const revisions = new Map(ids.map((id) => [id, 1]));
    const expiresAt = '2999-01-01T00:00:00.000Z';
    const referrer = { forename: 'Lynn', surname: 'Robinson', email: 'lynn@example.org', professional: true };
    const give = (id: string, command: ReferralCommand) => {
      const actor = { kind: 'referrer' as const, id: 'lynn', name: 'Lynn Robinson' };
      const request = { commandId: randomUUID(), said: {}, council: 'lancashire', actor, correlationId: id };
      return handling.handle(referralDecider, referralStream(id), command, request);
    };
    const start = {
      type: 'StartForm' as const,
      accountId: 'lynn',
      formId: 'f',
      formVersion: 1,
      referrer,
      answers: {},
      expiresAt,
    };
    await rate(ids.length, 32, (nth) => give(ids[nth]!, start));
    const form = () => ({ refuse: () => [], check: () => ({ complete: true, problems: [] }), visible: () => ({}) });
    return () =>
      rate(6_000, 32, async (nth) => {
        const id = ids[nth % ids.length]!;
        const expectedRevision = revisions.get(id)!;
        revisions.set(id, expectedRevision + 1);
        const patch = { page: { text: 'What somebody writes on one page. '.repeat(10) } };
        const save = {
          type: 'SaveForm' as const,
          accountId: 'lynn',
          expectedRevision,
          patch,
          form,
          now: '2026-01-01',
          expiresAt,
        };
        await give(id, save);
      });
  };
  const { a, b } = await interleaved(5, await side(own), await side(shared));
  await client.dispose();
  await mongoClient.close();
  await Promise.all([events.stop(), mongo.stop()]);
  const note = 'saves of 500 forms with a data key each, against one key for all';
  return [{ name: 'key_cost', value: a, unit: '/s', against: b, bar: { least: 0.95 }, note }];
}
