import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { Db } from 'mongodb';
import type { RecordDocument } from '../../projections/records.js';
import { accountDecider } from '../account/account.decider.js';
import { accountStream } from '../account/account.events.js';
import { emailReservationDecider, emailStream } from '../account/email-reservation.js';
import { CommandHandling } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { DataKeys } from '../core/keys.js';
import { DomainError } from '../core/problem.js';
import { Secrets } from '../core/secrets.js';
import { VIEWS } from '../core/tokens.js';
import { referralDecider } from '../referral/referral.decider.js';
import { referralStream } from '../referral/referral.events.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { Sessions } from '../session/sessions.js';

const MOST_REASON = 1_000;

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
    if (!/\S/u.test(reason) || reason.length > MOST_REASON) {
      throw new DomainError('BAD_INPUT', `Give a reason, in up to ${MOST_REASON} characters.`, 'reason');
    }
    const council = ctx.council.id;
    const request = ctx.request(commandId, { email, reason }, ctx.staffActor);
    const reservation = emailStream(this.secrets, council, email);
    const { accountId: owner, released } = (await this.handling.state(emailReservationDecider, reservation, true))
      .state;
    const command = { type: 'EraseAccount' as const, council, reason };
    const erase = (id: string) => this.handling.handle(accountDecider, accountStream(id), command, request);
    // Asked again after it was done, the address may be somebody's again: it is not theirs that was meant.
    if (released && (await erase(released)).repeated) return true;
    const accountId = owner ?? released;
    if (!accountId) throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
    await this.endDrafts(ctx, accountId, commandId);
    await this.sessions.endAll(accountId);
    await erase(accountId);
    const release = { ...request, commandId: derivedId(commandId, 'release') };
    await this.handling.handle(emailReservationDecider, reservation, { type: 'ReleaseEmail', accountId }, release);
    // Of one that was begun in between.
    await this.sessions.endAll(accountId);
    // The erasure follower does this too, whatever happens here; the caller need not wait for it.
    await this.keys.destroy(accountStream(accountId), ctx.now);
    return true;
  }

  /** Ends what the account has begun and not sent. Throws LEGAL_HOLD, before anything ends, where one is on hold. */
  private async endDrafts(ctx: RequestContext, accountId: string, commandId: string): Promise<void> {
    const own = await this.views
      .collection<RecordDocument>('records')
      .find({ council: ctx.council.id, accountId })
      .project<{ _id: string }>({ _id: 1 })
      .toArray();
    const drafts: string[] = [];
    for (const { _id: id } of own) {
      const { state } = await this.handling.state(referralDecider, referralStream(id), true);
      if (state.held && !state.erased) {
        const message = `${state.submission!.reference} is on legal hold. Lift the hold before you erase the account.`;
        throw new DomainError('LEGAL_HOLD', message, 'email');
      }
      if (state.draft) drafts.push(id);
    }
    for (const id of drafts) {
      const request = ctx.request(derivedId(commandId, id), {}, ctx.staffActor);
      await this.handling.handle(referralDecider, referralStream(id), { type: 'EndDraft' }, request);
    }
  }
}
