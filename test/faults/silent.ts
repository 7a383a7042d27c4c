import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { Checkpoints } from '../../projections/checkpoints.js';
import { ControlWatch } from '../../projections/controls.js';
import { follow, type Follower } from '../../projections/follow.js';
import { Leases } from '../../projections/lease.js';
import { LogFeed } from '../../src/core/log-feed.js';
import { newestPosition } from '../../src/core/watchdog.js';
import type { Platform } from '../../src/platform.js';
import { referralKind } from '../../src/referral/referral.events.js';
import type { RunningEventStore } from '../support/faults-store.js';
import { startProxy } from '../support/faults-proxy.js';
import type { Report } from './report.js';

const PATIENCE = 60_000;
const DOUBLE = 'facts a silenced follower was given twice without need';

/**
 * Followers by the dozen, each over a connection of its own, all of which swallow every byte from one moment on while
 * facts go on being appended: each notices within 30 s and resumes from its checkpoint over a new connection.
 */
export async function silentSubscriptions(
  { vault, log, logger, parked, controls }: Platform,
  store: RunningEventStore,
  count: number,
  unnoticed: string,
  report: Report,
): Promise<void> {
  const stopping = new AbortController();
  // Each follower listens to it.
  setMaxListeners(0, stopping.signal);
  const checkpoints = new Checkpoints(vault.client.db('silent'));
  const leases = new Leases(vault.client.db('silent'), 'faults');
  const followers = await Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const proxy = await startProxy(store.port);
      const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${proxy.port}?tls=false`);
      const seen = { last: 0n, twice: 0 };
      const follower: Follower = {
        name: `silent-${nth}`,
        kinds: [referralKind],
        checkpoints,
        handle: async (facts) => {
          for (const { position } of facts) {
            if (position <= seen.last) seen.twice += 1;
            else seen.last = position;
          }
        },
      };
      const feed = new LogFeed(client, [referralKind.category]);
      const tools = { client, feed, log, leases, logger, parked, controls, watch: new ControlWatch(controls) };
      const running = follow(follower, tools, stopping.signal);
      return { proxy, client, feed, seen, running };
    }),
  );
  // Caught up with what was there; from now on facts come one by one.
  const there = await newestPosition(followers[0]!.client);
  while (followers.some(({ seen }) => seen.last < there)) await sleep(50);
  const begun = Date.now();
  for (const { proxy } of followers) proxy.swallow();
  await Promise.all(
    followers.map(async ({ seen }) => {
      await sleep(100);
      const before = seen.last;
      while (seen.last === before && Date.now() - begun < PATIENCE) await sleep(20);
      const took = Date.now() - begun;
      report.done('silent subscriptions');
      report.check(took < 30_000, unnoticed, () => `${took} ms`);
      report.most('longest until a silent subscription had gone on, ms', took);
      // A batch that was handled without its checkpoint comes again; no more than that.
      report.check(seen.twice <= 500, DOUBLE, () => String(seen.twice));
    }),
  );
  stopping.abort();
  await Promise.all(followers.map(({ running }) => running));
  await Promise.all(
    followers.map(async ({ feed, client, proxy }) => {
      await feed.close();
      await client.dispose();
      await proxy.stop();
    }),
  );
}
