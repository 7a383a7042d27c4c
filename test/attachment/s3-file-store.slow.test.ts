import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readS3Url } from '../../src/attachment/s3-bucket.js';
import { S3FileStore } from '../../src/attachment/s3-file-store.js';
import type { DataKeys } from '../../src/core/keys.js';
import { Secrets } from '../../src/core/secrets.js';
import { FakeBucket } from './fake-bucket.js';

let bucket: FakeBucket;
let keys: Map<string, Buffer>;
let store: S3FileStore;
const bytes = Buffer.from('A letter about Violet Plant');

beforeEach(async () => {
  bucket = new FakeBucket();
  keys = new Map([['referral-1', Buffer.alloc(32, 1)]]);
  const dataKeys = { find: async (owner: string) => keys.get(owner) } as unknown as DataKeys;
  store = new S3FileStore(await bucket.start(), dataKeys, new Secrets(Buffer.alloc(32, 9)), 400);
});
afterEach(() => bucket.stop());

const answer =
  (status: number, body = '') =>
  (reply: ServerResponse) =>
    void reply.writeHead(status).end(body);
const unavailable = { code: 'UNAVAILABLE', message: expect.stringMatching(/\.$/) };

describe('files in a bucket', () => {
  test('what is put is what is got, sealed on its way and named by keyed hashes', async () => {
    await store.put('referral-1', 'a', bytes);
    expect(await store.get('referral-1', 'a')).toEqual(bytes);
    expect(await store.get('referral-1', 'b')).toBeUndefined();
    const [[path, sealed]] = [...bucket.objects] as [[string, Buffer]];
    expect(path).toMatch(/^\/bucket\/[0-9a-f]{64}\/[0-9a-f]{64}$/);
    expect(sealed.includes('Violet')).toBe(false);
  });

  test('all of an owner go, page after page', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await store.put('referral-1', id, bytes);
    await store.deleteAll('referral-1');
    expect(bucket.objects.size).toBe(0);
    await store.deleteAll('referral-1');
  });

  test('with its owner’s key a file is gone, and none can be added', async () => {
    await store.put('referral-1', 'a', bytes);
    keys.clear();
    bucket.asked = [];
    expect(await store.get('referral-1', 'a')).toBeUndefined();
    await expect(store.put('referral-1', 'b', bytes)).rejects.toMatchObject({ code: 'FORM_ENDED' });
    expect(bucket.asked).toEqual([]);
  });

  test.each<[string, (reply: ServerResponse) => void]>([
    ['an error of its own', answer(500)],
    ['that it is busy', answer(503)],
    ['that it is asked too much', answer(429)],
    ['nothing', () => undefined],
    ['half an answer', (reply) => void reply.destroy()],
  ])('a storage that answers %s is asked again', async (_name, odd) => {
    bucket.replies = [odd, odd];
    await store.put('referral-1', 'a', bytes);
    bucket.replies = [odd];
    expect(await store.get('referral-1', 'a')).toEqual(bytes);
    bucket.replies = [odd, odd, odd];
    await expect(store.get('referral-1', 'a')).rejects.toMatchObject(unavailable);
  });

  test.each([
    ['a wrong signature', answer(403)],
    ['no such bucket', answer(404, '<Error><Code>NoSuchBucket</Code></Error>')],
    ['that nothing is here', answer(404)],
  ])('%s is no missing file, and is not asked again', async (_name, odd) => {
    for (const act of [() => store.get('referral-1', 'a'), () => store.put('referral-1', 'a', bytes)]) {
      [bucket.replies, bucket.asked] = [[odd], []];
      await expect(act()).rejects.toMatchObject(unavailable);
      expect(bucket.asked).toHaveLength(1);
    }
  });
});

describe('FILES_URL', () => {
  test('says where, and as whom', () => {
    expect(readS3Url('s3://key:a%2Fsecret@s3.example.org/files')).toEqual({
      endpoint: 'https://s3.example.org',
      region: 'us-east-1',
      accessKeyId: 'key',
      secretAccessKey: 'a/secret',
      bucket: 'files',
      prefix: '',
    });
    expect(readS3Url('s3://key:secret@localhost:9000/files/front/door/?region=eu-west-2&tls=false')).toMatchObject({
      endpoint: 'http://localhost:9000',
      region: 'eu-west-2',
      bucket: 'files',
      prefix: 'front/door/',
    });
  });

  test.each([
    'files',
    'https://key:secret@s3.example.org/files',
    's3://s3.example.org/files',
    's3://key@s3.example.org/files',
    's3://key:secret@s3.example.org',
    's3://key:secret@s3.example.org/',
    's3://key:secret@s3.example.org/files/a b',
    's3://key:secret@/files',
    's3://key:%@s3.example.org/files',
  ])('%s is none', (url) => {
    expect(readS3Url(url)).toBeNull();
  });
});
