import { MongoServerError, type Db } from 'mongodb';
import type { Clock } from './clock.js';

/** How long one answer is built on, in milliseconds: the time since is measured by a clock that nobody moves. */
const KEPT = 5_000;
/** MongoDB's CommandNotFound: a server from before `hello` answers to `isMaster`. */
const COMMAND_NOT_FOUND = 59;

export interface DatabaseTime {
  /** Never later than the database's own time, in milliseconds since 1970. */
  time: number;
  /** How much later than `time` it may be at the database, in milliseconds. */
  uncertainty: number;
}

/**
 * The database's clock, which all processes share: what they agree on by time must not depend on their own clocks. Read
 * from `hello`, which every server answers with its time, and not from `$$NOW`, which some servers do not know.
 */
export class DatabaseClock {
  private answer?: Promise<{ localTime: number; heardAt: number; uncertainty: number }>;
  private askedAt = -Infinity;
  private lastSkew = 0;

  constructor(private readonly database: Db) {}

  async now(): Promise<DatabaseTime> {
    if (performance.now() - this.askedAt > KEPT) {
      this.askedAt = performance.now();
      this.answer = this.ask(this.askedAt);
    }
    const { answer } = this;
    try {
      const { localTime, heardAt, uncertainty } = await answer!;
      return { time: localTime + (performance.now() - heardAt), uncertainty };
    } catch (error) {
      // The next caller asks the database again.
      if (this.answer === answer) this.askedAt = -Infinity;
      throw error;
    }
  }

  /**
   * The application's clock, put right by what the database last said: for times that other processes go by. Exact as
   * long as somebody asks for the database's time now and then, as every holder of a lease does.
   */
  shared(clock: Clock): Clock {
    return { now: () => new Date(clock.now().getTime() - this.lastSkew) };
  }

  /** How far this process's clock is ahead of the database's, in milliseconds; negative where it is behind. */
  async skew(): Promise<number> {
    return skewOf(await this.now());
  }

  private async ask(askedAt: number) {
    const { localTime } = await this.database.command({ hello: 1 }).catch((error: unknown) => {
      const isOld = error instanceof MongoServerError && error.code === COMMAND_NOT_FOUND;
      if (isOld) return this.database.command({ isMaster: 1 });
      throw error;
    });
    const heardAt = performance.now();
    if (!(localTime instanceof Date)) throw new Error('The database does not say what time it is.');
    const answer = { localTime: localTime.getTime(), heardAt, uncertainty: heardAt - askedAt };
    this.lastSkew = skewOf({ time: answer.localTime, uncertainty: answer.uncertainty });
    return answer;
  }
}

/** Within what the answer took to come there is no telling. */
function skewOf({ time, uncertainty }: DatabaseTime): number {
  const ahead = Date.now() - time;
  return ahead > 0 ? Math.max(0, ahead - uncertainty) : ahead;
}
