import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { Db } from 'mongodb';
import { CommandHandling } from '../core/handle-command.js';
import { DataKeys } from '../core/keys.js';
import { Secrets } from '../core/secrets.js';
import { VIEWS } from '../core/tokens.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { Sessions } from '../session/sessions.js';
import { eraseAccount } from './erase-account.js';

/** What records officers do with an account: erase it, unless one of its referrals is on legal hold. */
@Resolver()
export class AccountRecordsResolver {
  constructor(
    private readonly handling: CommandHandling,
    private readonly secrets: Secrets,
    private readonly keys: DataKeys,
    private readonly sessions: Sessions,
    @Inject(VIEWS) private readonly views: Db,
  ) {}

  @Mutation('eraseAccount')
  @Access('RECORDS_OFFICER')
  async eraseAccount(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('email') email: string,
    @Args('reason') reason: string,
  ) {
    const { handling, secrets, keys, sessions, views } = this;
    const request = ctx.request(commandId, {}, ctx.staffActor);
    await eraseAccount({ handling, secrets, keys, sessions, views }, email, reason, ctx.now, request);
    return true;
  }
}
