import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { readS3Url, type S3Place } from '../../src/attachment/s3-bucket.js';

/** So many keys are on one page of a list. */
const PAGE = 2;

/** What a bucket does when it is well, and when it is not. Signatures are verified by a real server: test/engines/s3. */
export class FakeBucket {
  readonly objects = new Map<string, Buffer>();
  /** What the next requests are answered with, in place of what they ask for. */
  replies: ((reply: ServerResponse) => void)[] = [];
  /** The methods of all requests. */
  asked: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, reply) => void this.serve(request, reply));
  }

  async start(): Promise<S3Place> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return readS3Url(`s3://me:secret@127.0.0.1:${port}/bucket?tls=false`)!;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url!, 'http://bucket');
    this.asked.push(request.method!);
    expect(request.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=me\/\d{8}\/us-east-1\/s3\/aws4_request, /,
    );
    expect(request.headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'));
    const odd = this.replies.shift();
    if (odd) return odd(reply);
    if (request.method === 'PUT') this.objects.set(pathname, body);
    if (request.method === 'DELETE') this.objects.delete(pathname);
    if (searchParams.has('list-type')) return void reply.end(this.list(searchParams));
    const object = this.objects.get(pathname);
    if (request.method !== 'GET') return void reply.writeHead(request.method === 'PUT' ? 200 : 204).end();
    if (!object) return void reply.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    reply.end(object);
  }

  private list(asked: URLSearchParams): string {
    const keys = [...this.objects.keys()].map((path) => path.slice('/bucket/'.length)).sort();
    const after = asked.get('start-after') ?? '';
    const found = keys.filter((key) => key.startsWith(asked.get('prefix')!) && key > after);
    const page = found.slice(0, PAGE).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    return `<IsTruncated>${found.length > PAGE}</IsTruncated>${page.join('')}`;
  }
}
