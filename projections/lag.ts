import type { EventStoreDBClient } from '@eventstore/db-client';
import { isFor } from './applying.js';
import type { Follower } from './follow.js';
import { positionOf, readLogPage } from '../src/core/read-log.js';
import { newestPosition } from '../src/core/watchdog.js';

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
  /** True where its checkpoint lies behind the end of the log: an older log was put back, and nothing can be counted. */
  beyondLog: boolean;
}

const PAGE = 1_000;
/** So much of the log is looked at, from the follower that is furthest behind on. */
const MOST = 50_000;

/** How far each follower is behind the log, in one reading of what the last of them has before it. */
export async function followerLags(
  client: EventStoreDBClient,
  followers: readonly Pick<Follower, 'name' | 'kinds' | 'takes' | 'checkpoints'>[],
  now: Date,
  most = MOST,
): Promise<Lag[]> {
  const end = await newestPosition(client);
  const all = await Promise.all(
    followers.map(async (follower) => {
      const { name, checkpoints } = follower;
      const position = (await checkpoints.read(name)) ?? 0n;
      return {
        follower,
        lag: { follower: name, position, events: 0, seconds: 0, more: false, beyondLog: position > end },
      };
    }),
  );
  const lags = all.filter(({ lag }) => !lag.beyondLog);
  let after = lags.reduce(
    (least, { lag }) => (lag.position < least ? lag.position : least),
    lags[0]?.lag.position ?? end,
  );
  for (let looked = 0, ended = false; !ended;) {
    if (looked >= most) {
      for (const { lag } of lags) lag.more = true;
      break;
    }
    const page = await readLogPage(client, after, PAGE);
    for (const record of page.records) {
      for (const { lag, follower } of lags) {
        if (positionOf(record) <= lag.position || !isFor(follower, record)) continue;
        lag.events += 1;
        if (lag.events === 1) lag.seconds = Math.max(0, (now.getTime() - record.created.getTime()) / 1_000);
      }
    }
    looked += page.records.length;
    after = page.records.length > 0 ? positionOf(page.records.at(-1)!) : after;
    ended = page.ended;
  }
  return all.map(({ lag }) => lag);
}
