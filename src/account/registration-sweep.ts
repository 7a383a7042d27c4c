import type { Collection, Db } from 'mongodb';
import type { RegistrationDocument } from '../../projections/registrations.js';
import { DAY, isoPlus, MINUTE, type Clock } from '../core/clock.js';
import type { CommandHandling } from '../core/handle-command.js';
import { unguarded, type Guard } from '../core/erasing-jobs.js';
import { derivedId } from '../core/ids.js';
import type { Logger } from '../core/logger.js';
import { Repeating } from '../core/repeating.js';
import { swept } from '../core/swept.js';
import { accountDecider } from './account.decider.js';

const EVERY = 60 * MINUTE;
/** A week from the last code: who began on a Friday and finds the mail after a holiday can still ask for a new one. */
const KEPT_DAYS = 7;
const REASON = `The registration was not confirmed within ${KEPT_DAYS} days of its last code.`;
const ACTOR = { kind: 'system' as const, id: 'registration-sweep', name: 'Registrations' };

/**
 * Erases registrations that nobody confirmed: whoever typed an address may not have been its owner. Finds them in the
 * read model and lets the decider have the last word: one confirmed a moment ago stays.
 */
export class RegistrationSweep {
  private readonly documents: Collection<RegistrationDocument>;
  private readonly repeating = new Repeating(
    () => this.guard('registration-expiry', () => this.sweep()),
    (error) => this.logger.error('sweep of registrations failed, will run again', { error }),
  );

  constructor(
    views: Db,
    private readonly handling: CommandHandling,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** Asked before each run by the clock. */
    private readonly guard: Guard = unguarded,
  ) {
    this.documents = views.collection<RegistrationDocument>('registrations');
  }

  start(): void {
    this.repeating.start(EVERY);
  }

  stop(): Promise<void> {
    return this.repeating.stop();
  }

  /** Erases all that are due; gives their number. Two sweeps at once, or one cut short, do no harm. */
  async sweep(): Promise<number> {
    const before = isoPlus(this.clock.now().toISOString(), -KEPT_DAYS * DAY);
    let erased = 0;
    const due = this.documents.find({ lastCodeAt: { $lte: before } }).sort({ lastCodeAt: 1, _id: 1 });
    for await (const { stream, council, lastCodeAt } of due) {
      // One command for one end: two sweeps give the same.
      const commandId = derivedId(stream, 'lapse', lastCodeAt);
      const command = { type: 'LapseRegistration' as const, before, reason: REASON };
      const request = { commandId, said: {}, council, actor: ACTOR, correlationId: commandId };
      erased += await swept(stream, this.logger, () => this.handling.handle(accountDecider, stream, command, request));
    }
    return erased;
  }
}
