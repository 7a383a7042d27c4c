import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Api } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { MINUTE } from '../../src/core/clock.js';
import { derivedId } from '../../src/core/ids.js';
import { FileCheck } from '../../src/referral/file-check.js';
import { FileCheckSweep } from '../../src/referral/file-check-sweep.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import { referralStream } from '../../src/referral/referral.events.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { filledForm, registered, submitForm, until, type SavedForm } from '../support/people.js';
import { EVIL, FakeClamd, PUZZLING } from './fake-clamd.js';
import { pdf } from './honest-files.js';
import { attachmentsOf, requestUpload, upload, type Attachment } from './uploads.js';

const REMOVE =
  'mutation($commandId: ID!, $savedFormId: ID!, $attachmentId: ID!) { removeAttachment(commandId: $commandId, savedFormId: $savedFormId, attachmentId: $attachmentId) { id } }';
const clean = pdf({ objects: ['<< /Title (a plan) >>'] });
const evil = pdf({ objects: [`<< /Title (${EVIL}) >>`] });

describe('a file and the malware scanner', () => {
  const clamd = new FakeClamd();
  let port: number;
  let frontdoor: TimedFrontdoor;
  let api: Api;
  let accountId: string;
  let form: SavedForm;
  beforeAll(async () => {
    const url = await clamd.start();
    port = Number(new URL(url).port);
    frontdoor = await startTimedFrontdoor({ CLAMD_URL: url, LOG_LEVEL: 'silent' });
  });
  afterAll(async () => {
    await frontdoor.stop();
    await clamd.stop();
  });
  beforeEach(async () => {
    clamd.mood = 'well';
    ({ api, accountId } = await registered(frontdoor.visitor('lancashire')));
    form = await filledForm(api, 'request-for-support');
  });

  const only = async (): Promise<Attachment> => (await attachmentsOf(api, form.id))[0]!;
  const kept = async (needle: string | number) => {
    const folder = join(frontdoor.platform.config.dataDir, 'files');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name)));
    const found = await Promise.all(files);
    return typeof needle === 'number' ? found.length : found.some((bytes) => bytes.includes(needle));
  };
  const sweep = async () => {
    await until(async () => (await checking()) > 0);
    return new FileCheckSweep(new FileCheck(frontdoor.platform), frontdoor.platform).sweep();
  };
  const checking = () =>
    frontdoor.platform.views.collection('saved-forms').countDocuments({ 'draft.attachments.status': 'CHECKING' });

  test('is available where the scanner finds nothing, and was given just these bytes', async () => {
    expect(await upload(api, form.id, clean)).toMatchObject({ status: 204 });
    expect(await only()).toMatchObject({ status: 'AVAILABLE', problem: null });
    expect(clamd.scanned.at(-1)!.equals(clean)).toBe(true);
  });

  test('is refused where it finds something, and does not stay', async () => {
    const before = await kept(0);
    expect(await upload(api, form.id, evil)).toMatchObject({
      status: 422,
      body: { code: 'ATTACHMENT_REFUSED', message: expect.stringContaining('malware') },
    });
    expect(await only()).toMatchObject({
      status: 'REJECTED',
      problem: expect.stringContaining('malware'),
      downloadUrl: null,
    });
    expect(await kept(0)).toBe(before);
  });

  test.each([
    ['found clean', clean, 'AVAILABLE'],
    ['found evil', evil, 'REJECTED'],
  ])('waits while the scanner is down, released to nobody, and is then %s', async (_name, bytes, status) => {
    await clamd.stop();
    const sent = await upload(api, form.id, bytes);
    expect(sent).toMatchObject({
      status: 202,
      body: { status: 'CHECKING', message: expect.stringMatching(/still to be checked/) },
    });
    expect(await only()).toMatchObject({ status: 'CHECKING', downloadUrl: null });
    expect(await kept(EVIL)).toBe(false);
    const submit = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision };
    expect(await api.problem(ask.submitForm, submit)).toBe('FORM_INCOMPLETE');
    frontdoor.clock.move(MINUTE);
    expect(await sweep()).toBe(0);
    expect(await only()).toMatchObject({ status: 'CHECKING' });

    await clamd.start(port);
    expect(await sweep()).toBe(1);
    expect(await only()).toMatchObject({ status });
    // The same bytes sent again hear the same.
    expect((await upload(api, form.id, bytes, sent.slot)).status).toBe(status === 'AVAILABLE' ? 204 : 422);
    if (status === 'AVAILABLE') expect(await submitForm(api, form)).toMatchObject({ version: 1 });
    await until(async () => (await checking()) === 0);
  });

  test('of which the scanner can make nothing waits, and holds up no other', async () => {
    const puzzling = pdf({ objects: [`<< /Title (${PUZZLING}) >>`] });
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const person = await registered(frontdoor.visitor('lancashire'));
        return { api: person.api, id: (await filledForm(person.api, 'request-for-support')).id };
      }),
    );
    clamd.mood = 'erring';
    for (const other of others) await upload(other.api, other.id, clean);
    await upload(api, form.id, puzzling);
    clamd.mood = 'well';
    frontdoor.clock.move(MINUTE);
    await until(async () => (await checking()) === 5);
    const sweeps = new FileCheckSweep(new FileCheck(frontdoor.platform), frontdoor.platform);
    expect((await sweeps.sweep()) + (await sweeps.sweep())).toBe(4);
    for (const other of others) {
      expect((await attachmentsOf(other.api, other.id))[0]).toMatchObject({ status: 'AVAILABLE' });
    }
    const { id } = await only();
    expect(await only()).toMatchObject({ status: 'CHECKING' });
    await api.ask(REMOVE, { commandId: randomUUID(), savedFormId: form.id, attachmentId: id });
    await until(async () => (await checking()) === 0);
  });

  test('that waits can be removed, and nothing is left of it', async () => {
    const before = await kept(0);
    clamd.mood = 'erring';
    const { slot } = await upload(api, form.id, clean);
    await api.ask(REMOVE, { commandId: randomUUID(), savedFormId: form.id, attachmentId: slot.attachment.id });
    expect(await kept(0)).toBe(before);
    await until(async () => (await checking()) === 0);
  });

  /** As a process leaves it that dies between one step and the next. */
  async function received(bytes: Buffer, keep: Buffer | null): Promise<void> {
    const { attachment } = await requestUpload(api, form.id, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stream = referralStream(form.id);
    const now = frontdoor.clock.now().toISOString();
    const command = {
      type: 'ReceiveAttachment' as const,
      accountId,
      attachmentId: attachment.id,
      byteSize: bytes.length,
      sha256,
      now,
    };
    const actor = { kind: 'referrer' as const, id: accountId, name: '' };
    const request = {
      commandId: derivedId(attachment.id, command.type, sha256),
      said: [sha256],
      council: 'lancashire',
      actor,
      correlationId: 'x',
    };
    await frontdoor.platform.handling.handle(referralDecider, stream, command, request);
    if (keep) await frontdoor.platform.files.put(stream, attachment.id, keep);
  }

  test.each([
    ['clean', clean, clean, 'AVAILABLE'],
    ['evil', evil, evil, 'REJECTED'],
    ['not what arrived', clean, evil, 'REJECTED'],
  ])('whose check was cut short is taken up again: %s', async (_name, bytes, keep, status) => {
    await received(bytes, keep);
    expect(await sweep()).toBe(0); // whoever received it may still be at it
    frontdoor.clock.move(MINUTE);
    expect(await sweep()).toBe(1);
    expect(await only()).toMatchObject({ status });
    await until(async () => (await checking()) === 0);
  });

  test('whose bytes were lost is refused once nobody can be sending them any more', async () => {
    await received(clean, null);
    frontdoor.clock.move(9 * MINUTE);
    expect(await sweep()).toBe(0);
    expect(await only()).toMatchObject({ status: 'CHECKING' });
    frontdoor.clock.move(MINUTE);
    expect(await sweep()).toBe(1);
    expect(await only()).toMatchObject({ status: 'REJECTED', problem: expect.stringContaining('attach it again') });
  });
});
