import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { councilOfOrigin } from './council/origins.js';
import { isUuid } from './core/ids.js';
import type { Platform } from './platform.js';

/** On every answer, errors included (ASVS 5.0 3.4): nothing here may be kept, sniffed, framed or told on. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Only where TLS is in front: RFC 6797, 7.2. Two years. */
const TRANSPORT = { 'strict-transport-security': 'max-age=63072000; includeSubDomains' };

/** What a front end of another origin may send and read, and for how long a browser remembers: seconds. */
const CORS = {
  'access-control-allow-methods': 'GET, POST, PUT',
  'access-control-allow-headers':
    'authorization, content-type, x-council, x-session, x-background, x-request-id, x-correlation-id, x-apollo-operation-name, apollo-require-preflight',
  'access-control-max-age': '600',
};
const READABLE = 'x-request-id, retry-after, content-disposition';

/**
 * The id under which a request is known from end to end: the caller's `x-request-id` or `x-correlation-id` where it is a
 * UUID (anything else may say who somebody is), else a new one. It is answered, recorded with every fact that the
 * request makes, and told in errors and logs.
 */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = [headers['x-request-id'], headers['x-correlation-id']].find(
    (id) => typeof id === 'string' && isUuid(id),
  );
  return typeof given === 'string' ? given.toLowerCase() : randomUUID();
}

/** The headers of the answer to a request that is known under `id`: those of every answer, and by which other origins may read it. */
export type AnswerHeaders = (request: Asked, id: string) => Record<string, string>;

/** As much of a request as headers depend on. */
type Asked = Pick<IncomingMessage, 'headers' | 'method'>;

const isPreflight = ({ method, headers }: Asked) =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

/** Makes the headers of answers; the councils' own front ends may read them from other origins. */
export function answerHeaders({ councils, config }: Pick<Platform, 'councils' | 'config'>): AnswerHeaders {
  const always = {
    ...HEADERS,
    ...(config.production && TRANSPORT),
    'content-security-policy': POLICY,
    vary: 'origin',
  };
  return (request, id) => {
    const { origin } = request.headers;
    const council = origin === undefined ? undefined : councilOfOrigin(origin, councils, config.production);
    const headers: Record<string, string> = { ...always, 'x-request-id': id };
    if (origin === undefined || !council || !(isPreflight(request) || concerns(request, council.id))) return headers;
    headers['access-control-allow-origin'] = origin;
    headers['access-control-allow-credentials'] = 'true';
    headers['access-control-expose-headers'] = READABLE;
    return isPreflight(request) ? { ...headers, ...CORS } : headers;
  };

  /** One council's page reads that council's answers, not another's. */
  function concerns({ headers }: Asked, council: string): boolean {
    const named = headers['x-council'];
    const asked = typeof named === 'string' ? named : councils.byHost(headers.host ?? '')?.id;
    return asked === undefined || asked === council;
  }
}

/** Puts the headers on every answer, and answers a browser that asks beforehand. */
export function headersOnEverything(fastify: FastifyInstance, headersOf: AnswerHeaders): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    request.headers['x-correlation-id'] = request.id;
    void reply.headers(headersOf(request.raw, request.id));
    if (isPreflight(request.raw)) void reply.code(204).send();
    else done();
  });
}
