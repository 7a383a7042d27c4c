import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Db } from 'mongodb';
import { positionOf, readLogPage } from '../src/core/read-log.js';
import { holdsPosition, newestPosition } from '../src/core/watchdog.js';
import { isFor } from './applying.js';
import type { Follower } from './follow.js';

/** The effect of moving a checkpoint, in events of its follower. */
export interface CheckpointMove {
  from: bigint;
  to: bigint;
  /** Events that were not handled, and will not be. */
  leftOut: number;
  /** Events that were handled, and will be again. */
  again: number;
}

type Moved = Pick<Follower, 'name' | 'kinds' | 'takes' | 'checkpoints'>;

const PAGE = 1_000;

/** Returns the effect of a move without moving anything; undefined where the log does not hold the position. */
export async function checkpointMove(
  client: EventStoreDBClient,
  follower: Moved,
  where: 'end' | bigint,
): Promise<CheckpointMove | undefined> {
  const from = (await follower.checkpoints.read(follower.name)) ?? 0n;
  const to = where === 'end' ? await newestPosition(client) : where;
  if (to !== 0n && !(await holdsPosition(client, to))) return undefined;
  const [low, high] = from < to ? [from, to] : [to, from];
  // A checkpoint of another log says nothing of what was handled of this one.
  const start = low === 0n || (await holdsPosition(client, low)) ? low : 0n;
  const events = await countEvents(client, follower, start, high);
  return from < to ? { from, to, leftOut: events, again: 0 } : { from, to, leftOut: 0, again: events };
}

async function countEvents(client: EventStoreDBClient, follower: Moved, after: bigint, through: bigint) {
  let count = 0;
  for (let at = after; ;) {
    const { records, ended } = await readLogPage(client, at, PAGE);
    const within = records.filter((record) => positionOf(record) <= through);
    count += within.filter((record) => isFor(follower, record)).length;
    if (ended || within.length < records.length) return count;
    at = positionOf(records.at(-1)!);
  }
}

/**
 * After an older log was put back beside the vault as it was: a follower of effects that is further than the log goes has
 * dealt with all there is, so its checkpoint moves back to the end. `end` is taken before anything is appended to the log.
 */
export async function fitCheckpoints(vault: Db, end: bigint): Promise<string[]> {
  const checkpoints = vault.collection<{ _id: string; position: string }>('checkpoints');
  const moved: string[] = [];
  for (const { _id, position } of await checkpoints.find().toArray()) {
    if (BigInt(position) <= end) continue;
    // Only what was read is replaced: a follower may be at work.
    const { matchedCount } = await checkpoints.updateOne({ _id, position }, { $set: { position: end.toString() } });
    if (matchedCount === 1) moved.push(_id);
  }
  return moved;
}
