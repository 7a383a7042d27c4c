import { MongoServerError, type Collection, type Db } from 'mongodb';
import { DatabaseClock } from '../src/core/database-clock.js';

/** A holder that is not heard of for this long has lost its leases, in milliseconds. */
const LIFE = 6_000;

export interface LeaseDocument {
  _id: string;
  holder: string;
  expiresAt: Date;
}

/** Lets one process at a time run a follower: a document with a heartbeat, timed by the database's clock. */
export class Leases {
  private readonly leases: Collection<LeaseDocument>;
  readonly clock: DatabaseClock;
  /** Until when each is this holder's whatever happens, by a clock that nobody moves. */
  private readonly heldUntil = new Map<string, number>();

  constructor(
    vault: Db,
    readonly holder: string,
  ) {
    this.leases = vault.collection('leases');
    this.clock = new DatabaseClock(vault);
  }

  /** A lease that ran out is free: its document need not stay for ever. */
  async createIndexes(): Promise<void> {
    await this.leases.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 3_600 });
  }

  /** Takes or prolongs the lease; false where another holds it. */
  async hold(follower: string): Promise<boolean> {
    const { time, uncertainty } = await this.clock.now();
    const asked = performance.now();
    const held = await this.take(follower, time);
    // Others may count from as much earlier as the answer about the time was on its way.
    if (held) this.heldUntil.set(follower, asked + LIFE - uncertainty);
    else this.heldUntil.delete(follower);
    return held;
  }

  /** Whether nobody else can hold it at this moment: false for a process that was frozen, or cut off from MongoDB. */
  isSurelyHeld(follower: string): boolean {
    return performance.now() < (this.heldUntil.get(follower) ?? 0);
  }

  /** The leases that are held at this moment, whoever holds them. */
  async living(): Promise<LeaseDocument[]> {
    const { time } = await this.clock.now();
    return this.leases.find({ expiresAt: { $gt: new Date(time) } }).toArray();
  }

  private async take(follower: string, now: number): Promise<boolean> {
    const free = { _id: follower, $or: [{ holder: this.holder }, { expiresAt: { $lte: new Date(now) } }] };
    const mine = { $set: { holder: this.holder, expiresAt: new Date(now + LIFE) } };
    try {
      return (await this.leases.findOneAndUpdate(free, mine, { upsert: true, returnDocument: 'after' })) !== null;
    } catch (error) {
      // Another holder's document stands where ours would have been made.
      if (error instanceof MongoServerError && error.code === 11000) return false;
      throw error;
    }
  }

  /** Lets go, so that another may take it at once. */
  async release(follower: string): Promise<void> {
    this.heldUntil.delete(follower);
    await this.leases.deleteOne({ _id: follower, holder: this.holder });
  }
}

/** A holder prolongs its leases this often, in milliseconds: three beats may be missed; others ask for them as often. */
export const HEARTBEAT = 1_500;
