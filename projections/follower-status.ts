import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Controls } from './controls.js';
import type { Follower } from './follow.js';
import { followerLags, type Lag } from './lag.js';
import type { Leases } from './lease.js';
import type { Parked } from './parked.js';

export interface FollowerStatusDeps {
  events: EventStoreDBClient;
  followers: readonly Pick<Follower, 'name' | 'kinds' | 'takes' | 'checkpoints'>[];
  parked: Pick<Parked, 'counts'>;
  controls: Pick<Controls, 'all'>;
  leases: Pick<Leases, 'living'>;
  now: Date;
}

/** How a follower is doing: its lag, who runs it, and what waits for an operator. */
export interface FollowerStatus extends Lag {
  /** The process that runs it; null where none does. */
  holder: string | null;
  /** Why it waits for a newer release of this product; null where it does not. */
  stopped: string | null;
  pausedAt: Date | null;
  /** Events set aside, and the streams that wait behind them: above 0 somebody has to look. */
  parked: { events: number; streams: number };
  /** A rebuild beside the live read model: how much of the log it has read, from 0 to 1, and the events it applied. */
  rebuild: { progress: number; events: number } | null;
}

/** How every follower is doing. Reads the log from the one furthest behind on, 50,000 events at most: ask now and then. */
export async function followerStatus(deps: FollowerStatusDeps): Promise<FollowerStatus[]> {
  const { events, followers, parked, controls, leases, now } = deps;
  const [lags, counts, asked, living] = await Promise.all([
    followerLags(events, followers, now),
    parked.counts(),
    controls.all(),
    leases.living(),
  ]);
  return lags.map((lag) => {
    const control = asked.find(({ _id }) => _id === lag.follower);
    const count = counts.find(({ follower }) => follower === lag.follower);
    const under = control?.rebuild;
    return {
      ...lag,
      holder: living.find(({ _id }) => _id === lag.follower)?.holder ?? null,
      stopped: control?.stopped?.why ?? null,
      pausedAt: control?.pausedAt ?? null,
      parked: { events: count?.events ?? 0, streams: count?.streams ?? 0 },
      rebuild: under ? { progress: share(BigInt(under.position), lag.position), events: under.events } : null,
    };
  });
}

/** Positions count bytes or events of the whole log: how far one is on the way to another. */
function share(position: bigint, of: bigint): number {
  return of === 0n ? 0 : Math.min(1, Number((position * 10_000n) / of) / 10_000);
}
