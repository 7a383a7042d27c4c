import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readS3Url } from '../../src/attachment/s3-bucket.js';
import { S3FileStore } from '../../src/attachment/s3-file-store.js';
import type { DataKeys } from '../../src/core/keys.js';
import { Secrets } from '../../src/core/secrets.js';

// What a bucket does when it is well, and when it is not. Signatures are verified by a real server: test/engines/s3.
const objects = new Map<string, Buffer>();
let replies: ((reply: ServerResponse) => void)[];
let asked: string[];
let server: Server;
let keys: Map<string, Buffer>;
let store: S3FileStore;
const bytes = Buffer.from('A letter about Violet Plant');

beforeEach(async () => {
  objects.clear();
  [replies, asked] = [[], []];
  server = createServer((request, reply) => void serve(request, reply)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  keys = new Map([['referral-1', Buffer.alloc(32, 1)]]);
  const dataKeys = { find: async (owner: string) => keys.get(owner) } as unknown as DataKeys;
  const place = readS3Url(`s3://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}/bucket?tls=false`)!;
  store = new S3FileStore(place, dataKeys, new Secrets(Buffer.alloc(32, 9)), 400);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { pathname, searchParams } = new URL(request.url!, 'http://bucket');
  asked.push(request.method!);
  expect(request.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=me\/\d{8}\/us-east-1\/s3\/aws4_request, /,
  );
  expect(request.headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'));
  const odd = replies.shift();
  if (odd) return odd(reply);
  if (request.method === 'PUT') objects.set(pathname, body);
  if (request.method === 'DELETE') objects.delete(pathname);
  if (searchParams.has('list-type')) {
    const found = [...objects.keys()].filter((key) => key.startsWith(`/bucket/${searchParams.get('prefix')}`));
    const page = found.slice(0, 2).map((key) => `<Contents><Key>${key.slice('/bucket/'.length)}</Key></Contents>`);
    return void reply.end(`<IsTruncated>${found.length > 2}</IsTruncated>${page.join('')}`);
  }
  const object = objects.get(pathname);
  if (request.method !== 'GET') return void reply.writeHead(request.method === 'PUT' ? 200 : 204).end();
  if (!object) return void reply.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
  reply.end(object);
}

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
    const [[path, sealed]] = [...objects] as [[string, Buffer]];
    expect(path).toMatch(/^\/bucket\/[0-9a-f]{64}\/[0-9a-f]{64}$/);
    expect(sealed.includes('Violet')).toBe(false);
  });

  test('all of an owner go, page after page', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await store.put('referral-1', id, bytes);
    await store.deleteAll('referral-1');
    expect(objects.size).toBe(0);
    await store.deleteAll('referral-1');
  });

  test('with its owner’s key a file is gone, and none can be added', async () => {
    await store.put('referral-1', 'a', bytes);
    keys.clear();
    asked = [];
    expect(await store.get('referral-1', 'a')).toBeUndefined();
    await expect(store.put('referral-1', 'b', bytes)).rejects.toMatchObject({ code: 'FORM_ENDED' });
    expect(asked).toEqual([]);
  });

  test.each<[string, (reply: ServerResponse) => void]>([
    ['an error of its own', answer(500)],
    ['that it is busy', answer(503)],
    ['that it is asked too much', answer(429)],
    ['nothing', () => undefined],
    ['half an answer', (reply) => void reply.destroy()],
  ])('a storage that answers %s is asked again', async (_name, odd) => {
    replies = [odd, odd];
    await store.put('referral-1', 'a', bytes);
    replies = [odd];
    expect(await store.get('referral-1', 'a')).toEqual(bytes);
    replies = [odd, odd, odd];
    await expect(store.get('referral-1', 'a')).rejects.toMatchObject(unavailable);
  });

  test.each([
    ['a wrong signature', answer(403)],
    ['no such bucket', answer(404, '<Error><Code>NoSuchBucket</Code></Error>')],
    ['that nothing is here', answer(404)],
  ])('%s is no missing file, and is not asked again', async (_name, odd) => {
    for (const act of [() => store.get('referral-1', 'a'), () => store.put('referral-1', 'a', bytes)]) {
      [replies, asked] = [[odd], []];
      await expect(act()).rejects.toMatchObject(unavailable);
      expect(asked).toHaveLength(1);
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
