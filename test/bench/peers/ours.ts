import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { MongoClient } from 'mongodb';
import { systemClock } from '../../../src/core/clock.js';
import { EventLog } from '../../../src/core/event-log.js';
import { CommandHandling } from '../../../src/core/handle-command.js';
import { DataKeys } from '../../../src/core/keys.js';
import { Secrets } from '../../../src/core/secrets.js';
import { referralDecider, type ReferralCommand } from '../../../src/referral/referral.decider.js';
import { referralStream } from '../../../src/referral/referral.events.js';
import { EVENTS, page, serve, STREAMS } from './side.js';

/**
 * Our command path without HTTP: load, decide, seal, append, through the official client to the embedded event store, which
 * syncs each commit. `cached`: decided states stay in memory, as in the product; `uncached`: every command reads its stream.
 */
const [eventStoreUrl, mongoUrl, caching] = process.argv.slice(2) as [string, string, 'cached' | 'uncached'];
const vault = (await MongoClient.connect(mongoUrl)).db('vault');
const log = new EventLog(EventStoreDBClient.connectionString(eventStoreUrl), new DataKeys(vault, Buffer.alloc(32, 1)));
const secrets = new Secrets(Buffer.alloc(32, 2));
const fresh = () => new CommandHandling(log, systemClock, secrets);
const kept = fresh();

const ids = Array.from({ length: STREAMS }, () => randomUUID());
const revisions = new Map<string, number>();
const referrer = { forename: 'Lynn', surname: 'Robinson', email: 'lynn@example.org', professional: true };
const life = { accountId: 'lynn', expiresAt: '2999-01-01T00:00:00.000Z' };
const form = () => ({ refuse: () => [], check: () => ({ complete: true, problems: [] }), visible: () => ({}) });

async function command(nth: number): Promise<void> {
  const id = ids[nth]!;
  const expectedRevision = revisions.get(id) ?? 0;
  revisions.set(id, expectedRevision + 1);
  const start: ReferralCommand = { type: 'StartForm', ...life, formId: 'f', formVersion: 1, referrer, answers: {} };
  const patch = { page: page(expectedRevision % EVENTS) };
  const save: ReferralCommand = { type: 'SaveForm', ...life, expectedRevision, patch, form, now: '2026-01-01' };
  const actor = { kind: 'referrer' as const, id: 'lynn', name: 'Lynn Robinson' };
  const request = { commandId: randomUUID(), said: { patch }, council: 'lancashire', actor, correlationId: id };
  const handling = caching === 'cached' ? kept : fresh();
  await handling.handle(referralDecider, referralStream(id), expectedRevision === 0 ? start : save, request);
}

await serve(command);
