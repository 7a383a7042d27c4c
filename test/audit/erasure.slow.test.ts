import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { Api } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { loadConfig } from '../../src/config.js';
import { developmentToken } from '../../src/staff/development-token.js';
import { pdf } from '../attachment/honest-files.js';
import { killer } from '../support/mongo.js';
import {
  filledForm,
  readReferral,
  registered,
  saveForm,
  startForm,
  submitForm,
  until,
  type Registered,
} from '../support/people.js';
import { terminal } from '../support/terminal.js';

const dist = process.env.FRONTDOOR_DIST ?? resolve(import.meta.dirname, '../../dist');
const REQUEST = 'mutation($input: RequestUploadInput!) { requestUpload(input: $input) { uploadUrl } }';
const eraseReferral =
  'mutation($commandId: ID!, $reference: String!, $reason: String!) { eraseReferral(commandId: $commandId, reference: $reference, reason: $reason) }';
const eraseAccount =
  'mutation($commandId: ID!, $email: String!, $reason: String!) { eraseAccount(commandId: $commandId, email: $email, reason: $reason) }';
const setLegalHold =
  'mutation($commandId: ID!, $reference: String!, $held: Boolean!, $reason: String!) { setLegalHold(commandId: $commandId, reference: $reference, held: $held, reason: $reason) }';
const history =
  'query($reference: String!) { referralHistory(reference: $reference, reason: "Was it erased?") { entries { type data } verification { intact } } }';

/** Words that nobody else writes, wherever a person can write. */
const canary = (name: string) => `Canary${name}Zwitscher`;
const canaries = /Canary\w+Zwitscher/;

interface Service {
  folder: string;
  dataDir: string;
  visitor: Api;
  /** All that it wrote to its streams. */
  said(): string;
  staff(role: string): Promise<Api>;
  stop(): Promise<void>;
}

/** The product as `npm start` runs it, its output kept. */
async function startService(dataDir: string, settings: Record<string, string> = {}): Promise<Service> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const env = { PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'info', NODE_ENV: 'test', ...settings };
  const child: ChildProcess = spawn(process.execPath, [join(dist, 'src/main.js')], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text: Buffer) => (said += text.toString()));
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`It did not start: ${said}`))),
  ]);
  const visitor = new Api(`http://127.0.0.1:${port}`, 'lancashire');
  return {
    folder: join(dataDir, '..'),
    dataDir,
    visitor,
    said: () => said,
    async staff(role) {
      const who = { sub: `${role}-of-lancashire`, name: `The ${role}`, role, council: 'lancashire' };
      return visitor.as(await developmentToken(loadConfig(env), who));
    },
    stop: () => killer(child)('SIGTERM'),
  };
}

interface Key {
  _id: string;
  wrapped?: Buffer;
}

async function inVault<T>(dataDir: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const { views } = JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as { views: string };
  const client = await MongoClient.connect(views);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const keysOf = (dataDir: string) =>
  inVault(dataDir, (client) =>
    client
      .db('frontdoor_vault')
      .collection<Key>('keys')
      .find({ wrapped: { $exists: true } }, { promoteBuffers: true })
      .toArray(),
  );

/** Everything that somebody writes about one family, in every place in which they can. */
async function family(person: Registered, worker: Api) {
  const saved = await saveForm(person.api, await startForm(person.api, 'request-for-support'), {
    subjects: [{ id: randomUUID(), forename: canary('Draft'), surname: canary('DraftSurname'), dateOfBirth: null }],
  });
  const filled = await filledForm(person.api, 'request-for-support', [canary('Child')]);
  const bytes = pdf();
  const file = { fileName: `${canary('File')}.pdf`, mediaType: 'application/pdf', byteSize: bytes.length };
  const { uploadUrl } = await person.api.ask<{ uploadUrl: string }>(REQUEST, {
    input: { commandId: randomUUID(), savedFormId: filled.id, ...file },
  });
  const put = await fetch(uploadUrl, {
    method: 'PUT',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/pdf' },
  });
  expect(put.status).toBe(204);
  const { reference } = await submitForm(person.api, filled);
  const { revision } = await readReferral(worker, reference);
  await worker.ask(ask.returnForInformation, {
    input: {
      commandId: randomUUID(),
      reference,
      expectedRevision: revision,
      reasonCode: 'insufficient-detail',
      comments: canary('Comment'),
    },
  });
  return { saved, reference, referralId: filled.id };
}

/** Every file below a folder that holds one of these, by its name. */
function filesWith(folder: string, needles: readonly Buffer[], except: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !except.test(path))
    .filter((path) => {
      const bytes = readFileSync(path);
      return needles.some((needle) => bytes.includes(needle));
    });
}

let service: Service;
/** What the installation is set to, beside its data folder. */
let settings: Record<string, string> = {};
let person: Registered;
let written: Awaited<ReturnType<typeof family>>;
beforeAll(async () => {
  service = await startService(join(mkdtempSync(join(tmpdir(), 'erasure-')), 'data'));
  person = await registered(service.visitor, {
    forename: canary('Forename'),
    surname: canary('Surname'),
    organisation: canary('Organisation'),
    email: `${canary('Email')}@example.org`,
  });
  written = await family(person, await service.staff('worker'));
});
afterAll(() => service.stop());

describe('whoever asks what is held about them', () => {
  test('gets everything, as JSON and as PDFs, saved forms and files too; and that is recorded', async () => {
    const out = join(service.folder, 'held');
    const ops = await terminal(
      'ops',
      { DATA_DIR: service.dataDir },
      'export',
      out,
      '--account',
      person.email,
      '--council',
      'lancashire',
      '--reason',
      'Asked for it',
    );
    expect(ops).toMatchObject({ code: 0 });
    const text = readFileSync(join(out, 'data.json'), 'utf8');
    for (const name of ['Forename', 'Organisation', 'Draft', 'Child', 'File', 'Comment'])
      expect(text).toContain(canary(name));
    expect(text).not.toContain('argon2');
    const files = readdirSync(out, { recursive: true }).map(String).sort();
    const own = (name: string) => `${written.reference}/${name}`;
    expect(files).toEqual(
      expect.arrayContaining([
        'account.pdf',
        'data.json',
        own('version-1.pdf'),
        own('history.pdf'),
        `saved-form-${written.saved.id}/saved-form.pdf`,
      ]),
    );
    const copied = files.find((name) => name.endsWith(`${canary('File')}.pdf`))!;
    expect(readFileSync(join(out, copied))).toEqual(pdf());

    const subject = join(service.folder, 'subject');
    expect(
      await terminal(
        'ops',
        { DATA_DIR: service.dataDir },
        'export',
        subject,
        '--subject',
        written.reference,
        '--reason',
        'Asked',
      ),
    ).toMatchObject({ code: 0 });
    expect(readFileSync(join(subject, 'data.json'), 'utf8')).toContain(canary('Child'));
    const reads = await terminal(
      'audit',
      { DATA_DIR: service.dataDir },
      'reads',
      person.email,
      '--council',
      'lancashire',
      '--reason',
      'Who?',
    );
    expect(reads.out).toContain('Asked for it');
  });
});

describe('the master key', () => {
  const key = (n: number) => Buffer.alloc(32, n).toString('base64');

  test('is changed while all goes on, and rewrites no event; the wrong one is told plainly at boot', async () => {
    const { dataDir } = service;
    const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
    await service.stop();
    const events = () => readFileSync(join(dataDir, 'event-store/events.db'));
    const before = events();
    settings = { MASTER_KEY: key(7) };
    await expect(startService(dataDir, settings)).rejects.toThrow(/MASTER_KEY.*is not the one that the stored data/);
    const both = { ...settings, MASTER_KEY_OTHERS: secrets.MASTER_KEY! };
    service = await startService(dataDir, both);
    const rotated = await terminal('ops', { DATA_DIR: dataDir, ...both }, 'keys', 'rotate', '--json');
    expect(JSON.parse(rotated.out)).toMatchObject({ rewrapped: 3, seen: 3 });
    await service.stop();
    expect(events().equals(before)).toBe(true);
    service = await startService(dataDir, settings);
    const worker = await service.staff('worker');
    expect((await readReferral(worker, written.reference)).reference).toBe(written.reference);
  }, 180_000);
});

describe('erasing', () => {
  test('an account is held back by a legal hold on one of its referrals', async () => {
    const officer = await service.staff('records_officer');
    const { reference } = written;
    await officer.ask(setLegalHold, { commandId: randomUUID(), reference, held: true, reason: 'Court order' });
    const input = { commandId: randomUUID(), email: person.email, reason: 'Asked for' };
    // The read model that knows of the hold's account may be a moment behind; the hold itself is read from its stream.
    expect(await officer.problem(eraseAccount, input)).toBe('LEGAL_HOLD');
    expect(await officer.problem(eraseReferral, { commandId: randomUUID(), reference, reason: 'x' })).toBe(
      'LEGAL_HOLD',
    );
    await officer.ask(setLegalHold, { commandId: randomUUID(), reference, held: false, reason: 'Case closed' });
  });

  test('leaves nothing in any file, document, feed or log; the history stays listed and verifies', async () => {
    const { dataDir } = service;
    const owners = [`referral-${written.saved.id}`, `referral-${written.referralId}`, `account-${person.accountId}`];
    const wrapped = (await keysOf(dataDir)).filter(({ _id }) => owners.includes(_id)).map((one) => one.wrapped!);
    expect(wrapped).toHaveLength(3);
    const backup = join(service.folder, 'backup');
    await terminal('ops', { DATA_DIR: dataDir, ...settings }, 'backup', backup, '--with-secrets');
    const officer = await service.staff('records_officer');
    const { reference } = written;
    const reason = 'Asked for';
    await officer.ask(eraseReferral, { commandId: randomUUID(), reference, reason });
    const again = { commandId: randomUUID(), email: person.email, reason };
    expect([await officer.ask(eraseAccount, again), await officer.ask(eraseAccount, again)]).toEqual([true, true]);
    expect(await service.visitor.problem(ask.logIn, { email: person.email, password: 'Correct-Horse-7-Battery' })).toBe(
      'CREDENTIALS_WRONG',
    );

    await until(async () => (await keysOf(dataDir)).every(({ _id }) => !owners.includes(_id)));
    await until(async () => !existsSync(join(dataDir, 'files')) || readdirSync(join(dataDir, 'files')).length === 0);
    const views = () =>
      inVault(dataDir, async (client) => {
        const collections = ['frontdoor_views', 'frontdoor_vault'].map((name) => client.db(name));
        const documents: unknown[] = [];
        for (const db of collections) {
          for (const { name } of await db.listCollections().toArray())
            documents.push(...(await db.collection(name).find().toArray()));
        }
        return JSON.stringify(documents);
      });
    await until(async () => !canaries.test(await views()));
    const feed = await fetch(`${service.visitor.base}/integration/events`, {
      headers: { 'x-council': 'lancashire', authorization: `Bearer ${(await service.staff('service')).token}` },
    });
    const told = await feed.text();
    expect(told).toContain('referral.erased.v1');
    expect(told).not.toMatch(canaries);

    await inVault(dataDir, (client) => client.db('frontdoor_vault').command({ compact: 'keys' }));
    // What is in people's mailboxes is not ours to erase: the embedded mail server stands for them.
    const needles = [Buffer.from('Zwitscher'), ...wrapped];
    expect(filesWith(dataDir, needles, /smtp/)).toEqual([]);
    expect(service.said()).not.toMatch(canaries);

    const auditor = await service.staff('auditor');
    const found = await auditor.ask<{
      entries: { type: string; data: { erased?: boolean } }[];
      verification: { intact: boolean };
    }>(history, { reference });
    expect(found.verification.intact).toBe(true);
    expect(found.entries.every(({ data }) => data.erased === true)).toBe(true);
    await service.stop();
    service = await startService(dataDir, settings);
    expect(await terminal('audit', { DATA_DIR: dataDir }, 'verify', '--all')).toMatchObject({
      code: 0,
      out: expect.stringContaining('intact'),
    });
  }, 180_000);

  test('is done again where an older backup is put back, as the signed roots list it', async () => {
    const target = join(service.folder, 'restored');
    await service.stop();
    cpSync(`${service.dataDir}-audit`, `${target}-audit`, { recursive: true });
    const restored = await terminal(
      'ops',
      { DATA_DIR: target, ...settings },
      'restore',
      join(service.folder, 'backup'),
    );
    expect(restored).toMatchObject({
      code: 0,
      said: expect.stringContaining('3 erasures of since the backup done again'),
    });
    service = await startService(target, settings);
    const owners = [`referral-${written.saved.id}`, `referral-${written.referralId}`, `account-${person.accountId}`];
    expect((await keysOf(target)).filter(({ _id }) => owners.includes(_id))).toEqual([]);
    const auditor = await service.staff('auditor');
    const { reference } = written;
    const found = await auditor.ask<{ entries: { type: string }[]; verification: { intact: boolean } }>(history, {
      reference,
    });
    expect(found.verification.intact).toBe(true);
    expect(found.entries.at(-1)!.type).toBe('ReferralErased');
    expect(JSON.stringify(found)).not.toMatch(canaries);
    // Soon after the start a root is gathered that says what was put back.
    const verify = () => terminal('audit', { DATA_DIR: target, ...settings }, 'verify', '--all', '--json');
    await until(async () => (JSON.parse((await verify()).out) as { intact: boolean }).intact);
    const verified = await verify();
    expect(JSON.parse(verified.out)).toMatchObject({ intact: true, rootProblems: [] });
    expect(await service.visitor.problem(ask.logIn, { email: person.email, password: 'Correct-Horse-7-Battery' })).toBe(
      'CREDENTIALS_WRONG',
    );
    // The address is free again.
    const { visitor } = service;
    const input = { commandId: randomUUID(), forename: 'Lynn', surname: 'Robinson', email: person.email };
    const answers = { password: 'Correct-Horse-7-Battery', professional: true };
    const { challengeId: id } = await visitor.ask(ask.register, { input: { ...input, ...answers } });
    const code = await visitor.code(person.email, person.seen);
    expect(await visitor.ask(ask.confirm, { id, code })).toHaveProperty('account.id');
  }, 180_000);

  test('ends with the backups, which are removed once their retention is over', async () => {
    const { dataDir, folder } = service;
    const prune = (...flags: string[]) =>
      terminal('ops', { DATA_DIR: dataDir, BACKUP_RETENTION_DAYS: '7' }, 'prune', folder, '--json', ...flags);
    expect(JSON.parse((await prune()).out)).toEqual({ removed: [] });
    const manifest = join(folder, 'backup/backup.json');
    const old = new Date(Date.now() - 8 * 24 * 60 * 60_000).toISOString();
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"begunAt": "[^"]+"/, `"begunAt": "${old}"`));
    expect((await prune()).said).toContain('Say so with --yes');
    expect(JSON.parse((await prune('--yes')).out)).toEqual({ removed: [join(folder, 'backup')] });
    expect(existsSync(join(folder, 'backup'))).toBe(false);
  });
});
