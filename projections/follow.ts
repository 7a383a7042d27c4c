import { setTimeout as sleep } from 'node:timers/promises';
import { Applying, isFor, upToUnknown, type Applies } from './applying.js';
import type { Checkpoints } from './checkpoints.js';
import { CheckpointMoved, type HeldCheckpoint, type Shape } from './held-checkpoint.js';
import { HEARTBEAT, type Leases } from './lease.js';
import { fitShape } from './fit-shape.js';
import { endRebuild } from './rebuild.js';
import { Requests, type RequestTools } from './requests.js';
import type { Shadow } from './shadow.js';
import { Turns } from './turns.js';
import type { LogFeed } from '../src/core/log-feed.js';
import { OfNewerRelease } from '../src/core/newer-release.js';
import { positionOf } from '../src/core/read-log.js';
import { holdsPosition } from '../src/core/watchdog.js';

/**
 * Something that follows the log: a permanent name, what it follows (all facts of some kinds of stream, in the order of
 * the log), and what it does with it. May be given facts again that it has handled: doing so twice must do nothing.
 */
export interface Follower extends Applies {
  /** Where its checkpoint stands: with what it writes, so that both are lost or kept together. */
  checkpoints: Checkpoints;
  /** The version and the event types that its read model is built from; absent where it keeps none. */
  shape?: Shape;
  /** Forgets all it wrote, so that it can begin with the first fact again; absent where effects cannot be undone. */
  reset?(): Promise<void>;
  /** Where its read model can be built anew beside the live one; absent where it keeps none. */
  shadow?: Shadow;
}

export interface FollowerTools extends RequestTools {
  leases: Leases;
  /** Where facts come from: one for all followers of the process. */
  feed: LogFeed;
}

/** Facts that are none of a follower's business move its checkpoint at most this often, in milliseconds. */
const REST = 500;
/** A follower with nothing to do looks this often whether its checkpoint is where it left it, in milliseconds. */
const WATCH = 2_000;
/** How long a follower that has caught up lets facts come together, in milliseconds: the longer, the more there were. */
const [SHORTEST_GATHERING, LONGEST_GATHERING] = [25, 100];
const LONGEST_PAUSE = 5_000;
/** How often a follower that another process runs, or that is paused, is asked for, in milliseconds. */
const STANDBY = 1_000;

const STOPPED = 'follower STOPPED: it waits for a newer release of this product';

/** Thrown where a follower cannot go on by itself: somebody has to look. */
class CannotFollow extends Error {}

/** Follows the log until told to stop: takes the lease, resumes from the checkpoint, and begins anew after a fault. */
export async function follow(follower: Follower, tools: FollowerTools, signal: AbortSignal): Promise<void> {
  let waitsFor = '';
  for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    let mine = true;
    try {
      mine = await whileLeaseHeld(follower, tools, signal, (ended) =>
        followOnce(follower, tools, ended, () => (pause = 100)),
      );
    } catch (error) {
      if (error instanceof CannotFollow) return;
      if (error instanceof OfNewerRelease) {
        // Long enough for a newer release to take the lease, if there is one.
        pause = LONGEST_PAUSE;
        if (error.message !== waitsFor) tools.logger.error(STOPPED, { follower: follower.name, error });
        waitsFor = error.message;
        await tools.controls.stopped(follower.name, error.message).catch(() => undefined);
      } else tools.logger.error('follower stopped, will resume', { follower: follower.name, error });
    }
    await sleep(mine ? pause : STANDBY, undefined, { signal }).catch(() => undefined);
  }
}

/** Works as long as the lease is held and nobody pauses the follower; false where it is another's, or paused. */
async function whileLeaseHeld(
  { name }: Follower,
  { leases, controls, watch }: FollowerTools,
  signal: AbortSignal,
  work: (ended: AbortSignal) => Promise<void>,
): Promise<boolean> {
  if (watch.of(name).pausedAt || !(await leases.hold(name))) return false;
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener('abort', stop, { once: true });
  const unlook = watch.onLook(() => watch.of(name).pausedAt && stop());
  const beat = setInterval(() => {
    leases.hold(name).then((held) => held || stop(), stop);
  }, HEARTBEAT);
  try {
    // What was heard last may be a second old.
    if ((await controls.of(name)).pausedAt) return false;
    // It may have been told to stop while it asked for the lease: then nobody tells it again.
    if (!signal.aborted) await work(ended.signal);
    return true;
  } finally {
    clearInterval(beat);
    unlook();
    signal.removeEventListener('abort', stop);
    await leases.release(name).catch(() => undefined);
  }
}

async function followOnce(
  follower: Follower,
  tools: FollowerTools,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const isHeld = () => tools.leases.isSurelyHeld(follower.name);
  const checkpoint = await startOf(follower, tools, { signal, isHeld });
  if (signal.aborted) return;
  try {
    await followFrom(checkpoint, { follower, signal, isHeld, onProgress }, tools);
  } catch (error) {
    // Nobody can say what is missing from documents that were put back while they were written.
    if (error instanceof CheckpointMoved && follower.reset && isHeld()) await checkpoint.removeIfPutBack();
    throw error;
  }
}

interface Following {
  follower: Follower;
  signal: AbortSignal;
  /** Whether this process surely runs the follower at this moment. */
  isHeld: () => boolean;
  onProgress: () => void;
}

async function followFrom(checkpoint: HeldCheckpoint, following: Following, tools: FollowerTools): Promise<void> {
  const { follower, signal, isHeld, onProgress } = following;
  const applying = await Applying.open(follower, tools);
  const turns = new Turns();
  const alone = (work: () => Promise<void>) => {
    return turns.take(async () => {
      // A process that may have lost the lease does nothing more: the new holder receives the batch again.
      if (!isHeld()) throw new Error('The lease was lost.');
      await work();
    });
  };
  const requests = new Requests({ follower, applying, checkpoint, alone, isHeld }, tools);
  try {
    for (let [at, writtenAt, seenAt] = [checkpoint.position, 0, performance.now()]; !signal.aborted;) {
      const news = await tools.feed.after(at, signal, at > checkpoint.position ? REST : WATCH);
      const { records, unknown } = upToUnknown(follower, news.records);
      const wanted = records.filter((record) => isFor(follower, record));
      if (!unknown) at = news.through;
      else if (records.length > 0) at = positionOf(records.at(-1)!);
      if (wanted.length > 0 || (at > checkpoint.position && (unknown || performance.now() - writtenAt >= REST))) {
        await alone(async () => {
          // One that took its place and could not be ended: what was parked of it is not known here.
          if (checkpoint.rebuild) throw new Error('A rebuild is not ended.');
          await applying.apply(wanted);
          if (!isHeld()) throw new Error('The lease was lost.');
          // A rebuild that took its place meanwhile may be further.
          if (at > checkpoint.position) await checkpoint.move(at);
        });
        writtenAt = seenAt = performance.now();
        onProgress();
      }
      if (unknown) throw unknown;
      if (tools.watch.of(follower.name).stopped) await tools.controls.goesOn(follower.name);
      if (performance.now() - seenAt >= WATCH) {
        await alone(() => checkpoint.confirm());
        seenAt = performance.now();
      }
      if (!news.more) await gather(wanted.length, signal);
    }
  } finally {
    await requests.stop();
  }
}

/** Lets facts come together where some came just now: fewer, larger batches cost less. One after a pause waits for nothing. */
async function gather(facts: number, signal: AbortSignal): Promise<void> {
  if (facts === 0) return;
  const pause = Math.min(Math.max(facts, SHORTEST_GATHERING), LONGEST_GATHERING);
  await sleep(pause, undefined, { signal }).catch(() => undefined);
}

/**
 * Where to go on. A checkpoint that is not in the log is of another log: the store was put back to an older state. What
 * can be built again is; what had effects outside waits for somebody to decide.
 */
async function startOf(
  follower: Follower,
  tools: FollowerTools,
  { signal, isHeld }: Pick<Following, 'signal' | 'isHeld'>,
): Promise<HeldCheckpoint> {
  const { client, logger } = tools;
  const held = await follower.checkpoints.take(follower.name);
  if (!held) return beginWith(follower, tools);
  // Where a process died after it had switched a rebuild over.
  await endRebuild(follower, held, tools);
  const from = held.position;
  if (from === 0n || (await holdsPosition(client, from))) {
    const alone = async (work: () => Promise<void>) => work();
    await fitShape({ follower, checkpoint: held, alone, isHeld, signal }, tools);
    return held;
  }
  const about = { follower: follower.name, checkpoint: from.toString() };
  if (!follower.reset) {
    logger.error('the log does not hold the checkpoint, follower STOPPED: set its checkpoint, then start again', about);
    throw new CannotFollow(follower.name);
  }
  logger.error('the log does not hold the checkpoint, read model is built again from the first fact', about);
  await held.remove();
  return beginWith(follower, tools);
}

/** Begins with the first event. The checkpoint is made last: without one, whatever documents there are count for nothing. */
async function beginWith(follower: Follower, { parked }: FollowerTools): Promise<HeldCheckpoint> {
  const { name, checkpoints, shape } = follower;
  if (follower.reset) {
    await follower.reset();
    await parked.clear(name);
  }
  return checkpoints.begin(name, shape);
}
