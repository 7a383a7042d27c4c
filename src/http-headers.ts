import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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

/** Puts the headers on every answer, and lets the councils' own front ends read them from other origins. */
export function headersOnEverything(fastify: FastifyInstance, { councils, config }: Platform): void {
  const always = config.production ? { ...HEADERS, ...TRANSPORT } : HEADERS;
  fastify.addHook('onRequest', async (request, reply) => {
    request.headers['x-correlation-id'] = request.id;
    const { origin } = request.headers;
    void reply.header('vary', 'origin');
    const council = origin === undefined ? undefined : councilOfOrigin(origin, councils, config.production);
    const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (council && (preflight || concerns(request, council.id))) {
      void reply.headers({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': READABLE,
      });
    }
    if (preflight)
      return reply
        .headers(council ? CORS : {})
        .code(204)
        .send();
  });
  fastify.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply) => {
    void reply.headers(always).header('x-request-id', request.id);
    if (!reply.hasHeader('content-security-policy')) void reply.header('content-security-policy', POLICY);
  });

  /** One council's page reads that council's answers, not another's. */
  function concerns(request: FastifyRequest, council: string): boolean {
    const named = request.headers['x-council'];
    const asked = typeof named === 'string' ? named : councils.byHost(request.headers.host ?? '')?.id;
    return asked === undefined || asked === council;
  }
}
