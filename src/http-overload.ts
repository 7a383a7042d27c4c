import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply } from 'fastify';
import { Counter } from 'prom-client';
import { requestId, type AnswerHeaders } from './http-headers.js';

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
const COME_BACK = { 'retry-after': '1' };

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
 * those let in are answered as quickly as ever. Most are told before their body is read, and before Fastify hears of
 * them: who is turned away costs half of what it would there, and a process in a storm turns away thousands a second.
 * Requests count once they are there whole: who sends one slowly keeps nobody out.
 */
export class Overload {
  private most = MOST_UNDER_WAY;
  private underWay = 0;
  private answered = 0;

  constructor(
    private readonly headersOf: AnswerHeaders,
    private readonly mostOf = mostUnderWay,
  ) {}

  /** The server for Fastify's `serverFactory`, with Fastify's limits of time. */
  readonly serverFactory = (listener: RequestListener, limits: FastifyHttpOptions<Server>): Server => {
    const { http, keepAliveTimeout, requestTimeout, connectionTimeout } = limits;
    const server = createServer({ ...http, keepAliveTimeout, requestTimeout }, (request, response) => {
      if (!this.isFull(request)) return listener(request, response);
      const id = requestId(request);
      const body = JSON.stringify(refusal(id));
      response.writeHead(503, {
        ...this.headersOf(request, id),
        ...COME_BACK,
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    });
    return server.setTimeout(connectionTimeout ?? 0);
  };

  /** Counts what is under way, and turns away who has been let in and sent the whole of a request since it was full. */
  watch(fastify: FastifyInstance): void {
    let before = performance.eventLoopUtilization();
    const look = setInterval(() => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      this.most = this.mostOf(utilization, this.answered / (LOOK_EVERY / 1_000));
      [before, this.answered] = [now, 0];
    }, LOOK_EVERY).unref();
    fastify.addHook('onClose', async () => clearInterval(look));

    const here = new WeakSet<FastifyReply>();
    const leave = (reply: FastifyReply) => {
      if (!here.delete(reply)) return;
      this.underWay -= 1;
      this.answered += 1;
    };
    fastify.addHook('preValidation', (request, reply, done) => {
      if (this.isFull(request)) return void reply.code(503).headers(COME_BACK).send(refusal(request.id));
      if (!request.url.startsWith('/graphql')) return done();
      this.underWay += 1;
      here.add(reply);
      // Whoever hangs up is not answered.
      reply.raw.once('close', () => leave(reply));
      done();
    });
    fastify.addHook('onSend', (_request, reply, _body, done) => {
      leave(reply);
      done();
    });
  }

  private isFull({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): boolean {
    return this.underWay >= this.most && method !== 'OPTIONS' && url?.startsWith('/graphql') === true;
  }
}

/** What is said to whoever is turned away, and is counted. */
function refusal(correlationId: string) {
  turnedAway.inc();
  const message = 'Too much is being asked at once. Please try again in a moment: nothing was done.';
  return { errors: [{ message, extensions: { code: 'UNAVAILABLE', correlationId } }] };
}
