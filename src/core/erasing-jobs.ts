import type { Collection, Db } from 'mongodb';
import { DAY, MINUTE, type Clock } from './clock.js';
import { DatabaseClock } from './database-clock.js';
import type { Logger } from './logger.js';

/** How far this process's clock and the database's may differ, in milliseconds. */
const MOST_SKEW = MINUTE;
/** After a longer outage an operator must confirm the run: much may have fallen due without a reminder. */
const MOST_DAYS = 35;

/** A job that erases what has fallen due, as the vault knows it. */
export interface ErasingJob {
  _id: string;
  lastRunAt?: Date;
  /** When an operator last said that it may run whatever time has passed. */
  confirmedAt?: Date;
  /** Why it does not run at present; null where it does. */
  refused: string | null;
}

/** The jobs that erase by the clock. */
export const erasingJobNames = ['saved-form-expiry', 'registration-expiry', 'retention'] as const;

/** Runs `work` unless erasing by the clock would be wrong at this moment. */
export type Guard = (name: (typeof erasingJobNames)[number], work: () => Promise<unknown>) => Promise<void>;

/** For runs that somebody asks for, at a time that they chose. */
export const unguarded: Guard = async (_name, work) => void (await work());

/**
 * Keeps jobs that erase from running by a clock that is wrong. A clock that has jumped ahead would make everything fall
 * due at once, and what is erased does not come back.
 */
export class ErasingJobs {
  private readonly jobs: Collection<ErasingJob>;

  constructor(
    vault: Db,
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'error'>,
    private readonly databaseClock: Pick<DatabaseClock, 'skew'> = new DatabaseClock(vault),
  ) {
    this.jobs = vault.collection<ErasingJob>('erasing-jobs');
  }

  readonly guard: Guard = async (name, work) => {
    const now = this.clock.now();
    const job = await this.jobs.findOne({ _id: name });
    const refused = await this.refusal(name, job, now);
    if (refused) {
      if (job?.refused !== refused) this.logger.error(refused, { part: name });
      await this.jobs.updateOne({ _id: name }, { $set: { refused } }, { upsert: true });
      return;
    }
    await work();
    // Only after it went well: a job that fails for weeks has not run.
    await this.jobs.updateOne({ _id: name }, { $set: { lastRunAt: now, refused: null } }, { upsert: true });
  };

  all(): Promise<ErasingJob[]> {
    return this.jobs.find().sort({ _id: 1 }).toArray();
  }

  /** Lets a job run that refuses to because of the time that has passed. False where there is no such job. */
  async confirm(name: string): Promise<boolean> {
    const confirmed = { $set: { confirmedAt: this.clock.now() } };
    return (await this.jobs.updateOne({ _id: name }, confirmed)).matchedCount === 1;
  }

  private async refusal(name: string, job: ErasingJob | null, now: Date): Promise<string | undefined> {
    if (Math.abs(await this.databaseClock.skew()) > MOST_SKEW) {
      return 'the clocks of this process and of the database differ by more than a minute, nothing is erased';
    }
    const latest = Math.max(job?.lastRunAt?.getTime() ?? -Infinity, job?.confirmedAt?.getTime() ?? -Infinity);
    if (latest === -Infinity || now.getTime() - latest <= MOST_DAYS * DAY) return undefined;
    return `more than ${MOST_DAYS} days have passed since the last run, nothing is erased before: ops jobs confirm ${name}`;
  }
}
