import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import type { Recorded } from '../core/decider.js';
import { EventLog, type StoredRecord } from '../core/event-log.js';
import { DomainError } from '../core/problem.js';
import { ReadRecorder } from '../referral/access-record.js';
import { subjectProgress } from '../referral/referral.graphql.js';
import { referralKind, referralStream, type ReferralEvent } from '../referral/referral.events.js';
import { ReferralService } from '../referral/referral.service.js';
import { emptyView, evolveView, newestVersion, openRequest, viewStatus } from '../referral/referral.view.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { verifyChain } from './verify-chain.js';

/** An auditor says why, in so many words. */
const MOST_REASON = 1_000;

/** What auditors ask: everything that happened, proof that nothing was altered, and how it stood. */
@Resolver()
export class AuditResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly reads: ReadRecorder,
    private readonly log: EventLog,
  ) {}

  @Query('referralHistory')
  @Access('AUDITOR')
  async referralHistory(
    @Context() ctx: RequestContext,
    @Args('reference') reference: string,
    @Args('reason') reason: string,
  ) {
    const { records, facts } = await this.read(ctx, reference, reason, 'referralHistory');
    const submitted = facts.find((fact) => fact.type === 'FormSubmitted');
    return {
      reference: submitted?.data.reference ?? reference,
      entries: facts.map(historyEntry),
      verification: verifyChain(records),
    };
  }

  @Query('referralAsAt')
  @Access('AUDITOR')
  async referralAsAt(
    @Context() ctx: RequestContext,
    @Args('reference') reference: string,
    @Args('reason') reason: string,
    @Args('at') at?: Date,
    @Args('revision') revision?: number,
  ) {
    if ((at == null) === (revision == null)) {
      throw new DomainError('BAD_INPUT', 'Say as at which instant, or after which revision: one of the two.', 'at');
    }
    const { id, facts } = await this.read(ctx, reference, reason, 'referralAsAt');
    const upTo = facts.filter((fact) => (at ? fact.at <= at.toISOString() : fact.revision <= revision!));
    const last = upTo.at(-1);
    if (!last || (revision != null && last.revision !== revision)) {
      throw new DomainError('NOT_FOUND', 'The referral has no fact that early or that late.', at ? 'at' : 'revision');
    }
    const view = upTo.reduce(evolveView, emptyView(id));
    const version = newestVersion(view);
    if (!version) throw new DomainError('NOT_FOUND', 'The form had not been submitted then.', at ? 'at' : 'revision');
    return {
      reference: view.reference,
      revision: last.revision,
      at: last.at,
      status: viewStatus(view),
      currentVersion: version.version,
      subjects: subjectProgress(view),
      openRequest: openRequest(view) ?? null,
      answers: last.erased ? null : version.answers,
    };
  }

  /** Records the read with its reason, then reads. */
  private async read(ctx: RequestContext, reference: string, reason: string, operation: string) {
    if (!/\S/u.test(reason) || reason.length > MOST_REASON) {
      throw new DomainError('BAD_INPUT', `Say why you read this, in up to ${MOST_REASON} characters.`, 'reason');
    }
    const id = await this.referrals.idOf(ctx.council, reference);
    const records: StoredRecord[] = [];
    const facts: Recorded<ReferralEvent>[] = [];
    for await (const record of this.log.records(referralStream(id))) {
      records.push(record);
      facts.push(await this.log.open(referralKind, record));
    }
    if (facts[0]?.council !== ctx.council.id) {
      throw new DomainError('NOT_FOUND', 'There is no referral with this reference.', 'reference');
    }
    await this.reads.record(ctx, id, operation, reason);
    return { id, records, facts };
  }
}

/** The contract's HistoryEntry. */
function historyEntry(fact: Recorded<ReferralEvent>) {
  const { revision, at, type, by, commandId, hash, previousHash, erased } = fact;
  const data = erased ? { ...fact.data, erased: true } : fact.data;
  return { revision, at, type, actor: by, data, commandId, hash, previousHash };
}
