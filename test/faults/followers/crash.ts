import type { PublicEvent } from '../../../projections/kafka/contract.js';
import type { Addressed } from '../../../projections/kafka/publish.js';
import { RememberedSubmissions } from '../../../projections/kafka/submissions.js';
import { FollowingWorld } from '../../support/following.js';
import { startEventStore } from '../../support/faults-store.js';
import { startMongo } from '../../support/mongo.js';
import { Random } from '../random.js';
import { compareViews } from '../replayed.js';
import type { Report } from '../report.js';
import { mortalWay, type Side } from './mortal.js';
import { Lives } from './story.js';
import { allFacts, compareKeys, compareMails, comparePublished, PARKED } from './verdict.js';

/**
 * Kills all followers at each await in turn, so many times: at the n-th request to MongoDB, before it takes effect or
 * after, with everything else they do. The next incarnation goes on; in the end every read model is held against a
 * replay, the mail ledger and what was published against the facts.
 */
export async function crashFaults(report: Report, { seed, kills }: { seed: number; kills: number }): Promise<void> {
  report.none(PARKED);
  const [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  const world = await FollowingWorld.open(store.url, mongo.url);
  const lives = new Lives(world, new Random(seed));
  const published: PublicEvent[] = [];
  const publishing = (alive: () => boolean) => ({
    log: world.log,
    publicUrl: 'https://api.example.org',
    submissions: new RememberedSubmissions(),
    topicsOf: () => [{ name: 'thin', full: false }],
    send: async (events: readonly Addressed[]) => {
      if (!alive()) throw new Error('dead');
      published.push(...events.map(({ event }) => event));
    },
  });
  try {
    // How many awaits there are, as long as nobody is killed.
    await lives.goOn(5);
    const whole = await mortalWay(mongo.port, Infinity, 'before');
    const first = await world.start({ mongoUrl: whole.url, publishing: publishing(() => true) });
    await world.caughtUp(first);
    let awaits = whole.requests;
    await first.stop();
    whole.close();
    report.done('awaits of one run to its end', awaits);

    for (let [killed, nth, side] = [0, 1, 'before' as Side]; killed < kills; nth += 1) {
      if (nth > awaits) [nth, side] = [1, side === 'before' ? 'after' : 'before'];
      await lives.goOn(5);
      const way = await mortalWay(mongo.port, nth, side);
      const running = await world.start({ mongoUrl: way.url, publishing: publishing(() => way.diedAt === undefined) });
      const ended = await Promise.race([
        way.died.then(() => 'killed'),
        world.caughtUp(running).then(() => 'caught up'),
      ]);
      running.abandon();
      way.close();
      if (ended === 'killed') {
        killed += 1;
        report.done(`kills ${side} the effect of a request`);
      } else {
        awaits = way.requests;
        report.done('runs that had ended before their kill');
      }
      report.progress(`${killed} of ${kills} kills`);
    }
    const last = await world.start({ publishing: publishing(() => true) });
    world.troubles.clear();
    await world.caughtUp(last, 300_000);
    const facts = await allFacts(world);
    report.done('facts in the log', facts.length);
    await compareViews(world.views, facts, report);
    await compareMails(world, facts, report);
    comparePublished(facts, published, report);
    await compareKeys(world, facts, report);
    for (const { events } of await world.parked.counts()) report.loss(PARKED, String(events));
  } finally {
    await world.close();
    await Promise.all([store.kill(), mongo.stop()]);
  }
}
