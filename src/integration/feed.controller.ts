import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Req, Res, UseFilters, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contractFiles } from '../../projections/kafka/documents.js';
import type { Council } from '../council/council.js';
import { DomainError } from '../core/problem.js';
import { PLATFORM } from '../core/tokens.js';
import type { Platform } from '../platform.js';
import { Access } from '../session/access.js';
import { RequestContext } from '../session/request-context.js';
import { FeedCursors } from './feed-cursors.js';
import { FeedProblems } from './feed-problems.js';
import { Feed } from './feed.js';
import { feedStream } from './feed-stream.js';

const USUAL_LIMIT = 100;
const MOST = 500;
/** Streams open at once in this process. */
const STREAMS = 200;

/** Events for the council's own systems (role SERVICE), for those without Kafka; and the contract, for everybody. */
@Controller('integration')
@UseFilters(FeedProblems)
export class FeedController implements OnModuleDestroy {
  private readonly cursors: FeedCursors;
  private readonly stopping = new AbortController();
  private readonly contract = contractFiles();
  private streams = 0;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly feed: Feed,
  ) {
    this.cursors = new FeedCursors(platform.secrets);
  }

  /** Open streams would keep the server from closing. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  @Get('events')
  @Access('BY_ROUTE')
  async events(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('after') after?: string,
    @Query('limit') limit?: string,
  ): Promise<void> {
    const { council, expiresAt } = await this.service(request);
    const wantsStream = request.headers.accept?.includes('text/event-stream') ?? false;
    const resumed = wantsStream ? request.headers['last-event-id'] : undefined;
    const position = this.cursors.read(council.id, (resumed as string | undefined) ?? after);
    if (wantsStream) return this.stream(request, reply, council, position, expiresAt);
    const page = await this.feed.page(council, position, limitOf(limit));
    const next = page.position === 0n ? undefined : this.cursors.write(council.id, page.position);
    if (next) void reply.header('x-next-cursor', next);
    await reply
      .header('x-more', String(page.more))
      .header('content-type', 'application/cloudevents-batch+json; charset=utf-8')
      .send(JSON.stringify(page.events.map(({ event }) => event)));
  }

  @Get('asyncapi.yaml')
  @Access('PUBLIC')
  async asyncApi(@Res() reply: FastifyReply): Promise<void> {
    await this.serve(reply, 'asyncapi.yaml', 'application/yaml; charset=utf-8');
  }

  @Get('schemas/:name')
  @Access('PUBLIC')
  async schema(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    await this.serve(reply, name, 'application/schema+json; charset=utf-8');
  }

  private async serve(reply: FastifyReply, name: string, mediaType: string): Promise<void> {
    const text = this.contract.get(name);
    if (text === undefined) throw new DomainError('NOT_FOUND', 'The contract has no such document.');
    await reply.header('content-type', mediaType).send(text);
  }

  private async service(request: FastifyRequest): Promise<{ council: Council; expiresAt: Date }> {
    const ctx = await RequestContext.of(request.headers, this.platform);
    const { viewer } = ctx;
    if (viewer.role !== 'SERVICE') throw new DomainError('FORBIDDEN', 'Only systems (role SERVICE) may read the feed.');
    return { council: ctx.council, expiresAt: viewer.expiresAt };
  }

  private async stream(
    request: FastifyRequest,
    reply: FastifyReply,
    council: Council,
    after: bigint,
    expiresAt: Date,
  ): Promise<void> {
    if (this.streams >= STREAMS) throw new DomainError('UNAVAILABLE', 'Too many streams are open. Try again shortly.');
    const left = new AbortController();
    const life = expiresAt.getTime() - this.platform.clock.now().getTime();
    // A timer takes no more than 31 bits.
    const ended = AbortSignal.timeout(Math.min(life, 2 ** 31 - 1));
    const signal = AbortSignal.any([left.signal, ended, this.stopping.signal]);
    const cursorOf = (position: bigint) => this.cursors.write(council.id, position);
    const text = feedStream({ feed: this.feed, council, after, cursorOf, signal });
    // Nothing is read ahead of what the connection takes.
    const body = Readable.from(text, { highWaterMark: 1 });
    this.streams += 1;
    request.raw.once('close', () => left.abort());
    body.once('close', () => (this.streams -= 1));
    await reply.header('content-type', 'text/event-stream').header('x-accel-buffering', 'no').send(body);
  }
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? USUAL_LIMIT : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new DomainError('BAD_INPUT', `limit must be a number from 1 to ${MOST}.`, 'limit');
}
