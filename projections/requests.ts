import { setTimeout as sleep } from 'node:timers/promises';
import type { Applying } from './applying.js';
import type { ControlWatch } from './controls.js';
import type { Follower } from './follow.js';
import type { HeldCheckpoint } from './held-checkpoint.js';
import { rebuild, type RebuildTools } from './rebuild.js';

export interface RequestTools extends RebuildTools {
  watch: ControlWatch;
}

/** The follower that requests are for, as it runs in this process. */
export interface Running {
  follower: Follower;
  applying: Applying;
  checkpoint: HeldCheckpoint;
  /** Runs something while no event is applied. */
  alone: (work: () => Promise<void>) => Promise<void>;
  /** Whether this process surely runs it at this moment. */
  isHeld: () => boolean;
}

/** How long to wait after a request could not be carried out, in milliseconds: it stands until it is. */
const PAUSE = 3_000;

/** Carries out what operators ask of a follower while it runs: replays of parked events and rebuilds. */
export class Requests {
  private readonly ending = new AbortController();
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly unlook: () => void;

  constructor(
    private readonly running: Running,
    private readonly tools: RequestTools,
  ) {
    this.unlook = tools.watch.onLook(() => this.look());
    this.look();
  }

  async stop(): Promise<void> {
    this.unlook();
    this.ending.abort();
    await Promise.all(this.underWay.values());
  }

  private look(): void {
    const { follower } = this.running;
    const wanted = this.tools.watch.of(follower.name);
    if (wanted.replay) this.begin('replay', () => this.replay());
    if (wanted.rebuild && follower.shadow) this.begin('rebuild', () => this.rebuild());
  }

  private begin(what: string, work: () => Promise<void>): void {
    if (this.underWay.has(what) || this.ending.signal.aborted) return;
    const { signal } = this.ending;
    const done = work().catch(async (error: unknown) => {
      const { name: follower } = this.running.follower;
      this.tools.logger.error(`a ${what} was interrupted, will go on`, { follower, error });
      await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
    });
    this.underWay.set(
      what,
      done.finally(() => this.underWay.delete(what)),
    );
  }

  private async replay(): Promise<void> {
    const { applying, alone, follower } = this.running;
    const { controls } = this.tools;
    // What was heard last may have been done since.
    const { replay: request } = await controls.of(follower.name);
    if (!request) return;
    // While nothing is applied: what is parked meanwhile must not be forgotten here.
    await alone(() => applying.reload());
    const outcome = { events: 0, left: 0 };
    for (const stream of request.stream === null ? applying.parkedStreams : [request.stream]) {
      if (this.ending.signal.aborted) return;
      await alone(async () => {
        const { events, left } = await applying.replay(stream);
        outcome.events += events;
        outcome.left += left;
      });
    }
    await controls.replayed(follower.name, request.id, outcome);
  }

  private async rebuild(): Promise<void> {
    const { applying, follower, ...running } = this.running;
    const { shadow } = follower;
    const { rebuild: request } = await this.tools.controls.of(follower.name);
    if (!request || !shadow) return;
    const onSwitched = () => applying.reload();
    const rebuilding = { ...running, follower, shadow, id: request.id, onSwitched, signal: this.ending.signal };
    await rebuild(rebuilding, this.tools);
  }
}
