import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readS3Url } from '../../../src/attachment/s3-bucket.js';
import { S3FileStore } from '../../../src/attachment/s3-file-store.js';
import type { DataKeys } from '../../../src/core/keys.js';
import { Secrets } from '../../../src/core/secrets.js';
import { pdf } from '../../attachment/honest-files.js';
import { attachmentsOf, upload } from '../../attachment/uploads.js';
import { startTimedFrontdoor } from '../../support/timed-frontdoor.js';
import { filledForm, registered, until } from '../../support/people.js';
import { Unavailable } from '../engine.js';
import { VersityGateway } from './versitygw.js';

const [OWNER, OTHER] = ['referral-1', 'referral-2'];
const bytes = Buffer.from('A letter about Violet Plant');
const unavailable = { code: 'UNAVAILABLE' };

const s3 = await VersityGateway.start().catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error;
  console.warn(`SKIPPED: no S3 server could be had: ${error.message}`);
  return undefined;
});
afterAll(() => s3?.stop());

(s3 ? describe : describe.skip)('files in a bucket of a real S3 server', () => {
  let keys: Map<string, Buffer>;
  const storeAt = (url: string) => {
    const dataKeys = { find: async (owner: string) => keys.get(owner) } as unknown as DataKeys;
    return new S3FileStore(readS3Url(url)!, dataKeys, new Secrets(Buffer.alloc(32, 9)), 5_000);
  };
  const objects = () =>
    readdirSync(s3!.objects, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  let store: S3FileStore;
  beforeEach(async () => {
    keys = new Map([OWNER, OTHER].map((owner, index) => [owner, Buffer.alloc(32, index + 1)]));
    store = storeAt(s3!.url());
    for (const owner of [OWNER, OTHER]) await store.deleteAll(owner);
  });

  test('what is put is what is got, replaced where it is put again', async () => {
    await store.put(OWNER, 'a', bytes);
    expect(await store.get(OWNER, 'a')).toEqual(bytes);
    await store.put(OWNER, 'a', Buffer.from('newer'));
    expect(await store.get(OWNER, 'a')).toEqual(Buffer.from('newer'));
    expect(await store.get(OWNER, 'b')).toBeUndefined();
    expect(await store.get(OTHER, 'a')).toBeUndefined();
    expect(objects()).toHaveLength(1);
  });

  test('it lies there sealed, and under names that say nothing', async () => {
    await store.put(OWNER, '../../letter.pdf', bytes);
    const [path] = objects();
    expect(path!.slice(s3!.objects.length)).toMatch(/^\/[0-9a-f]{64}\/[0-9a-f]{64}$/);
    expect(readFileSync(path!).includes('Violet')).toBe(false);
    const sealed = readFileSync(path!);
    sealed[sealed.length - 1]! ^= 1;
    writeFileSync(path!, sealed);
    await expect(store.get(OWNER, '../../letter.pdf')).rejects.toThrow();
  });

  test('the largest file there may be, and the smallest', async () => {
    for (const size of [0, 10 * 1024 * 1024]) {
      const large = randomBytes(size);
      await store.put(OWNER, `of ${size}`, large);
      expect((await store.get(OWNER, `of ${size}`))!.equals(large)).toBe(true);
    }
  });

  test('one is deleted, then all of an owner, however many, and never another’s', async () => {
    const many = Array.from({ length: 1_050 }, (_, nth) => `file ${nth}`);
    for (let at = 0; at < many.length; at += 50) {
      await Promise.all(many.slice(at, at + 50).map((id) => store.put(OWNER, id, bytes)));
    }
    await store.put(OTHER, 'a', bytes);
    await store.delete(OWNER, 'file 0');
    await store.delete(OWNER, 'file 0');
    expect(await store.get(OWNER, 'file 0')).toBeUndefined();
    expect(objects()).toHaveLength(1_050);
    await store.deleteAll(OWNER);
    await store.deleteAll(OWNER);
    expect(objects()).toHaveLength(1);
    expect(await store.get(OTHER, 'a')).toEqual(bytes);
  });

  test('under a prefix, beside others', async () => {
    const prefixed = storeAt(s3!.url({ prefix: '/council/files' }));
    await prefixed.put(OWNER, 'a', bytes);
    await store.put(OWNER, 'a', Buffer.from('other'));
    expect(await prefixed.get(OWNER, 'a')).toEqual(bytes);
    await prefixed.deleteAll(OWNER);
    expect(await prefixed.get(OWNER, 'a')).toBeUndefined();
    expect(await store.get(OWNER, 'a')).toEqual(Buffer.from('other'));
  });

  test('a wrong secret, a bucket that is none and a server that is down are no missing file', async () => {
    await store.put(OWNER, 'a', bytes);
    for (const url of [s3!.url({ secret: 'wrong' }), s3!.url({ bucket: 'no-such-bucket' })]) {
      const wrong = storeAt(url);
      await expect(wrong.get(OWNER, 'a')).rejects.toMatchObject(unavailable);
      await expect(wrong.put(OWNER, 'a', bytes)).rejects.toMatchObject(unavailable);
      await expect(wrong.deleteAll(OWNER)).rejects.toMatchObject(unavailable);
    }
    await s3!.pause();
    await expect(store.get(OWNER, 'a')).rejects.toMatchObject(unavailable);
    await s3!.resume();
    expect(await store.get(OWNER, 'a')).toEqual(bytes);
  });

  test('behind the API: uploaded, read, kept through an outage, and gone with their form', async () => {
    const frontdoor = await startTimedFrontdoor({ FILES_URL: s3!.url(), LOG_LEVEL: 'silent' });
    try {
      const { api } = await registered(frontdoor.visitor('lancashire'));
      const { id } = await filledForm(api, 'request-for-support');
      const [before, sent] = [objects().length, pdf()];
      expect((await upload(api, id, sent)).status).toBe(204);
      expect(objects()).toHaveLength(before + 1);
      const [attachment] = await attachmentsOf(api, id);
      const read = await fetch(attachment!.downloadUrl!);
      expect(Buffer.from(await read.arrayBuffer()).equals(sent)).toBe(true);
      await s3!.pause();
      expect((await fetch(attachment!.downloadUrl!)).status).toBe(503);
      const late = await upload(api, id, sent);
      expect(late).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
      await s3!.resume();
      expect((await upload(api, id, sent, late.slot)).status).toBe(204);
      await api.ask('mutation($commandId: ID!, $id: ID!) { discardForm(commandId: $commandId, id: $id) }', {
        commandId: randomUUID(),
        id,
      });
      await until(async () => objects().length === before);
    } finally {
      await frontdoor.stop();
    }
  });
});
