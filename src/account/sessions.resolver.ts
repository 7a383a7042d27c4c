import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { derivedId } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { endedCookie } from '../session/session-cookie.js';
import { Sessions, type Session } from '../session/sessions.js';

/** What an owner sees of the sessions of an account, and how they end. */
@Resolver()
export class SessionsResolver {
  constructor(private readonly sessions: Sessions) {}

  @Query('mySessions')
  @Access('REFERRER')
  async mySessions(@Context() ctx: RequestContext) {
    const { id, session: current } = ctx.referrer;
    return (await this.sessions.ofAccount(id)).map(({ device, startedAt, lastSeenAt, endsAt, ...session }) => ({
      id: publicId(session),
      current: session._id === current._id,
      device: device ?? '',
      startedAt,
      lastSeenAt,
      endsAt,
    }));
  }

  @Mutation('logOut')
  @Access('REFERRER')
  async logOut(@Context() ctx: RequestContext) {
    await this.end(ctx, ctx.referrer.session);
    return true;
  }

  @Mutation('endSession')
  @Access('REFERRER')
  async endSession(@Context() ctx: RequestContext, @Args('id') id: string) {
    const session = (await this.sessions.ofAccount(ctx.referrer.id)).find((one) => publicId(one) === id);
    if (!session) throw new DomainError('NOT_FOUND', 'There is no such session of yours. It may have ended.', 'id');
    await this.end(ctx, session);
    return true;
  }

  @Mutation('endOtherSessions')
  @Access('REFERRER')
  async endOtherSessions(@Context() ctx: RequestContext) {
    await this.sessions.endAll(ctx.referrer.id, ctx.referrer.session._id);
    return true;
  }

  private async end(ctx: RequestContext, session: Pick<Session, '_id'>): Promise<void> {
    await this.sessions.end(session._id);
    if (ctx.wantsCookie && session._id === ctx.referrer.session._id) ctx.setHeader('set-cookie', endedCookie);
  }
}

/** The hash of a token stays inside: who has it must not be able to look for the token. */
function publicId({ _id }: Pick<Session, '_id'>): string {
  return derivedId('session', _id);
}
