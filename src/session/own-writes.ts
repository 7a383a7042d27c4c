import { LRUCache } from 'lru-cache';
import type { Collection, Db } from 'mongodb';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a query waits for the viewer's own last change to reach the read model, in milliseconds. */
const PATIENCE = 2_000;

interface Checkpoint {
  _id: string;
  position: string;
}

/** A read model: its name, and the types of fact that change anything in it. */
interface ReadModel {
  name: string;
  takes: ReadonlySet<string>;
}

/**
 * People see what they just did: remembers how far in the log each caller's last change of each read model stands, and
 * lets the caller's next query wait until the follower it reads from has come that far.
 */
export class OwnWrites {
  private readonly checkpoints: Collection<Checkpoint>;
  private readonly last = new LRUCache<string, Map<string, bigint>>({ max: 50_000, ttl: 60_000 });

  constructor(
    views: Db,
    private readonly readModels: readonly ReadModel[],
  ) {
    this.checkpoints = views.collection<Checkpoint>('checkpoints');
  }

  /** `position`: where the last of the facts stands; undefined where nothing was appended. */
  note(caller: string, facts: readonly { type: string }[], position: bigint | undefined): void {
    if (position === undefined) return;
    const before = this.last.get(caller) ?? new Map<string, bigint>();
    for (const { name, takes } of this.readModels) {
      if (facts.some(({ type }) => takes.has(type))) before.set(name, position);
    }
    this.last.set(caller, before);
  }

  /** Resolves once `follower` has reached the caller's last change, or after two seconds. */
  async settle(caller: string, follower: string): Promise<void> {
    const position = this.last.get(caller)?.get(follower);
    if (position !== undefined) await this.reached(position, follower);
  }

  /** Resolves once `follower` has reached a place in the log, or after two seconds. */
  async reached(position: bigint, follower: string): Promise<void> {
    const until = Date.now() + PATIENCE;
    for (let pause = 2; ; pause = Math.min(pause * 2, 25)) {
      const checkpoint = await this.checkpoints.findOne({ _id: follower });
      if (checkpoint && BigInt(checkpoint.position) >= position) return;
      if (Date.now() >= until) return;
      await sleep(pause);
    }
  }
}
