import type { Follower } from '../../../projections/follow.js';
import { FollowingWorld } from '../../support/following.js';
import { startEventStore } from '../../support/faults-store.js';
import { startMongo } from '../../support/mongo.js';
import { Random } from '../random.js';
import { compareViews, projections } from '../replayed.js';
import type { Report } from '../report.js';
import { fill } from './story.js';

const SKIPPED = 'events that were neither applied nor parked';
const WRONGLY = 'events parked that were neither poison nor behind poison in their stream';
const LEFT = 'events still parked after the fault was mended and they were replayed';
const SHARE = 0.01;

/**
 * One event in a hundred cannot be handled. All others are applied but those behind it in its stream, which park with
 * it, and those that an ending makes nothing of; once the fault is mended a replay applies them, in order, and the read
 * models equal a replay of the whole log.
 */
export async function poisonFaults(report: Report, { seed, events }: { seed: number; events: number }): Promise<void> {
  report.none(SKIPPED, WRONGLY, LEFT);
  const [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  const world = await FollowingWorld.open(store.url, mongo.url);
  try {
    const filling = Date.now();
    const facts = await fill(world, new Random(seed), events, report);
    report.done('seconds until the log was filled', seconds(filling));
    const random = new Random(seed + 1);
    const poison = new Set(facts.filter(() => random.next() < SHARE).map(({ id }) => id));
    report.done('events in the log', facts.length);
    report.done('of them poison', poison.size);

    const applied = new Map<string, Set<string>>();
    let mended = false;
    const instead = (follower: Follower): Follower => ({
      ...follower,
      async handle(batch) {
        if (!mended && batch.some(({ id }) => poison.has(id))) throw new TypeError('poison');
        await follower.handle(batch);
        const seen = applied.get(follower.name) ?? new Set();
        applied.set(follower.name, seen);
        for (const { id } of batch) seen.add(id);
      },
    });
    const names = projections.map(({ name }) => name);
    const begun = Date.now();
    const running = await world.start({ names, instead });
    await world.caughtUp(running, 3_600_000);
    report.done('seconds until all followers had caught up', seconds(begun));

    for (const { name, takes, endings } of projections) {
      const parked = new Set((await world.parked.list(name, 10_000_000)).map((one) => `${one.stream} ${one.revision}`));
      report.done(`events parked by ${name}`, parked.size);
      // What a follower does not act on is not given to it, poison or not.
      const own = facts.filter(({ type }) => (takes as ReadonlySet<string>).has(type));
      const ends = new Map<string, number>();
      for (const { stream, type, revision } of own) {
        if ((endings as ReadonlySet<string> | undefined)?.has(type)) ends.set(stream, revision);
      }
      const blocked = new Set<string>();
      for (const { id, stream, revision } of own) {
        const place = `${stream} ${revision}`;
        const isParked = parked.has(place);
        // Where an ending came in the same batch, it need not have been looked at.
        const isEnded = !isParked && revision < (ends.get(stream) ?? 0);
        report.check(isParked || isEnded || applied.get(name)!.has(id), SKIPPED, () => `${name} ${place}`);
        const rightly = blocked.has(stream) ? isParked : isEnded || isParked === poison.has(id);
        report.check(rightly, WRONGLY, () => `${name} ${place}`);
        if (isParked) blocked.add(stream);
      }
    }

    mended = true;
    const asked = Date.now();
    const ids = await Promise.all(names.map((name) => world.controls.askReplay(name, null)));
    for (const [nth, name] of names.entries()) {
      while ((await world.controls.of(name)).replayed?.id !== ids[nth]) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        report.progress(`replaying ${name}`);
      }
    }
    report.done('seconds until all was replayed', seconds(asked));
    for (const count of await world.parked.counts()) report.loss(LEFT, JSON.stringify(count));
    await compareViews(world.views, facts, report);
  } finally {
    await world.close();
    await Promise.all([store.kill(), mongo.stop()]);
  }
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}
