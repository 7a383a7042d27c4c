import type { Collection, Db } from 'mongodb';
import type { SavedFormDocument } from '../../projections/saved-forms.js';
import { MINUTE, type Clock } from '../core/clock.js';
import type { CommandHandling } from '../core/handle-command.js';
import { unguarded, type Guard } from '../core/erasing-jobs.js';
import { derivedId } from '../core/ids.js';
import type { Logger } from '../core/logger.js';
import { Repeating } from '../core/repeating.js';
import { swept } from '../core/swept.js';
import { referralDecider } from './referral.decider.js';
import { referralStream } from './referral.events.js';

const EVERY = MINUTE;
const ACTOR = { kind: 'system' as const, id: 'saved-form-sweep', name: 'Saved form sweep' };

/** Ends saved forms whose day has come: finds them in the read model, and lets the decider have the last word. */
export class SavedFormSweep {
  private readonly documents: Collection<SavedFormDocument>;
  private readonly repeating = new Repeating(
    () => this.guard('saved-form-expiry', () => this.sweep()),
    (error) => this.logger.error('sweep failed, will run again', { error }),
  );

  constructor(
    views: Db,
    private readonly handling: CommandHandling,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** Asked before each run by the clock. */
    private readonly guard: Guard = unguarded,
  ) {
    this.documents = views.collection<SavedFormDocument>('saved-forms');
  }

  start(): void {
    this.repeating.start(EVERY);
  }

  stop(): Promise<void> {
    return this.repeating.stop();
  }

  /** Ends all that are due; gives their number. Two sweeps at once, or one cut short, do no harm. */
  async sweep(): Promise<number> {
    const now = this.clock.now().toISOString();
    const due = this.documents
      .find({ expiresAt: { $lte: now } })
      // In the order of their index: in any other, every saved form there is would be looked at.
      .sort({ expiresAt: 1, _id: 1 })
      .project<Pick<SavedFormDocument, '_id' | 'council' | 'expiresAt'>>({ council: 1, expiresAt: 1 });
    let ended = 0;
    for await (const { _id: id, council, expiresAt } of due) {
      const stream = referralStream(id);
      // One command for one end of one form: two sweeps give the same.
      const commandId = derivedId(id, 'expire', expiresAt);
      const request = { commandId, said: {}, council, actor: ACTOR, correlationId: commandId };
      ended += await swept(stream, this.logger, () =>
        this.handling.handle(referralDecider, stream, { type: 'ExpireForm', now }, request),
      );
    }
    return ended;
  }
}
