import type { Collection, Db } from 'mongodb';
import type { Leases } from '../../projections/lease.js';
import type { RecordDocument } from '../../projections/records.js';
import { DAY, isoPlus, MINUTE, type Clock } from '../core/clock.js';
import type { CommandHandling } from '../core/handle-command.js';
import { unguarded, type Guard } from '../core/erasing-jobs.js';
import { derivedId } from '../core/ids.js';
import type { Logger } from '../core/logger.js';
import { Repeating } from '../core/repeating.js';
import { swept } from '../core/swept.js';
import type { Council } from '../council/council.js';
import type { Councils } from '../council/councils.js';
import { referralDecider, type ReferralCommand } from '../referral/referral.decider.js';
import { referralStream } from '../referral/referral.events.js';

const EVERY = 10 * MINUTE;
const LEASE = 'retention-sweep';
const ACTOR = { kind: 'system' as const, id: 'retention-sweep', name: 'Retention' };

type EndRetention = Extract<ReferralCommand, { type: 'EndRetention' }>;

export interface RetentionDeps {
  views: Db;
  handling: CommandHandling;
  councils: Pick<Councils, 'all'>;
  leases: Pick<Leases, 'hold' | 'release'>;
  clock: Clock;
  logger: Logger;
}

/**
 * Erases referrals that have been at rest as long as their council, or their form, keeps them. Finds them in the read
 * model and lets the decider have the last word: a hold placed a moment ago holds.
 */
export class RetentionSweep {
  private readonly documents: Collection<RecordDocument>;
  private readonly repeating = new Repeating(
    () => this.guard('retention', () => this.sweep()),
    (error) => this.deps.logger.error('retention failed, will run again', { error }),
  );

  constructor(
    private readonly deps: RetentionDeps,
    /** Asked before each run by the clock. */
    private readonly guard: Guard = unguarded,
  ) {
    this.documents = deps.views.collection<RecordDocument>('records');
  }

  start(): void {
    this.repeating.start(EVERY);
  }

  stop(): Promise<void> {
    return this.repeating.stop();
  }

  /** Erases all that are due; gives their number. Cut short, or done by two at once, it does no harm. */
  async sweep(): Promise<number> {
    const { councils, leases } = this.deps;
    if (!(await leases.hold(LEASE))) return 0;
    let erased = 0;
    try {
      for (const council of councils.all()) {
        for (const [formId, days] of retentionOf(council)) erased += await this.sweepForm(council.id, formId, days);
      }
    } finally {
      await leases.release(LEASE);
    }
    return erased;
  }

  private async sweepForm(council: string, formId: string, days: number): Promise<number> {
    const { clock } = this.deps;
    const settledBefore = isoPlus(clock.now().toISOString(), -days * DAY);
    const reason = `Kept for ${days} days after the last response.`;
    // Less than every text: null, for those that are not at rest, is no text.
    const due = { council, formId, held: false, settledAt: { $gt: '', $lte: settledBefore } };
    let erased = 0;
    for await (const { _id: id, settledAt } of this.documents.find(due).sort({ settledAt: 1, _id: 1 })) {
      const command = { type: 'EndRetention' as const, council, settledBefore, reason };
      erased += await this.erase(id, settledAt!, command);
    }
    return erased;
  }

  private erase(id: string, settledAt: string, command: EndRetention): Promise<number> {
    const { handling, logger } = this.deps;
    const { council } = command;
    const commandId = derivedId(id, 'retention', settledAt);
    const request = { commandId, said: {}, council, actor: ACTOR, correlationId: commandId };
    const stream = referralStream(id);
    return swept(stream, logger, () => handling.handle(referralDecider, stream, command, request));
  }
}

/** The days for which each form's referrals are kept: the form's own, else the council's; none for those kept for good. */
function retentionOf(council: Council): [formId: string, days: number][] {
  return council.formIds.flatMap((id): [string, number][] => {
    const days = council.form(id)?.retentionDays ?? council.retentionDays;
    return days === null ? [] : [[id, days]];
  });
}
