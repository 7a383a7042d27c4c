import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';

/**
 * GraphQL requests under way in this process at most. Each waits for those before it: at a few hundred answers a second,
 * which the slowest machines manage, whoever is let in waits for a second at most.
 */
const MOST_UNDER_WAY = 300;
/** Seconds after which whoever is turned away may come back. */
const COME_BACK = '1';

const turnedAway = new Counter({
  name: 'frontdoor_requests_turned_away_total',
  help: 'GraphQL requests turned away before anything was done, because the process had as many under way as it can answer in time.',
});

/**
 * Turns callers away while the process has more to do than it can answer in time: nothing of what they ask has begun, and
 * those let in are answered as quickly as ever. Most are told before their body is read. Requests count once they are
 * there whole: who sends one slowly keeps nobody out.
 */
export function turnAwayBeyondCapacity(fastify: FastifyInstance): void {
  let underWay = 0;
  const underWayHere = new WeakSet<FastifyReply>();
  const leave = (reply: FastifyReply) => {
    if (underWayHere.delete(reply)) underWay -= 1;
  };
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    turnedAway.inc();
    const message = 'Too much is being asked at once. Please try again in a moment: nothing was done.';
    const errors = [{ message, extensions: { code: 'UNAVAILABLE', correlationId: request.id } }];
    return reply.code(503).header('retry-after', COME_BACK).send({ errors });
  };
  const isFull = ({ method, url }: FastifyRequest) =>
    underWay >= MOST_UNDER_WAY && method !== 'OPTIONS' && url.startsWith('/graphql');
  fastify.addHook('onRequest', async (request, reply) => {
    if (isFull(request)) return refuse(request, reply);
  });
  fastify.addHook('preValidation', async (request, reply) => {
    if (isFull(request)) return refuse(request, reply);
    if (!request.url.startsWith('/graphql')) return;
    underWay += 1;
    underWayHere.add(reply);
    // Whoever hangs up is not answered.
    reply.raw.once('close', () => leave(reply));
  });
  fastify.addHook('onSend', async (_request, reply) => leave(reply));
}
