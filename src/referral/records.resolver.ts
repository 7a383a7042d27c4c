import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { DataKeys } from '../core/keys.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { referralStream } from './referral.events.js';
import { ReferralService } from './referral.service.js';

const MOST_REASON = 1_000;

/** What records officers do: erase, and hold back from erasure. */
@Resolver()
export class RecordsResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly keys: DataKeys,
  ) {}

  @Mutation('eraseReferral')
  @Access('RECORDS_OFFICER')
  async eraseReferral(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('reference') reference: string,
    @Args('reason') reason: string,
  ) {
    reasonGiven(reason);
    const command = { type: 'EraseReferral' as const, council: ctx.council.id, reason };
    const { id } = await this.referrals.staff(ctx, reference, commandId, { reason }, command);
    // The erasure follower does this and the rest, whatever happens here; the caller need not wait for it.
    await this.keys.destroy(referralStream(id), ctx.now);
    return true;
  }

  @Mutation('setLegalHold')
  @Access('RECORDS_OFFICER')
  async setLegalHold(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('reference') reference: string,
    @Args('held') held: boolean,
    @Args('reason') reason: string,
  ) {
    reasonGiven(reason);
    const command = { type: 'SetLegalHold' as const, council: ctx.council.id, held, reason };
    await this.referrals.staff(ctx, reference, commandId, { held, reason }, command);
    return held;
  }
}

function reasonGiven(reason: string): void {
  if (/\S/u.test(reason) && reason.length <= MOST_REASON) return;
  throw new DomainError('BAD_INPUT', `Give a reason, in up to ${MOST_REASON} characters.`, 'reason');
}
