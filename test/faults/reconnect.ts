import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BACKWARDS, END, EventStoreDBClient } from '@eventstore/db-client';
import { Checkpoints, ReadModelCheckpoints } from '../../projections/checkpoints.js';
import { startEventStore, type RunningEventStore } from '../support/faults-store.js';
import { startProxy, type Proxy } from '../support/faults-proxy.js';
import { startApplication, type Application } from './application.js';
import { Load, type Manner } from './load.js';
import { Random } from './random.js';
import { verdict } from './reconnect-verdict.js';
import { projections } from './replayed.js';
import { Report } from './report.js';
import { silentSubscriptions } from './silent.js';

const SLOW = 'cuts after which it took a follower 10 s or more to go on';
const UNNOTICED = 'silences that were not noticed and mended within 30 s';

const FOLLOWERS = { views: projections.map(({ name }) => name), vault: ['mail', 'erasure'] };

/** How the store is taken away. Gives what brings it back, once it is gone. */
type Cut = (stage: Stage, random: Random) => Promise<void>;

interface Stage {
  dataDir: string;
  store: RunningEventStore;
  proxy: Proxy;
}

const restart = async (stage: Stage, signal: NodeJS.Signals, down: number) => {
  await stage.store.kill(signal);
  await sleep(down);
  stage.store = await startEventStore({ dataDir: stage.dataDir });
  stage.proxy.target = stage.store.port;
};

const freeze = async ({ store }: Stage, milliseconds: number) => {
  // It ends later, by another signal: nothing to wait for here.
  void store.kill('SIGSTOP');
  await sleep(milliseconds);
  void store.kill('SIGCONT');
};

const quick: Record<string, Cut> = {
  'killed −9 and started again': (stage, random) => restart(stage, 'SIGKILL', random.whole(0, 300)),
  'stopped and started again': (stage, random) => restart(stage, 'SIGTERM', random.whole(0, 300)),
  'connections reset': async ({ proxy }) => proxy.cut(),
  'frozen for up to 2 s': (stage, random) => freeze(stage, random.whole(100, 2_000)),
};

/** Those that the client itself takes 20 s to notice; one of them every fiftieth cut. */
const slow: Record<string, Cut> = {
  'frozen for 25 s': (stage) => freeze(stage, 25_000),
  'down for 30 s': (stage) => restart(stage, 'SIGKILL', 30_000),
  'connections that swallow every byte': async ({ proxy }) => proxy.swallow(),
};
const SLOW_EVERY = 50;

/** Takes the event store away from under a working application, over and over: nothing is lost, nothing comes twice. */
export async function reconnectFaults(options: { seed: number; cuts: number; silent: number }): Promise<Report> {
  const { seed, cuts, silent } = options;
  const report = new Report();
  report.none(SLOW, UNNOTICED);
  const random = new Random(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'faults-reconnect-'));
  const store = await startEventStore({ dataDir });
  const stage: Stage = { dataDir, store, proxy: await startProxy(store.port) };
  const application = await startApplication(`esdb://127.0.0.1:${stage.proxy.port}?tls=false`);
  const manner: Manner = {};
  const load = new Load(random, report, manner);
  try {
    await load.start(application.visitor('lancashire'), 3, 2);
    for (let nth = 1; nth <= cuts; nth += 1) {
      const cutting = nth % SLOW_EVERY === 0 ? slow : quick;
      const kind = nth % SLOW_EVERY === 0 ? Object.keys(slow)[(nth / SLOW_EVERY) % 3]! : random.of(Object.keys(quick));
      await cutting[kind]!(stage, random);
      report.done(`cuts: ${kind}`);
      const begun = Date.now();
      const swallowed = kind === 'connections that swallow every byte';
      const took = await goingAgain(application, stage.store, swallowed ? 60_000 : 30_000, begun);
      report.check(took < (swallowed ? 30_000 : 10_000), swallowed ? UNNOTICED : SLOW, () => `${kind}: ${took} ms`);
      report.most(`longest until all followers went on, ms: ${kind}`, took);
      await sleep(random.whole(0, 200));
      report.progress(`${nth} of ${cuts} cuts, ${load.accepted.length} commands accepted`);
    }
    // So many readers, each of everything, are in one process here alone: it is silence that is timed, not their work.
    manner.thinking = 2_000;
    if (silent > 0) await silentSubscriptions(application.platform, stage.store, silent, UNNOTICED, report);
    await load.stop();
    await goingAgain(application, stage.store, 30_000, Date.now(), false);
    await verdict(application.platform, stage.store, load, report);
  } finally {
    await application.stop();
    await stage.proxy.stop();
    await stage.store.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
  return report;
}

/** How long it takes until every follower has handled a fact that was appended after the cut, at most `patience`. */
async function goingAgain(
  { platform: { views, vault } }: Application,
  { url }: RunningEventStore,
  patience: number,
  begun: number,
  freshFact = true,
): Promise<number> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    const late = () => Date.now() - begun > patience;
    let before = 0n;
    while (before === 0n && !late()) before = await newestReferralFact(client);
    let goal = before;
    while (freshFact && goal <= before && !late()) {
      await sleep(10);
      goal = await newestReferralFact(client);
    }
    const positions = async () => [
      ...(await positionsOf(new ReadModelCheckpoints(views), FOLLOWERS.views)),
      ...(await positionsOf(new Checkpoints(vault), FOLLOWERS.vault)),
    ];
    while ((await positions()).some((position) => position < goal) && !late()) await sleep(10);
    return Date.now() - begun;
  } finally {
    await client.dispose();
  }
}

async function positionsOf(checkpoints: Checkpoints, names: string[]): Promise<bigint[]> {
  const positions = await Promise.all(names.map((name) => checkpoints.read(name)));
  return positions.map((position) => position ?? -1n);
}

/** A read that fails, as on a store that has only just come back, counts as none: it is tried again. */
async function newestReferralFact(client: EventStoreDBClient): Promise<bigint> {
  let newest = 0n;
  try {
    for await (const { event } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 100 })) {
      if (newest === 0n && event?.streamId.startsWith('referral-')) newest = event.position.commit;
    }
  } catch {
    return 0n;
  }
  return newest;
}
