import { performance } from 'node:perf_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';

/** GraphQL requests under way in this process: never more, whatever it does; and never held to fewer. */
const MOST_UNDER_WAY = 300;
const FEWEST_UNDER_WAY = 128;
/** How long whoever is let in should wait at most where this process is what all wait for: seconds. */
const LONGEST_WAIT = 0.5;
/** From this share of its time on a process is at its limit. */
const BUSY = 0.9;
/** How often that is looked at, in milliseconds. */
const LOOK_EVERY = 500;
/** Seconds after which whoever is turned away may come back. */
const COME_BACK = '1';

const turnedAway = new Counter({
  name: 'frontdoor_requests_turned_away_total',
  help: 'GraphQL requests turned away before anything was done, because the process had as many under way as it can answer in time.',
});

/**
 * How many requests may be under way: of a busy process as many as it answers in the time that people should wait at most.
 * Of one that is not busy, those under way wait for something else, and turning others away would not help them.
 */
export function mostUnderWay(busy: number, answeredPerSecond: number): number {
  if (busy < BUSY) return MOST_UNDER_WAY;
  return Math.min(MOST_UNDER_WAY, Math.max(FEWEST_UNDER_WAY, Math.round(answeredPerSecond * LONGEST_WAIT)));
}

/**
 * Turns callers away while the process has more to do than it can answer in time: nothing of what they ask has begun, and
 * those let in are answered as quickly as ever. Most are told before their body is read. Requests count once they are
 * there whole: who sends one slowly keeps nobody out.
 */
export function turnAwayBeyondCapacity(fastify: FastifyInstance, mostOf = mostUnderWay): void {
  let [most, underWay, answered] = [MOST_UNDER_WAY, 0, 0];
  let before = performance.eventLoopUtilization();
  const look = setInterval(() => {
    const now = performance.eventLoopUtilization();
    most = mostOf(performance.eventLoopUtilization(now, before).utilization, answered / (LOOK_EVERY / 1_000));
    [before, answered] = [now, 0];
  }, LOOK_EVERY).unref();
  fastify.addHook('onClose', async () => clearInterval(look));

  const isFull = ({ method, url }: FastifyRequest) =>
    underWay >= most && method !== 'OPTIONS' && url.startsWith('/graphql');
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    turnedAway.inc();
    const message = 'Too much is being asked at once. Please try again in a moment: nothing was done.';
    const errors = [{ message, extensions: { code: 'UNAVAILABLE', correlationId: request.id } }];
    return reply.code(503).header('retry-after', COME_BACK).send({ errors });
  };
  fastify.addHook('onRequest', async (request, reply) => {
    if (isFull(request)) return refuse(request, reply);
  });

  const here = new WeakSet<FastifyReply>();
  const leave = (reply: FastifyReply) => {
    if (!here.delete(reply)) return;
    underWay -= 1;
    answered += 1;
  };
  fastify.addHook('preValidation', async (request, reply) => {
    if (isFull(request)) return refuse(request, reply);
    if (!request.url.startsWith('/graphql')) return;
    underWay += 1;
    here.add(reply);
    // Whoever hangs up is not answered.
    reply.raw.once('close', () => leave(reply));
  });
  fastify.addHook('onSend', async (_request, reply) => leave(reply));
}
