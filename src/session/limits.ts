import { LRUCache } from 'lru-cache';
import { MongoServerError, type Collection, type Db } from 'mongodb';
import type { Clock } from '../core/clock.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import type { LimitName, LimitSettings } from './limit-settings.js';

interface Count {
  /** A keyed hash of what is limited and of whom: nobody's address is kept. */
  _id: string;
  count: number;
  /** When it begins anew; the TTL index clears it away some time after. */
  endsAt: Date;
}
interface Log {
  _id: string;
  /** The latest times, the oldest first, always as many as the limit: filled up with the beginning of time. */
  at: Date[];
  endsAt: Date;
}

/** Who has done too much of something already is remembered here until it begins anew, without asking the vault. */
const REMEMBERED = 50_000;
/** What only counts goes by what was seen so lately, in milliseconds: an operator may begin a count anew elsewhere. */
const LATELY = 2_000;

/**
 * Counts what is limited, by account, client address and everywhere, in the vault: restarts and any number of processes
 * share the counts. A window begins with its first count.
 */
export class Limits {
  private readonly counts: Collection<Count>;
  private readonly logs: Collection<Log>;
  private readonly over = new LRUCache<string, { until: Date; seenAt: number }>({ max: REMEMBERED });

  constructor(
    vault: Db,
    private readonly clock: Clock,
    private readonly secrets: Secrets,
    private readonly settings: LimitSettings,
  ) {
    this.counts = vault.collection<Count>('limits');
    this.logs = vault.collection<Log>('limit_logs');
  }

  async createIndexes(): Promise<void> {
    await this.counts.createIndex({ endsAt: 1 }, { expireAfterSeconds: 0 });
    await this.logs.createIndex({ endsAt: 1 }, { expireAfterSeconds: 0 });
  }

  /** Counts one; throws TOO_MANY_REQUESTS where it is one too many. */
  async take(name: LimitName, who: string): Promise<void> {
    const until = this.settings[name] && (this.isOver(name, who, Infinity) ?? (await this.note(name, who)));
    if (until) throw this.tooMany(until);
  }

  /**
   * Counts one that has happened, unless there were too many just before; gives when the count begins anew where it is
   * one too many.
   */
  async note(name: LimitName, who: string): Promise<Date | undefined> {
    const limit = this.settings[name];
    if (!limit) return undefined;
    const lately = this.isOver(name, who, LATELY);
    if (lately) return lately;
    const id = this.idOf(name, who);
    const { count, endsAt } = await this.increment(id, limit.within);
    if (count <= limit.most) return undefined;
    this.over.set(id, { until: endsAt, seenAt: performance.now() });
    return endsAt;
  }

  /** Whether any of these is used up. Counts nothing, and asks nothing where too many of one were seen just before. */
  async anyUsed(...asked: [name: LimitName, who: string][]): Promise<boolean> {
    return asked.some(([name, who]) => this.isOver(name, who, LATELY)) || (await this.used(...asked)).some(Boolean);
  }

  /** When each that is used up begins anew, in the order asked; undefined where it is not. Counts nothing. */
  async used(...asked: [name: LimitName, who: string, most?: number][]): Promise<(Date | undefined)[]> {
    const ids = asked.map(([name, who]) => this.idOf(name, who));
    const now = this.clock.now();
    const found = await this.counts.find({ _id: { $in: ids } }).toArray();
    return asked.map(([name, , most = this.settings[name]?.most], nth) => {
      const counted = found.find(({ _id, endsAt }) => _id === ids[nth] && endsAt > now);
      return most !== undefined && this.settings[name] && counted && counted.count >= most ? counted.endsAt : undefined;
    });
  }

  /**
   * Notes one now, exactly: in no stretch of the limit's time are there more, and each is `apart` milliseconds from the
   * one before. Throws TOO_MANY_REQUESTS, and has then counted nothing. For limits of some dozens at most.
   */
  async takeExactly(name: LimitName, who: string, apart = 0): Promise<void> {
    const limit = this.settings[name];
    if (!limit) return;
    const { most, within } = limit;
    const id = this.logId(name, limit, who);
    const now = this.clock.now();
    const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);
    const endsAt = new Date(now.getTime() + within);
    for (let tries = 0; ; tries += 1) {
      const free = { _id: id, 'at.0': { $lte: ago(within) }, [`at.${most - 1}`]: { $lte: ago(apart) } };
      const noted = { $push: { at: { $each: [now], $slice: -most } }, $set: { endsAt } };
      if ((await this.logs.updateOne(free, noted)).matchedCount === 1) return;
      const never = Array.from({ length: most - 1 }, () => new Date(0));
      if (await this.inserted({ _id: id, at: [...never, now], endsAt })) return;
      const log = await this.logs.findOne({ _id: id });
      const until = log && Math.max(log.at[0]!.getTime() + within, log.at.at(-1)!.getTime() + apart);
      // Cleared away, or come free, between the one look and the other.
      if (until !== null && until > now.getTime()) throw this.tooMany(new Date(until));
      if (tries > 3) throw this.tooMany(new Date(now.getTime() + 1_000));
    }
  }

  /** When a limit that is used up, counted or exact, is free again; undefined where it is not. Counts nothing. */
  async heldUntil(name: LimitName, who: string): Promise<Date | undefined> {
    const limit = this.settings[name];
    if (!limit) return undefined;
    const [counted] = await this.used([name, who]);
    const log = await this.logs.findOne({ _id: this.logId(name, limit, who) });
    const noted = log ? log.at[0]!.getTime() + limit.within : 0;
    return counted ?? (noted > this.clock.now().getTime() ? new Date(noted) : undefined);
  }

  /** Forgets what was counted or noted of one. */
  async forget(name: LimitName, who: string): Promise<void> {
    const limit = this.settings[name];
    if (!limit) return;
    this.over.delete(this.idOf(name, who));
    await this.counts.deleteOne({ _id: this.idOf(name, who) });
    await this.logs.deleteOne({ _id: this.logId(name, limit, who) });
  }

  /** The problem of one who is to come back at `until`. */
  tooMany(until: Date): DomainError {
    const retryAfter = Math.max(1, Math.ceil((until.getTime() - this.clock.now().getTime()) / 1_000));
    const time = retryAfter < 90 ? `${retryAfter} seconds` : `${Math.ceil(retryAfter / 60)} minutes`;
    const message = `This was asked for too often. Please try again in ${time}.`;
    return new DomainError('TOO_MANY_REQUESTS', message, undefined, { retryAfter });
  }

  /** Until when there are too many, as far as this process has seen in so many milliseconds. */
  private isOver(name: LimitName, who: string, lately: number): Date | undefined {
    const over = this.over.get(this.idOf(name, who));
    if (!over || performance.now() - over.seenAt > lately) return undefined;
    return over.until > this.clock.now() ? over.until : undefined;
  }

  private async increment(_id: string, within: number): Promise<Pick<Count, 'count' | 'endsAt'>> {
    for (;;) {
      const now = this.clock.now();
      const going = { _id, endsAt: { $gt: now } };
      const counted = await this.counts.findOneAndUpdate(going, { $inc: { count: 1 } }, { returnDocument: 'after' });
      if (counted) return counted;
      const fresh = { count: 1, endsAt: new Date(now.getTime() + within) };
      try {
        await this.counts.replaceOne({ _id, endsAt: { $lte: now } }, fresh, { upsert: true });
        return fresh;
      } catch (error) {
        // Somebody else began the window at this moment: it is counted in theirs.
        if (!isDuplicate(error)) throw error;
      }
    }
  }

  private async inserted(log: Log): Promise<boolean> {
    try {
      await this.logs.insertOne(log);
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  /** A log is as long as its limit: another limit begins another. */
  private logId(name: LimitName, { most }: { most: number }, who: string): string {
    return this.idOf(`${name}/${most}`, who);
  }

  private idOf(name: string, who: string): string {
    return this.secrets.lookup('limit', `${name}/${who}`).toString('base64url');
  }
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11000;
}
