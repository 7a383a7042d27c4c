import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { PLATFORM } from '../core/tokens.js';
import type { Platform } from '../platform.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { eraseAccount } from './erase-account.js';

/** What records officers do with an account: erase it, unless one of its referrals is on legal hold. */
@Resolver()
export class AccountRecordsResolver {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Mutation('eraseAccount')
  @Access('RECORDS_OFFICER')
  async eraseAccount(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('email') email: string,
    @Args('reason') reason: string,
  ) {
    const request = ctx.request(commandId, {}, ctx.staffActor);
    await eraseAccount(this.platform, email, reason, ctx.now, request);
    return true;
  }
}
