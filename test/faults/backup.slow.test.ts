import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dist } from '../support/dist.js';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import {
  filledForm,
  readReferral,
  registered,
  returned,
  startForm,
  submitForm,
  submittedForms,
  until,
  type Registered,
  type SavedForm,
} from '../support/people.js';
import { startRestored } from '../support/faults-restored.js';

let frontdoor: Frontdoor;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
  frontdoor = await startFrontdoor();
});
afterAll(async () => {
  await frontdoor.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command of an operator; gives its exit code and all that it said. */
async function ops(dataDir: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', DATA_DIR: dataDir };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [join(dist, 'src/cli/ops/main.js'), ...args],
      { env },
    );
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

describe('A backup that is made while people write', () => {
  test('restores into a new folder with all that was acknowledged before it began, and work goes on', async () => {
    const person = await registered(frontdoor.visitor('lancashire'));
    const sent = [];
    for (const name of ['Violet', 'Lili', 'Noah']) {
      sent.push((await submitForm(person.api, await filledForm(person.api, 'request-for-support', [name]))).reference);
    }
    const saved = await startForm(person.api, 'request-for-support');
    const worker = await frontdoor.staff('lancashire', 'worker');
    await returned(worker, sent[0]!);

    const writing = { on: true, count: 0 };
    const writers = Array.from({ length: 6 }, () => writeOn(person.api, writing));
    await until(async () => writing.count > 10);
    const backup = await ops(frontdoor.dataDir, 'backup', join(folder, 'full'), '--with-secrets');
    expect(backup).toMatchObject({ code: 0, said: expect.stringContaining('the secrets are in it') });
    const counted = writing.count;
    await until(async () => writing.count > counted + 5);
    writing.on = false;
    await Promise.all(writers);

    const target = join(folder, 'restored');
    const restored = await ops(target, 'restore', join(folder, 'full'));
    expect(restored).toMatchObject({ code: 0, said: expect.stringMatching(/events in \d+ streams are as they were/) });

    const other = await startRestored(target);
    try {
      const api = other.visitor('lancashire').as(person.api.token);
      await until(async () => (await submittedForms(api)).recentlySubmitted.totalCount >= sent.length);
      const submitted = (await submittedForms(api)).recentlySubmitted.edges.map(({ node }) => node.reference);
      expect(submitted).toEqual(expect.arrayContaining(sent));
      expect((await submittedForms(api)).requestingMoreInformation).toHaveLength(1);
      const form = await api.ask<SavedForm & Json>(ask.savedForm, { id: saved.id });
      expect(form.revision).toBe(saved.revision);
      await goesOn(api, await other.staff('lancashire', 'worker'), person);
    } finally {
      await other.stop();
    }
    expect(await ops(target, 'check')).toMatchObject({ code: 0, said: expect.stringContaining('are as they were') });
  });

  test('holds no secrets unless told to, and says so; restore then asks for them', async () => {
    const source = join(folder, 'without');
    const backup = await ops(frontdoor.dataDir, 'backup', source);
    expect(backup).toMatchObject({ code: 0, said: expect.stringContaining('the secrets are NOT in it') });
    const { files } = JSON.parse(await readFile(join(source, 'backup.json'), 'utf8')) as { files: object };
    expect(Object.keys(files)).toEqual(['event-store/events.db', 'mongo/mongo.db', 'smtp/mailbox.db']);
    const refused = await ops(join(folder, 'nobody'), 'restore', source);
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('The backup holds no secrets') });
  });

  test('is refused where it cannot be right', async () => {
    const { dataDir } = frontdoor;
    const source = join(folder, 'full');
    const refusal = async (...args: Parameters<typeof ops>) => {
      const { code, said } = await ops(...args);
      expect(code).toBe(1);
      return said;
    };
    expect(await refusal(dataDir, 'backup', source)).toContain('is not empty');
    expect(await refusal(dataDir, 'backup', join(dataDir, 'inside'))).toContain('outside DATA_DIR');
    expect(await refusal(dataDir, 'restore', source)).toContain('A server is running on');
    expect(await refusal(dataDir, 'check')).toContain('A server is running on');
    expect(await refusal(join(folder, 'restored'), 'restore', source)).toContain('is not empty');
    expect(await refusal(join(folder, 'new'), 'restore', join(folder, 'restored'))).toContain('no whole backup');
    expect(await refusal(join(folder, 'none'), 'backup', join(folder, 'b'))).toContain('no embedded data');

    const file = await open(join(source, 'event-store/events.db'), 'r+');
    await file.write(Buffer.from([1]), 0, 1, 9_000);
    await file.close();
    expect(await refusal(join(folder, 'new'), 'restore', source)).toContain('is damaged');
  });
});

async function writeOn(api: Api, writing: { on: boolean; count: number }): Promise<void> {
  while (writing.on) {
    await startForm(api, 'request-for-support');
    writing.count += 1;
  }
}

/** A journey on the restored service: sent, seen by the worker, returned, and mailed about. */
async function goesOn(api: Api, worker: Api, { email }: Registered): Promise<void> {
  const { reference } = await submitForm(api, await filledForm(api, 'request-for-support', ['Ida']), randomUUID());
  await returned(worker, reference);
  await until(async () => (await submittedForms(api)).requestingMoreInformation.length === 2);
  await until(async () => (await readReferral(worker, reference)).mails.every(({ status }) => status === 'SENT'));
  await api.mail(email, ({ text }) => text.includes(reference));
}
