import type { Collection, Db } from 'mongodb';

/** An event that a follower could not handle, or one that waits behind such a one. Nothing in it is personal. */
export interface ParkedEvent {
  follower: string;
  stream: string;
  /** Its place in the stream: parked events are replayed in this order. */
  revision: number;
  /** Its place in the log, as text. */
  position: string;
  type: string;
  /** The class of what was thrown; null where nothing is known to be wrong with it but what stands before it. */
  error: string | null;
  /** How often it was tried; 0 behind another. */
  attempts: number;
  parkedAt: Date;
}

export interface ParkedCount {
  follower: string;
  events: number;
  /** Streams that wait for a replay: as many as there are events with an error. */
  streams: number;
}

/** The events that followers have set aside, in the vault: followers of effects could not find them again. */
export class Parked {
  private readonly events: Collection<ParkedEvent>;

  constructor(vault: Db) {
    this.events = vault.collection<ParkedEvent>('parked');
  }

  async createIndexes(): Promise<void> {
    await this.events.createIndexes([{ key: { follower: 1, stream: 1, revision: 1 }, unique: true }]);
  }

  /** From which revision on each stream of a follower is parked. */
  async blockedFrom(follower: string): Promise<Map<string, number>> {
    const heads = new Map<string, number>();
    const fields = { projection: { _id: 0, stream: 1, revision: 1 } };
    for await (const { stream, revision } of this.events.find({ follower }, fields)) {
      heads.set(stream, Math.min(revision, heads.get(stream) ?? revision));
    }
    return heads;
  }

  /** Sets events aside. One that was parked before stays as it is. */
  async park(events: readonly ParkedEvent[]): Promise<void> {
    if (events.length === 0) return;
    const operations = events.map(({ follower, stream, revision, ...rest }) => ({
      updateOne: { filter: { follower, stream, revision }, update: { $setOnInsert: rest }, upsert: true },
    }));
    await this.events.bulkWrite(operations, { ordered: false });
  }

  /** The parked events of a stream, in its order. */
  async ofStream(follower: string, stream: string): Promise<ParkedEvent[]> {
    return this.events.find({ follower, stream }).sort({ revision: 1 }).toArray();
  }

  async remove({ follower, stream, revision }: ParkedEvent): Promise<void> {
    await this.events.deleteOne({ follower, stream, revision });
  }

  async failedAgain({ follower, stream, revision }: ParkedEvent, error: string): Promise<void> {
    await this.events.updateOne({ follower, stream, revision }, { $set: { error }, $inc: { attempts: 1 } });
  }

  /** What is parked, a follower each. */
  async counts(): Promise<ParkedCount[]> {
    const grouped = (filter: object) =>
      this.events
        .aggregate<{ _id: string; count: number }>([
          { $match: filter },
          { $group: { _id: '$follower', count: { $sum: 1 } } },
          { $sort: { _id: 1 } },
        ])
        .toArray();
    const [all, heads] = await Promise.all([grouped({}), grouped({ attempts: { $gt: 0 } })]);
    const streams = new Map(heads.map(({ _id, count }) => [_id, count]));
    return all.map(({ _id, count }) => ({ follower: _id, events: count, streams: streams.get(_id) ?? 0 }));
  }

  /** The parked events themselves, of one follower or all; at most `most`. */
  async list(follower: string | undefined, most: number): Promise<ParkedEvent[]> {
    const wanted = follower === undefined ? {} : { follower };
    const order = { follower: 1, stream: 1, revision: 1 } as const;
    return this.events
      .find(wanted, { projection: { _id: 0 } })
      .sort(order)
      .limit(most)
      .toArray();
  }

  /** Forgets what a follower has parked: it begins with the first event again. */
  async clear(follower: string): Promise<void> {
    await this.events.deleteMany({ follower });
  }

  /** What `from` has parked is `to`'s from now on, and what `to` had parked is forgotten. Done again, it changes nothing. */
  async handOver(from: string, to: string, rebuild: string): Promise<void> {
    await this.events.deleteMany({ follower: to, rebuild: { $ne: rebuild } });
    await this.events.updateMany({ follower: from }, { $set: { follower: to, rebuild } as object });
  }
}
