import { setTimeout as sleep } from 'node:timers/promises';
import { Applying, isFor, type Applies } from './applying.js';
import type { Checkpoints } from './checkpoints.js';
import { HEARTBEAT, type Leases } from './lease.js';
import { endRebuild } from './rebuild.js';
import { Requests, type RequestTools } from './requests.js';
import type { Shadow } from './shadow.js';
import { Turns } from './turns.js';
import type { LogFeed } from '../src/core/log-feed.js';
import { holdsPosition } from '../src/core/watchdog.js';

/**
 * Something that follows the log: a permanent name, what it follows (all facts of some kinds of stream, in the order of
 * the log), and what it does with it. May be given facts again that it has handled: doing so twice must do nothing.
 */
export interface Follower extends Applies {
  /** Where its checkpoint stands: with what it writes, so that both are lost or kept together. */
  checkpoints: Checkpoints;
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
/** How long a follower that has caught up lets facts come together, in milliseconds: the longer, the more there were. */
const [SHORTEST_GATHERING, LONGEST_GATHERING] = [25, 100];
const LONGEST_PAUSE = 5_000;
/** How often a follower that another process runs, or that is paused, is asked for, in milliseconds. */
const STANDBY = 1_000;

/** Thrown where a follower cannot go on by itself: somebody has to look. */
class CannotFollow extends Error {}

/** Follows the log until told to stop: takes the lease, resumes from the checkpoint, and begins anew after a fault. */
export async function follow(follower: Follower, tools: FollowerTools, signal: AbortSignal): Promise<void> {
  for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    let mine = true;
    try {
      mine = await whileLeaseHeld(follower, tools, signal, (ended) =>
        followOnce(follower, tools, ended, () => (pause = 100)),
      );
    } catch (error) {
      if (error instanceof CannotFollow) return;
      tools.logger.error('follower stopped, will resume', { follower: follower.name, error });
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
  const { leases, feed } = tools;
  const { name, checkpoints } = follower;
  const from = await startOf(follower, tools);
  const applying = await Applying.open(follower, tools);
  const turns = new Turns();
  const alone = (work: () => Promise<void>) =>
    turns.take(async () => {
      if (!leases.isSurelyHeld(name)) throw new Error('The lease was lost.');
      await work();
    });
  const requests = new Requests({ follower, applying, alone }, tools);
  try {
    for (let [at, written, writtenAt] = [from, from, 0]; !signal.aborted;) {
      const news = await feed.after(at, signal, at > written ? REST : undefined);
      const wanted = news.records.filter((record) => isFor(follower, record));
      at = news.through;
      const passed = performance.now() - writtenAt;
      if (wanted.length > 0 || (at > written && passed >= REST)) {
        await turns.take(async () => {
          await applying.apply(wanted);
          // Whoever may have lost the lease leaves the checkpoint to the new holder: the batch comes again there.
          if (!leases.isSurelyHeld(name)) throw new Error('The lease was lost.');
          await checkpoints.write(name, at);
        });
        [written, writtenAt] = [at, performance.now()];
        onProgress();
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
 * Where to go on; 0 for the first fact. A checkpoint that is not in the log is of another log: the store was put back
 * to an older state. What can be built again is; what had effects outside waits for somebody to decide.
 */
async function startOf(follower: Follower, tools: FollowerTools): Promise<bigint> {
  const { client, logger, parked } = tools;
  await endSwitchedRebuild(follower, tools);
  const from = (await follower.checkpoints.read(follower.name)) ?? 0n;
  if (from === 0n || (await holdsPosition(client, from))) return from;
  const about = { follower: follower.name, checkpoint: from.toString() };
  if (!follower.reset) {
    logger.error('the log does not hold the checkpoint, follower STOPPED: set its checkpoint, then start again', about);
    throw new CannotFollow(follower.name);
  }
  logger.error('the log does not hold the checkpoint, read model is built again from the first fact', about);
  await follower.reset();
  await parked.clear(follower.name);
  await follower.checkpoints.write(follower.name, 0n);
  return 0n;
}

/** Where a process died after it had switched a rebuild over: the documents may be older than the checkpoint. */
async function endSwitchedRebuild({ name, shadow, checkpoints }: Follower, tools: FollowerTools): Promise<void> {
  const switched = shadow && (await endRebuild(name, shadow, tools));
  if (!switched) return;
  const checkpoint = (await checkpoints.read(name)) ?? 0n;
  if (switched.position < checkpoint) await checkpoints.write(name, switched.position);
  await shadow.end();
}
