import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance, FastifyRequest } from 'fastify';
import { MOST_LENGTH } from './graphql/document-limits.js';
import { requestId } from './http-headers.js';
import { RequestContext, type ViewerServices } from './session/request-context.js';

/** The largest JSON body taken, in bytes: a long form with room to spare. Files have a route and a limit of their own. */
const BODY_LIMIT = 1024 * 1024;
/** Of somebody who is not logged in, and may have a form checked: every question of the longest one, answered to the full. */
const STRANGERS_LIMIT = BODY_LIMIT / 2;
/** How long a client may take, in milliseconds: for its headers, for a JSON body, for a whole upload of 10 MB. */
const HEADERS_TIME = 10_000;
const BODY_TIME = 15_000;
const REQUEST_TIME = 120_000;
/** A connection that says nothing in either direction for so long is closed; the feed speaks every 15 s. */
const SILENCE = 60_000;
/** Longer than the 60 s after which load balancers usually let go: they should be the first. */
const KEEP_ALIVE = 65_000;

/** Told by hand where the request cannot even be read: no hook of Fastify's runs then. */
const UNREADABLE = [
  'HTTP/1.1 400 Bad Request',
  'connection: close',
  'content-length: 0',
  'cache-control: no-store',
  'x-content-type-options: nosniff',
  "content-security-policy: default-src 'none'; frame-ancestors 'none'",
  'referrer-policy: no-referrer',
  '\r\n',
].join('\r\n');

/** Limits of size and time that hold slow and greedy clients off. */
export const serverLimits = {
  bodyLimit: BODY_LIMIT,
  requestTimeout: REQUEST_TIME,
  connectionTimeout: SILENCE,
  keepAliveTimeout: KEEP_ALIVE,
  http: { headersTimeout: HEADERS_TIME, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 },
  routerOptions: { maxParamLength: 200 },
  genReqId: requestId,
  clientErrorHandler: (_error: Error, socket: Socket) => {
    if (socket.writable) socket.end(UNREADABLE);
    else socket.destroy();
  },
  // A URL that cannot be read comes past the hooks too.
  frameworkErrors: (_error, { raw }) => {
    raw.socket.end(UNREADABLE);
  },
} satisfies FastifyHttpOptions<Server>;

/** Cuts off who takes too long over a JSON body, and refuses what is too long to be read. */
export function holdToLimits(fastify: FastifyInstance, services: ViewerServices): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.method === 'GET' || request.url.startsWith('/files/')) return done();
    // Of a body that is refused unread the end may never be heard of.
    const timer = setTimeout(() => request.raw.destroy(), BODY_TIME).unref();
    request.raw.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    // By what it says of its length: nothing of it has to be kept, or read as JSON, to be refused.
    if (Number(request.headers['content-length']) > STRANGERS_LIMIT) refuseStrangers(request).then(() => done(), done);
    else done();
  });
  fastify.addHook('preValidation', ({ body, query }, _reply, done) => {
    const texts = [body, query].map((from) => (from as { query?: unknown } | null)?.query);
    if (texts.some((text) => typeof text === 'string' && text.length > MOST_LENGTH)) done(tooLong('document'));
    else done();
  });

  async function refuseStrangers({ headers }: FastifyRequest): Promise<void> {
    const { isStranger } = await RequestContext.of(headers, services, { passive: true });
    if (isStranger)
      throw headers.authorization || headers.cookie ? refusal('The session has ended', 401) : tooLong('body');
  }
}

function tooLong(what: string): Error {
  return refusal(`The ${what} is too long`, 413);
}

function refusal(message: string, statusCode: number): Error {
  return Object.assign(new Error(message), { statusCode });
}
