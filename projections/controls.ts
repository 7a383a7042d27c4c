import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import type { Clock } from '../src/core/clock.js';

/** What operators have asked of a follower, and what became of it. */
export interface Control {
  _id: string;
  /** Since when it is paused. */
  pausedAt?: Date;
  /** Why it waits for a newer release of this product. */
  stopped?: { why: string; since: Date };
  replay?: ReplayRequest;
  replayed?: { id: string; events: number; left: number; at: Date };
  rebuild?: RebuildRequest;
  rebuilt?: { id: string; events: number; at: Date };
}

export interface ReplayRequest {
  id: string;
  /** The stream to replay; null for all. */
  stream: string | null;
}

export interface RebuildRequest {
  id: string;
  askedAt: Date;
  /** How far it has come in the log, as text, and how many events it has applied. */
  position: string;
  events: number;
}

/** Where operators leave what they want of a follower: whichever process runs it does so. */
export class Controls {
  private readonly controls: Collection<Control>;

  constructor(
    vault: Db,
    private readonly clock: Clock,
  ) {
    this.controls = vault.collection<Control>('follower-controls');
  }

  all(): Promise<Control[]> {
    return this.controls.find().toArray();
  }

  async of(follower: string): Promise<Control> {
    return (await this.controls.findOne({ _id: follower })) ?? { _id: follower };
  }

  async pause(follower: string): Promise<void> {
    await this.set(follower, { pausedAt: this.clock.now() });
  }

  async resume(follower: string): Promise<void> {
    await this.controls.updateOne({ _id: follower }, { $unset: { pausedAt: 1 } });
  }

  /** Says that a follower waits for a newer release, unless that is said already. */
  async stopped(follower: string, why: string): Promise<void> {
    if ((await this.of(follower)).stopped?.why === why) return;
    await this.set(follower, { stopped: { why, since: this.clock.now() } });
  }

  async goesOn(follower: string): Promise<void> {
    await this.controls.updateOne({ _id: follower }, { $unset: { stopped: 1 } });
  }

  /** Gives the id under which the outcome will stand in `replayed`. */
  async askReplay(follower: string, stream: string | null): Promise<string> {
    const id = randomUUID();
    await this.set(follower, { replay: { id, stream } });
    return id;
  }

  /** Gives the id under which the outcome will stand in `rebuilt`; that of the one under way, if there is one. */
  async askRebuild(follower: string): Promise<string> {
    const under = (await this.of(follower)).rebuild;
    if (under) return under.id;
    const id = randomUUID();
    await this.set(follower, { rebuild: { id, askedAt: this.clock.now(), position: '0', events: 0 } });
    return id;
  }

  async replayed(follower: string, id: string, outcome: { events: number; left: number }): Promise<void> {
    const done = { $set: { replayed: { id, ...outcome, at: this.clock.now() } }, $unset: { replay: 1 as const } };
    await this.controls.updateOne({ _id: follower, 'replay.id': id }, done);
  }

  async rebuilding(follower: string, id: string, position: bigint, events: number): Promise<void> {
    const far = { 'rebuild.position': position.toString(), 'rebuild.events': events };
    await this.controls.updateOne({ _id: follower, 'rebuild.id': id }, { $set: far });
  }

  async rebuilt(follower: string, id: string, events: number): Promise<void> {
    const done = { $set: { rebuilt: { id, events, at: this.clock.now() } }, $unset: { rebuild: 1 as const } };
    await this.controls.updateOne({ _id: follower, 'rebuild.id': id }, done);
  }

  private async set(follower: string, changed: Partial<Control>): Promise<void> {
    await this.controls.updateOne({ _id: follower }, { $set: changed }, { upsert: true });
  }
}

/** How often a process looks at what operators want, in milliseconds. */
const EVERY = 1_000;

/** What operators want of all followers, as this process last heard: one look a second for all of them. */
export class ControlWatch {
  private known = new Map<string, Control>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly controls: Pick<Controls, 'all'>) {}

  /** Looks until told to stop. While the vault is away, what was heard last holds. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(() => undefined);
      await sleep(EVERY, undefined, { signal }).catch(() => undefined);
    }
  }

  async look(): Promise<void> {
    this.known = new Map((await this.controls.all()).map((control) => [control._id, control]));
    for (const listener of this.listeners) listener();
  }

  of(follower: string): Control {
    return this.known.get(follower) ?? { _id: follower };
  }

  /** Calls after every look; gives what ends that. */
  onLook(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
