import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Collection, Db, UpdateOneModel } from 'mongodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadModelCheckpoints } from '../../projections/checkpoints.js';
import { findAtOnce, updateAtOnce } from '../core/at-once.js';

/** How long a query waits for the viewer's own last change to reach the read model, in milliseconds. */
const PATIENCE = 2_000;

/** A read model: its name, and the types of fact that change anything in it. */
interface ReadModel {
  name: string;
  takes: ReadonlySet<string>;
}

/** A caller's last changes by read model, for the other API processes: places in the log with as many digits each. */
interface Noted {
  _id: string;
  positions: Record<string, string>;
  expiresAt: Date;
}

/** A change is in every read model long before this has passed, or something stands still: milliseconds. */
const KEPT = 60_000;
/** As many as the largest place in a log, 2⁶⁴, has. */
const DIGITS = 20;

/**
 * People see what they just did: remembers how far in the log each caller's last change of each read model stands, and
 * lets the caller's next query wait until the follower it reads from has come that far; also where that query comes to
 * another API process, if there are others (`shared`).
 */
export class OwnWrites {
  private readonly checkpoints: ReadModelCheckpoints;
  private readonly noted: Collection<Noted>;
  private readonly notedOf: (caller: string) => Promise<Noted | undefined>;
  private readonly update: (update: UpdateOneModel<Noted>) => Promise<void>;
  private readonly last = new LRUCache<string, Map<string, bigint>>({ max: 50_000, ttl: KEPT });

  constructor(
    views: Db,
    private readonly readModels: readonly ReadModel[],
    private readonly shared: boolean,
  ) {
    this.checkpoints = new ReadModelCheckpoints(views);
    this.noted = views.collection<Noted>('own-writes');
    this.notedOf = findAtOnce(this.noted);
    this.update = updateAtOnce(this.noted);
  }

  /** Nothing to do for a process that is the only one. */
  async createIndexes(): Promise<void> {
    if (this.shared) await this.noted.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  }

  /** `position`: where the last of the facts stands; undefined where nothing was appended. Never throws. */
  async note(caller: string, facts: readonly { type: string }[], position: bigint | undefined): Promise<void> {
    if (position === undefined) return;
    const changed = this.readModels.filter(({ takes }) => facts.some(({ type }) => takes.has(type)));
    if (changed.length === 0) return;
    const before = this.last.get(caller) ?? new Map<string, bigint>();
    for (const { name } of changed) before.set(name, position);
    this.last.set(caller, before);
    if (!this.shared) return;
    const text = position.toString().padStart(DIGITS, '0');
    const positions = Object.fromEntries(changed.map(({ name }) => [`positions.${name}`, text]));
    const update = { $max: positions, $set: { expiresAt: new Date(Date.now() + KEPT) } };
    // What was accepted was accepted. Without MongoDB there are no lists to be behind.
    await this.update({ filter: { _id: nameless(caller) }, update, upsert: true }).catch(() => undefined);
  }

  /** Resolves once `follower` has reached the caller's last change, or after two seconds. */
  async settle(caller: string, follower: string): Promise<void> {
    const here = this.last.get(caller)?.get(follower);
    const noted = this.shared ? await this.notedOf(nameless(caller)) : undefined;
    const there = noted?.positions[follower];
    const position = there !== undefined && BigInt(there) > (here ?? 0n) ? BigInt(there) : here;
    if (position !== undefined) await this.reached(position, follower);
  }

  /** Resolves once `follower` has reached a place in the log; false where it has not after two seconds. */
  async reached(position: bigint, follower: string): Promise<boolean> {
    const until = performance.now() + PATIENCE;
    for (let pause = 2; ; pause = Math.min(pause * 2, 25)) {
      if (((await this.checkpoints.read(follower)) ?? -1n) >= position) return true;
      if (performance.now() >= until) return false;
      await sleep(pause);
    }
  }
}

/** Some sign-in services name people by their address: it is nobody's business here. */
function nameless(caller: string): string {
  return hash('sha256', caller, 'base64url');
}
