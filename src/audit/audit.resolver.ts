import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import { accountKind, accountStream } from '../account/account.events.js';
import type { DomainEvent, StreamKind } from '../core/decider.js';
import { CommandHandling } from '../core/handle-command.js';
import { DomainError } from '../core/problem.js';
import { Secrets } from '../core/secrets.js';
import { accessStream, accountAccessStream, ReadRecorder } from '../referral/access-record.js';
import { accessKind, referralKind, referralStream } from '../referral/referral.events.js';
import { ReferralService } from '../referral/referral.service.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { asItStood, type Moment } from './as-it-stood.js';
import { findAccount } from './find.js';
import { historyOf, type HistoryFilter } from './history.js';
import { RecentHistories, type ReadHistory } from './recent-histories.js';

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
    private readonly histories: RecentHistories,
    private readonly handling: CommandHandling,
    private readonly secrets: Secrets,
  ) {}

  @Query('referralHistory')
  @Access('AUDITOR')
  async referralHistory(@Context() ctx: RequestContext, @Args() asked: Asked & { reference: string }) {
    const { reference, history } = await this.referral(ctx, asked, 'referralHistory');
    return { reference, ...shown(history, asked) };
  }

  @Query('referralAsAt')
  @Access('AUDITOR')
  async referralAsAt(@Context() ctx: RequestContext, @Args() asked: Asked & Moment & { reference: string }) {
    const { id, history } = await this.referral(ctx, asked, 'referralAsAt');
    return asItStood(id, history, asked, ctx.council);
  }

  @Query('referralReads')
  @Access('AUDITOR')
  async referralReads(@Context() ctx: RequestContext, @Args() asked: Asked & { reference: string }) {
    const { id } = await this.referral(ctx, asked, 'referralReads');
    return shown(await this.histories.read(accessKind, accessStream(id)), asked);
  }

  @Query('accountHistory')
  @Access('AUDITOR')
  async accountHistory(@Context() ctx: RequestContext, @Args() asked: Asked & { email: string }) {
    const { accountId, history } = await this.account(ctx, asked, 'accountHistory');
    return { accountId, ...shown(history, asked) };
  }

  @Query('accountReads')
  @Access('AUDITOR')
  async accountReads(@Context() ctx: RequestContext, @Args() asked: Asked & { email: string }) {
    const { accountId } = await this.account(ctx, asked, 'accountReads');
    return shown(await this.histories.read(accessKind, accountAccessStream(accountId)), asked);
  }

  private async referral(
    ctx: RequestContext,
    { reference: typed, reason }: Asked & { reference: string },
    operation: string,
  ) {
    reasonGiven(reason);
    const id = await this.referrals.idOf(ctx.council, typed);
    const history = await this.recorded(ctx, referralKind, referralStream(id), () =>
      this.reads.record(ctx, id, operation, reason),
    );
    if (!history) throw new DomainError('NOT_FOUND', 'There is no referral with this reference.', 'reference');
    const submitted = history.facts.find((fact) => fact.type === 'FormSubmitted');
    return { id, history, reference: submitted?.data.reference ?? typed };
  }

  private async account(ctx: RequestContext, { email, reason }: Asked & { email: string }, operation: string) {
    reasonGiven(reason);
    const { handling, secrets } = this;
    const accountId = await findAccount({ handling, secrets }, ctx.council, email);
    const history = await this.recorded(ctx, accountKind, accountStream(accountId), () =>
      this.reads.recordAccount(ctx, accountId, operation, reason),
    );
    if (!history) throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
    return { accountId, history };
  }

  /** A stream of the viewer's council, its read written down; the one goes on while the other does. */
  private async recorded<E extends DomainEvent>(
    ctx: RequestContext,
    kind: StreamKind<E>,
    stream: string,
    record: () => Promise<void>,
  ): Promise<ReadHistory<E> | undefined> {
    let recording: Promise<void> | undefined;
    const history = await this.histories.read(kind, stream, (council) => {
      if (council !== ctx.council.id) return;
      recording = record();
      // Where reading fails first, nobody is left to hear of it.
      recording.catch(() => undefined);
    });
    await recording;
    return recording && history;
  }
}

/** What every question of an auditor's says, beside of whom. */
interface Asked {
  reason: string;
  filter?: (Omit<HistoryFilter, 'from' | 'to'> & { from?: Date | null; to?: Date | null }) | null;
  first?: number | null;
  after?: number | null;
}

/** The part of a history that is asked for. */
function shown<E extends DomainEvent>(history: ReadHistory<E>, { filter, first, after }: Asked) {
  if (first != null && (first < 1 || first > MOST_ENTRIES)) {
    throw new DomainError('BAD_INPUT', `Ask for 1 to ${MOST_ENTRIES} entries at once.`, 'first');
  }
  const [from, to] = [filter?.from?.toISOString(), filter?.to?.toISOString()];
  const { verification, ...rest } = historyOf(history, { ...filter, from, to }, { first, after });
  return { ...rest, verification: { ...verification, verifiedAt: history.verifiedAt } };
}

function reasonGiven(reason: string): void {
  if (/\S/u.test(reason) && reason.length <= MOST_REASON) return;
  throw new DomainError('BAD_INPUT', `Say why you read this, in up to ${MOST_REASON} characters.`, 'reason');
}
