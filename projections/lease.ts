import { MongoServerError, type Collection, type Db } from 'mongodb';

/** A holder that is not heard of for this long has lost its leases, in milliseconds. */
const LIFE = 6_000;

/** Who may run a follower: one holder at a time, by a document with a heartbeat. */
export class Leases {
  private readonly leases: Collection<{ _id: string; holder: string; expiresAt: Date }>;

  constructor(
    vault: Db,
    private readonly holder: string,
  ) {
    this.leases = vault.collection('leases');
  }

  /** Takes or prolongs the lease; false where another holds it. */
  async hold(follower: string): Promise<boolean> {
    const now = new Date();
    const free = { _id: follower, $or: [{ holder: this.holder }, { expiresAt: { $lte: now } }] };
    const mine = { $set: { holder: this.holder, expiresAt: new Date(now.getTime() + LIFE) } };
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
    await this.leases.deleteOne({ _id: follower, holder: this.holder });
  }
}

/** A holder prolongs its leases this often, in milliseconds: three beats may be missed. */
export const HEARTBEAT = 1_500;
