import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Api } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { MINUTE } from '../../src/core/clock.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { filledForm, registered, returned, startForm, submitForm, type SavedForm } from '../support/people.js';
import { hostileFiles } from './hostile-files.js';
import { docx, DOCX_TYPE, jpeg, pdf, png } from './honest-files.js';

const ATTACHMENT = 'id fileName mediaType byteSize sha256 status problem downloadUrl';
const REQUEST = `mutation($input: RequestUploadInput!) { requestUpload(input: $input) { uploadUrl expiresAt attachment { ${ATTACHMENT} } } }`;
const REMOVE = `mutation($commandId: ID!, $savedFormId: ID!, $attachmentId: ID!) { removeAttachment(commandId: $commandId, savedFormId: $savedFormId, attachmentId: $attachmentId) { id attachments { ${ATTACHMENT} } } }`;
const FORM = `query($id: ID!) { savedForm(id: $id) { attachments { ${ATTACHMENT} } } }`;
const SUBMITTED = `query($reference: String!) { submittedForm(reference: $reference) { pdfUrl attachments { ${ATTACHMENT} } } }`;

const REFERRAL = `query($reference: String!) { referral(reference: $reference) { versions { pdfUrl attachments { ${ATTACHMENT} } } } }`;

interface Sent {
  pdfUrl: string;
  attachments: Attachment[];
}
interface Attachment {
  id: string;
  status: string;
  sha256: string | null;
  problem: string | null;
  downloadUrl: string | null;
}
interface Slot {
  uploadUrl: string;
  expiresAt: string;
  attachment: Attachment;
}

let frontdoor: TimedFrontdoor;
let api: Api;
let form: SavedForm;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
});
afterAll(() => frontdoor.stop());
beforeEach(async () => {
  api = (await registered(frontdoor.visitor('lancashire'))).api;
  form = await startForm(api, 'request-for-support');
});

const announce = (bytes: Buffer, fileName = 'plan.pdf', mediaType = 'application/pdf', more: object = {}) =>
  api.ask<Slot & Record<string, unknown>>(REQUEST, {
    input: { commandId: randomUUID(), savedFormId: form.id, fileName, mediaType, byteSize: bytes.length, ...more },
  });
const refusal = (more: object) =>
  api.problem(REQUEST, {
    input: {
      commandId: randomUUID(),
      savedFormId: form.id,
      fileName: 'plan.pdf',
      mediaType: 'application/pdf',
      byteSize: 10,
      ...more,
    },
  });
const put = (url: string, bytes: Buffer, type = 'application/pdf') =>
  fetch(url, { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': type } });
const attachments = async () =>
  (await api.ask<{ attachments: Attachment[] } & Record<string, unknown>>(FORM, { id: form.id })).attachments;
const filesOnDisk = async () => {
  const entries = await readdir(join(frontdoor.platform.config.dataDir, 'files'), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.path, entry.name))));
};

describe('a file', () => {
  test.each([
    ['plan.pdf', 'application/pdf', pdf()],
    ['Łucja’s “plan” – 100%.docx', DOCX_TYPE, docx()],
    ['photo.jpg', 'image/jpeg', jpeg()],
    ['screen.png', 'image/png', png()],
  ])('%s is announced, sent, checked and read again', async (fileName, mediaType, bytes) => {
    const slot = await announce(bytes, fileName, mediaType);
    expect(slot.attachment).toMatchObject({
      fileName,
      mediaType,
      status: 'AWAITING_UPLOAD',
      sha256: null,
      downloadUrl: null,
    });
    const reply = await put(slot.uploadUrl, bytes, mediaType);
    expect([reply.status, await reply.text()]).toEqual([204, '']);
    const [file] = (await attachments()) as [Attachment];
    expect(file).toMatchObject({
      status: 'AVAILABLE',
      problem: null,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const download = await fetch(file.downloadUrl!);
    expect(Buffer.from(await download.arrayBuffer())).toEqual(bytes);
    expect(download.headers.get('content-type')).toBe(mediaType);
    expect(download.headers.get('x-content-type-options')).toBe('nosniff');
    expect(download.headers.get('cache-control')).toContain('no-store');
    const disposition = download.headers.get('content-disposition')!;
    expect(disposition).toMatch(/^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''/);
    expect(decodeURIComponent(disposition.split("''")[1]!)).toBe(fileName);
  });

  test('on disk is sealed', async () => {
    const bytes = pdf({ objects: ['<< /Canary (a-canary-of-this-test) >>'] });
    await put((await announce(bytes)).uploadUrl, bytes);
    for (const content of await filesOnDisk()) expect(content.includes('a-canary-of-this-test')).toBe(false);
  });

  test('asked for twice, sent twice and removed twice is so once', async () => {
    const commandId = randomUUID();
    const bytes = pdf();
    const [one, two] = [
      await announce(bytes, 'a.pdf', 'application/pdf', { commandId }),
      await announce(bytes, 'a.pdf', 'application/pdf', { commandId }),
    ];
    expect(two.attachment).toEqual(one.attachment);
    const sent = await Promise.all(Array.from({ length: 8 }, () => put(one.uploadUrl, bytes)));
    expect(sent.map(({ status }) => status)).toEqual(Array(8).fill(204));
    expect(await attachments()).toHaveLength(1);
    const remove = { commandId: randomUUID(), savedFormId: form.id, attachmentId: one.attachment.id };
    for (let time = 0; time < 2; time += 1) expect(await api.ask(REMOVE, remove)).toMatchObject({ attachments: [] });
  });

  test('sent a second time with other bytes is refused, and the first stays', async () => {
    const bytes = pdf();
    const slot = await announce(bytes);
    await put(slot.uploadUrl, bytes);
    const other = Buffer.from(bytes);
    other[other.length - 2] = 0x20;
    const reply = await put(slot.uploadUrl, other);
    expect([reply.status, await reply.json()]).toEqual([409, { code: 'NOT_ALLOWED_NOW', message: expect.any(String) }]);
    expect((await attachments())[0]).toMatchObject({ status: 'AVAILABLE' });
  });

  test('that was removed is gone from disk and cannot be read or sent', async () => {
    const before = (await filesOnDisk()).length;
    const bytes = pdf();
    const slot = await announce(bytes);
    await put(slot.uploadUrl, bytes);
    const [file] = (await attachments()) as [Attachment];
    await api.ask(REMOVE, { commandId: randomUUID(), savedFormId: form.id, attachmentId: file.id });
    expect((await fetch(file.downloadUrl!)).status).toBe(404);
    expect((await put(slot.uploadUrl, bytes)).status).toBe(404);
    expect(await filesOnDisk()).toHaveLength(before);
  });
});

describe('what is announced', () => {
  test('is held to the council’s policy', async () => {
    const huge = { byteSize: 10 * 1024 * 1024 + 1 };
    const problems = [
      huge,
      { fileName: 'plan.exe' },
      { fileName: 'plan.docm' },
      { mediaType: 'image/png' },
      { fileName: 'plan' },
    ].map(refusal);
    expect(await Promise.all(problems)).toEqual(Array(5).fill('ATTACHMENT_REFUSED'));
    const inputs = [
      { byteSize: 0 },
      { fileName: '../plan.pdf' },
      { fileName: 'a\u0000.pdf' },
      { fileName: `${'a'.repeat(256)}.pdf` },
      { savedFormId: 'x' },
    ].map(refusal);
    expect(await Promise.all(inputs)).toEqual(Array(5).fill('BAD_INPUT'));
    expect(await attachments()).toEqual([]);
  });

  test('is a professional’s, and the owner’s alone', async () => {
    const stranger = (await registered(frontdoor.visitor('lancashire'))).api;
    const input = {
      commandId: randomUUID(),
      savedFormId: form.id,
      fileName: 'a.pdf',
      mediaType: 'application/pdf',
      byteSize: 10,
    };
    expect(await stranger.problem(REQUEST, { input })).toBe('NOT_FOUND');
    const family = (await registered(frontdoor.visitor('lancashire'), { professional: false })).api;
    const own = await startForm(family, 'request-for-support');
    expect(await family.problem(REQUEST, { input: { ...input, savedFormId: own.id } })).toBe('PROFESSIONALS_ONLY');
    expect(await family.problem(REQUEST, { input })).toBe('NOT_FOUND');
    const slot = await announce(pdf());
    const remove = { commandId: randomUUID(), savedFormId: form.id, attachmentId: slot.attachment.id };
    expect(await stranger.problem(REMOVE, remove)).toBe('NOT_FOUND');
  });

  test('holds what is sent: type and size', async () => {
    const bytes = pdf();
    const { uploadUrl } = await announce(bytes);
    expect((await put(uploadUrl, bytes, 'image/png')).status).toBe(400);
    expect((await put(uploadUrl, bytes.subarray(0, -1))).status).toBe(400);
    expect((await put(uploadUrl, Buffer.concat([bytes, Buffer.from('x')]))).status).toBe(422);
    expect((await put(uploadUrl, Buffer.alloc(0))).status).toBe(400);
    expect((await put(uploadUrl, bytes, 'application/pdf; charset=binary')).status).toBe(204);
  });

  test('an endless body is cut off at the announced size', async () => {
    const { uploadUrl } = await announce(pdf());
    let sent = 0;
    const status = await new Promise<number | string>((resolve) => {
      const upload = httpRequest(
        uploadUrl,
        { method: 'PUT', headers: { 'content-type': 'application/pdf' } },
        (reply) => resolve(reply.statusCode!),
      );
      upload.on('error', (error) => resolve(String((error as NodeJS.ErrnoException).code)));
      const more = () => {
        sent += 65_536;
        if (!upload.destroyed && sent < 200 * 1024 * 1024) upload.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    });
    expect([422, 'ECONNRESET', 'EPIPE']).toContain(status);
    expect(sent).toBeLessThan(200 * 1024 * 1024);
    expect((await attachments())[0]).toMatchObject({ status: 'AWAITING_UPLOAD' });
  });
});

describe('links', () => {
  test('of uploads end after thirty minutes, of downloads after five', async () => {
    const bytes = pdf();
    const [first, second] = [await announce(bytes), await announce(bytes)];
    frontdoor.clock.move(Date.parse(first.expiresAt) - frontdoor.clock.now().getTime() - 1);
    expect((await put(first.uploadUrl, bytes)).status).toBe(204);
    const [file] = (await attachments()) as [Attachment];
    frontdoor.clock.move(1);
    expect((await put(second.uploadUrl, bytes)).status).toBe(403);
    frontdoor.clock.move(5 * MINUTE - 2);
    expect((await fetch(file.downloadUrl!)).status).toBe(200);
    frontdoor.clock.move(1);
    const late = await fetch(file.downloadUrl!);
    expect([late.status, await late.json()]).toEqual([
      403,
      { code: 'FORBIDDEN', message: expect.stringMatching(/\.$/) },
    ]);
  });

  test('do only what they were made for', async () => {
    const bytes = pdf();
    const slot = await announce(bytes);
    expect((await fetch(slot.uploadUrl)).status).toBe(404);
    await put(slot.uploadUrl, bytes);
    const [file] = (await attachments()) as [Attachment];
    expect((await put(file.downloadUrl!, bytes)).status).toBe(404);
    for (const path of ['/files/', '/files/x', `${new URL(file.downloadUrl!).pathname}A`]) {
      const reply = await fetch(new URL(path, file.downloadUrl!));
      expect(reply.status).toBe(404);
      expect(await reply.text()).not.toMatch(/\bat \S+:\d|node_modules|dist/);
    }
  });

  test('other routes still take JSON alone', async () => {
    const graphql = new URL('/graphql', api.base);
    for (const type of ['application/pdf', 'text/plain', 'application/octet-stream']) {
      const reply = await fetch(graphql, {
        method: 'POST',
        body: '{"query":"{council{id}}"}',
        headers: { 'content-type': type, 'x-council': 'lancashire' },
      });
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
    }
  });
});

describe('hostile files', () => {
  test('are recorded as refused with a sentence, and never written to disk', async () => {
    const before = (await filesOnDisk()).length;
    const chosen = hostileFiles().filter(
      ([, name, bytes], index) =>
        bytes.length > 0 && bytes.length < 1_000_000 && index % 12 === 0 && name !== 'photo.jpeg',
    );
    const types: Record<string, string> = {
      pdf: 'application/pdf',
      doc: 'application/msword',
      docx: DOCX_TYPE,
      jpg: 'image/jpeg',
      png: 'image/png',
    };
    for (const [, name, bytes] of chosen) {
      const type = types[name.split('.').at(-1)!]!;
      const slot = await announce(bytes, name, type);
      for (let time = 0; time < 2; time += 1) {
        const reply = await put(slot.uploadUrl, bytes, type);
        expect([reply.status, await reply.json()]).toEqual([
          422,
          { code: 'ATTACHMENT_REFUSED', message: expect.any(String) },
        ]);
      }
      const [file] = (await attachments()) as [Attachment];
      expect(file).toMatchObject({ status: 'REJECTED', problem: expect.stringMatching(/\.$/), downloadUrl: null });
      await api.ask(REMOVE, { commandId: randomUUID(), savedFormId: form.id, attachmentId: file.id });
    }
    expect(chosen.length).toBeGreaterThan(15);
    expect(await filesOnDisk()).toHaveLength(before);
  });
});

describe('what was sent to the council', () => {
  test('is read by referrer and worker, file and PDF, and stays when the referrer amends', async () => {
    form = await filledForm(api, 'request-for-support');
    const bytes = pdf();
    await put((await announce(bytes)).uploadUrl, bytes);
    const { reference } = await submitForm(api, form);
    const worker = await frontdoor.staff('lancashire', 'worker');
    const { versions } = await worker.ask<{ versions: Sent[] } & Record<string, unknown>>(REFERRAL, { reference });
    const own = await api.ask<Sent & Record<string, unknown>>(SUBMITTED, { reference });
    const readBy = async ({ attachments: [file], pdfUrl }: Sent) => {
      expect(Buffer.from(await (await fetch(file!.downloadUrl!)).arrayBuffer())).toEqual(bytes);
      const document = await fetch(pdfUrl);
      expect(document.headers.get('content-disposition')).toContain(`${reference}-v1.pdf`);
      return Buffer.from(await document.arrayBuffer());
    };
    const [mine, theirs] = [await readBy(own), await readBy(versions[0]!)];
    expect(mine.subarray(0, 8).toString()).toBe('%PDF-1.7');
    expect(theirs.equals(mine)).toBe(true);
    expect(own.pdfUrl).not.toBe(versions[0]!.pdfUrl);

    const attachmentId = own.attachments[0]!.id;
    const remove = () => ({ commandId: randomUUID(), savedFormId: form.id, attachmentId });
    expect(await api.problem(REMOVE, remove())).toBe('FORM_ENDED');
    const { informationRequests } = await returned(worker, reference);
    await api.ask(ask.amendForm, { commandId: randomUUID(), requestId: informationRequests[0]!.id });
    expect(await api.ask(REMOVE, remove())).toMatchObject({ attachments: [] });
    await readBy(own);
  });
});
