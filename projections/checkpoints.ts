import type { Collection, Db } from 'mongodb';

/** How far in the log each follower has come. Positions are text: they outgrow what a number holds. */
export class Checkpoints {
  private readonly checkpoints: Collection<{ _id: string; position: string; at: Date }>;

  constructor(database: Db) {
    this.checkpoints = database.collection('checkpoints');
  }

  /** The follower's position; undefined where it has none and begins with the first fact. */
  async read(follower: string): Promise<bigint | undefined> {
    const found = await this.checkpoints.findOne({ _id: follower });
    return found ? BigInt(found.position) : undefined;
  }

  async write(follower: string, position: bigint): Promise<void> {
    const changed = { position: position.toString(), at: new Date() };
    await this.checkpoints.updateOne({ _id: follower }, { $set: changed }, { upsert: true });
  }
}
