import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Follower } from './follow.js';
import { positionOf, readLogPage } from './read-log.js';

export interface Lag {
  follower: string;
  /** Where it has come to; 0 where it has not begun. */
  position: bigint;
  /** Facts for it that it has not handled. */
  events: number;
  /** How long ago the oldest of them was recorded; 0 where there is none. */
  seconds: number;
  /** True where more of the log was behind it than is counted: `events` is at least so many. */
  more: boolean;
}

const PAGE = 1_000;
/** So much of the log is looked at, from the follower that is furthest behind on. */
const MOST = 50_000;

/** How far each follower is behind the log, in one reading of what the last of them has before it. */
export async function followerLags(
  client: EventStoreDBClient,
  followers: readonly Pick<Follower, 'name' | 'kinds' | 'checkpoints'>[],
  now: Date,
  most = MOST,
): Promise<Lag[]> {
  const lags = await Promise.all(
    followers.map(async ({ name, kinds, checkpoints }) => ({
      lag: { follower: name, position: (await checkpoints.read(name)) ?? 0n, events: 0, seconds: 0, more: false },
      prefixes: kinds.map(({ category }) => `${category}-`),
    })),
  );
  let after = lags.reduce(
    (least, { lag }) => (lag.position < least ? lag.position : least),
    lags[0]?.lag.position ?? 0n,
  );
  for (let looked = 0, ended = false; !ended;) {
    if (looked >= most) {
      for (const { lag } of lags) lag.more = true;
      break;
    }
    const page = await readLogPage(client, after, PAGE);
    for (const record of page.records) {
      const [position, { streamId, created }] = [positionOf(record), record];
      for (const { lag, prefixes } of lags) {
        if (position <= lag.position || !prefixes.some((prefix) => streamId.startsWith(prefix))) continue;
        lag.events += 1;
        if (lag.events === 1) lag.seconds = Math.max(0, (now.getTime() - created.getTime()) / 1_000);
      }
    }
    looked += page.records.length;
    after = page.records.length > 0 ? positionOf(page.records.at(-1)!) : after;
    ended = page.ended;
  }
  return lags.map(({ lag }) => lag);
}
