import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { START, streamNameFilter, type EventStoreDBClient, type Position } from '@eventstore/db-client';
import type { DomainEvent, Recorded, StreamKind } from '../src/core/decider.js';
import type { EventLog, StoredRecord } from '../src/core/event-log.js';
import type { Logger } from '../src/core/logger.js';
import type { Checkpoints } from './checkpoints.js';
import { HEARTBEAT, type Leases } from './lease.js';
import { holdsPosition, watchSubscription, type Progress } from './watchdog.js';

/** Something that follows the log: a permanent name, what it follows, and what it does with it. */
export interface Follower {
  name: string;
  /** Stream kinds whose facts it is given, all of them, in the order of the log. */
  kinds: readonly StreamKind<DomainEvent>[];
  /** Where its checkpoint stands: with what it writes, so that both are lost or kept together. */
  checkpoints: Checkpoints;
  /** Handles facts in order. May be given facts again that it has handled: doing so twice must do nothing. */
  handle(facts: Recorded<DomainEvent>[]): Promise<void>;
  /** Forgets all it wrote, so that it can begin with the first fact again; absent where effects cannot be undone. */
  reset?(): Promise<void>;
}

export interface FollowerTools {
  client: EventStoreDBClient;
  log: EventLog;
  leases: Leases;
  logger: Logger;
}

const BATCH = 500;
const LONGEST_PAUSE = 5_000;

/** Thrown where a follower cannot go on by itself: somebody has to look. */
class CannotFollow extends Error {}

/** Follows the log until told to stop: takes the lease, resumes from the checkpoint, and begins anew after a fault. */
export async function follow(follower: Follower, tools: FollowerTools, signal: AbortSignal): Promise<void> {
  for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      await whileLeaseHeld(follower, tools, signal, async (lost) => {
        await followOnce(follower, tools, lost, () => (pause = 100));
      });
    } catch (error) {
      if (error instanceof CannotFollow) return;
      tools.logger.error('follower stopped, will resume', { follower: follower.name, error });
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

async function whileLeaseHeld(
  { name }: Follower,
  { leases }: FollowerTools,
  signal: AbortSignal,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> {
  if (!(await leases.hold(name))) return;
  const lost = new AbortController();
  const stop = () => lost.abort();
  signal.addEventListener('abort', stop, { once: true });
  const beat = setInterval(() => {
    leases.hold(name).then((held) => held || stop(), stop);
  }, HEARTBEAT);
  try {
    // It may have been told to stop while it asked for the lease: then nobody tells it again.
    if (!signal.aborted) await work(lost.signal);
  } finally {
    clearInterval(beat);
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
  const { client, log } = tools;
  const from = await startOf(follower, tools);
  if (signal.aborted) return;
  const progress: Progress = { heard: from, waiting: true };
  const hear = (position: bigint) => (progress.heard = position > progress.heard ? position : progress.heard);
  const subscription = client.subscribeToAll({
    fromPosition: from === 0n ? START : { commit: from, prepare: from },
    filter: streamNameFilter({
      prefixes: follower.kinds.map(({ category }) => `${category}-`),
      checkpointInterval: 1,
      checkpointReached: async (_subscription, { commit }) => void hear(commit),
    }),
  });
  const stop = () => void subscription.unsubscribe().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  // An error that comes between two reads would otherwise end the process.
  subscription.on('error', () => undefined);
  const wants = (stream: string) => kindOf(follower, stream) !== undefined;
  const unwatch = watchSubscription(client, wants, progress, (error) => subscription.destroy(error));
  try {
    for await (const batch of batches(subscription)) {
      if (signal.aborted) return;
      progress.waiting = false;
      const facts: Recorded<DomainEvent>[] = [];
      for (const record of batch) facts.push(await log.open(kindOf(follower, record.streamId)!, record));
      await follower.handle(facts);
      const { commit } = batch.at(-1)!.position as Position;
      await follower.checkpoints.write(follower.name, commit);
      hear(commit);
      progress.waiting = true;
      onProgress();
    }
  } finally {
    unwatch();
    signal.removeEventListener('abort', stop);
    if (!signal.aborted) stop();
  }
}

/**
 * Where to go on; 0 for the first fact. A checkpoint that is not in the log is of another log: the store was put back
 * to an older state. What can be built again is; what had effects outside waits for somebody to decide.
 */
async function startOf(follower: Follower, { client, logger }: FollowerTools): Promise<bigint> {
  const from = (await follower.checkpoints.read(follower.name)) ?? 0n;
  if (from === 0n || (await holdsPosition(client, from))) return from;
  const about = { follower: follower.name, checkpoint: from.toString() };
  if (!follower.reset) {
    logger.error('the log does not hold the checkpoint, follower STOPPED: set its checkpoint, then start again', about);
    throw new CannotFollow(follower.name);
  }
  logger.error('the log does not hold the checkpoint, read model is built again from the first fact', about);
  await follower.reset();
  await follower.checkpoints.write(follower.name, 0n);
  return 0n;
}

function kindOf({ kinds }: Follower, stream: string): StreamKind<DomainEvent> | undefined {
  return kinds.find(({ category }) => stream.startsWith(`${category}-`));
}

/** Groups what is at hand: one fact at a time where it is quiet, many where there is much to catch up with. */
async function* batches(subscription: AsyncIterable<{ event?: unknown }>): AsyncGenerator<StoredRecord[]> {
  const iterator = subscription[Symbol.asyncIterator]();
  const pull = () => {
    const next = iterator.next();
    next.catch(() => undefined);
    return next;
  };
  let next = pull();
  for (;;) {
    const batch: StoredRecord[] = [];
    let step: Awaited<typeof next> | undefined = await next;
    while (step && !step.done) {
      if (step.value.event) batch.push(step.value.event as StoredRecord);
      next = pull();
      step = batch.length < BATCH ? await Promise.race([next, turn(undefined)]) : undefined;
    }
    if (batch.length > 0) yield batch;
    if (step?.done) return;
  }
}
