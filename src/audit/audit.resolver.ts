import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import { accountKind, accountStream } from '../account/account.events.js';
import { EventLog } from '../core/event-log.js';
import { CommandHandling } from '../core/handle-command.js';
import { DomainError } from '../core/problem.js';
import { Secrets } from '../core/secrets.js';
import { accessStream, accountAccessStream, ReadRecorder } from '../referral/access-record.js';
import { accessKind, referralKind, referralStream } from '../referral/referral.events.js';
import { ReferralService } from '../referral/referral.service.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { asItStood } from './as-it-stood.js';
import { findAccount } from './find.js';
import { historyOf, wholeHistory, type HistoryFilter } from './history.js';

/** An auditor says why, in so many words. */
const MOST_REASON = 1_000;
/** Facts on one page. */
const MOST_ENTRIES = 1_000;

/** What auditors ask: everything that happened, proof that nothing was altered, how it stood, and who read it. */
@Resolver()
export class AuditResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly reads: ReadRecorder,
    private readonly log: EventLog,
    private readonly handling: CommandHandling,
    private readonly secrets: Secrets,
  ) {}

  @Query('referralHistory')
  @Access('AUDITOR')
  async referralHistory(
    @Context() ctx: RequestContext,
    @Args('reference') typed: string,
    @Args('reason') reason: string,
    @Args('filter') filter?: FilterInput,
    @Args('first') first?: number,
    @Args('after') after?: number,
  ) {
    const { history, reference } = await this.referral(ctx, typed, reason, 'referralHistory');
    return { reference, ...historyOf(history, readFilter(filter), page(first, after)) };
  }

  @Query('referralAsAt')
  @Access('AUDITOR')
  async referralAsAt(
    @Context() ctx: RequestContext,
    @Args('reference') typed: string,
    @Args('reason') reason: string,
    @Args('at') at?: Date,
    @Args('revision') revision?: number,
  ) {
    const { id, history } = await this.referral(ctx, typed, reason, 'referralAsAt');
    return asItStood(id, history.facts, { at, revision }, ctx.council);
  }

  @Query('referralReads')
  @Access('AUDITOR')
  async referralReads(
    @Context() ctx: RequestContext,
    @Args('reference') typed: string,
    @Args('reason') reason: string,
    @Args('filter') filter?: FilterInput,
    @Args('first') first?: number,
    @Args('after') after?: number,
  ) {
    const { id } = await this.referral(ctx, typed, reason, 'referralReads');
    const history = await wholeHistory(this.log, accessKind, accessStream(id));
    return historyOf(history, readFilter(filter), page(first, after));
  }

  @Query('accountHistory')
  @Access('AUDITOR')
  async accountHistory(
    @Context() ctx: RequestContext,
    @Args('email') email: string,
    @Args('reason') reason: string,
    @Args('filter') filter?: FilterInput,
    @Args('first') first?: number,
    @Args('after') after?: number,
  ) {
    const { accountId, history } = await this.account(ctx, email, reason, 'accountHistory');
    return { accountId, ...historyOf(history, readFilter(filter), page(first, after)) };
  }

  @Query('accountReads')
  @Access('AUDITOR')
  async accountReads(
    @Context() ctx: RequestContext,
    @Args('email') email: string,
    @Args('reason') reason: string,
    @Args('filter') filter?: FilterInput,
    @Args('first') first?: number,
    @Args('after') after?: number,
  ) {
    const { accountId } = await this.account(ctx, email, reason, 'accountReads');
    const history = await wholeHistory(this.log, accessKind, accountAccessStream(accountId));
    return historyOf(history, readFilter(filter), page(first, after));
  }

  /** Records the read with its reason, then reads. */
  private async referral(ctx: RequestContext, typed: string, reason: string, operation: string) {
    reasonGiven(reason);
    const id = await this.referrals.idOf(ctx.council, typed);
    const history = await wholeHistory(this.log, referralKind, referralStream(id));
    if (history.facts[0]?.council !== ctx.council.id) {
      throw new DomainError('NOT_FOUND', 'There is no referral with this reference.', 'reference');
    }
    await this.reads.record(ctx, id, operation, reason);
    const submitted = history.facts.find((fact) => fact.type === 'FormSubmitted');
    return { id, history, reference: submitted?.data.reference ?? typed };
  }

  private async account(ctx: RequestContext, email: string, reason: string, operation: string) {
    reasonGiven(reason);
    const { handling, secrets } = this;
    const accountId = await findAccount({ handling, secrets }, ctx.council, email);
    const history = await wholeHistory(this.log, accountKind, accountStream(accountId));
    if (history.facts[0]?.council !== ctx.council.id) {
      throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
    }
    await this.reads.recordAccount(ctx, accountId, operation, reason);
    return { accountId, history };
  }
}

/** The schema's HistoryFilter. */
type FilterInput = Omit<HistoryFilter, 'from' | 'to'> & { from?: Date | null; to?: Date | null };

function readFilter(filter: FilterInput | undefined): HistoryFilter {
  return { ...filter, from: filter?.from?.toISOString(), to: filter?.to?.toISOString() };
}

function page(first: number | null | undefined, after: number | null | undefined) {
  if (first != null && (first < 1 || first > MOST_ENTRIES)) {
    throw new DomainError('BAD_INPUT', `Ask for 1 to ${MOST_ENTRIES} entries at once.`, 'first');
  }
  return { first, after };
}

function reasonGiven(reason: string): void {
  if (/\S/u.test(reason) && reason.length <= MOST_REASON) return;
  throw new DomainError('BAD_INPUT', `Say why you read this, in up to ${MOST_REASON} characters.`, 'reason');
}
