import { MongoClient, type Db } from 'mongodb';
import { createIndexes, project } from '../../../projections/project.js';
import type { ViewDocument } from '../../../projections/projection.js';
import type { Recorded } from '../../../src/core/decider.js';
import { derivedId } from '../../../src/core/ids.js';
import { referralStream, type ReferralEvent } from '../../../src/referral/referral.events.js';
import { startMongo } from '../../support/mongo.js';
import { recorded } from '../../support/recorded.js';
import { Random } from '../random.js';
import { compareViews, projections } from '../replayed.js';
import type { Report } from '../report.js';
import { lives } from './story.js';

type Facts = Recorded<ReferralEvent>[];
/** Seeds whose deliveries are mixed with each other: each has referrals of its own. */
const TOGETHER = 400;
/** Referrals of one seed. */
const STREAMS = 3;

/**
 * Delivers the events of each seed's referrals one to five times, mixed across streams and cut into batches anywhere;
 * later copies come anywhere behind the first. Every read model must be what the pure folds make of each event once.
 */
export async function shuffleFaults(report: Report, { seed, seeds }: { seed: number; seeds: number }): Promise<void> {
  const mongo = await startMongo();
  const client = await MongoClient.connect(mongo.url);
  try {
    for (let from = 0; from < seeds; from += TOGETHER) {
      const views = client.db(`shuffled_${from}`);
      for (const projection of projections) await createIndexes(projection, views);
      const some = Array.from({ length: Math.min(TOGETHER, seeds - from) }, (_, nth) => seed * 1_000_000 + from + nth);
      await deliver(views, some, report);
      await views.dropDatabase();
      report.progress(`${from + some.length} of ${seeds} seeds`);
    }
  } finally {
    await client.close();
    await mongo.stop();
  }
}

async function deliver(views: Db, seeds: readonly number[], report: Report): Promise<void> {
  const told: { facts: Facts[]; batches: Facts[] }[] = seeds.map((one) => {
    const random = new Random(one);
    const facts = Array.from({ length: STREAMS }, (_, nth) => {
      const stream = referralStream(derivedId('shuffled', one, nth));
      const facts = random
        .of(lives)(one * STREAMS + nth)
        .flat();
      return recorded<ReferralEvent>(facts, stream);
    });
    return { facts, batches: cut(delivered(facts, random), random) };
  });
  for (let round = 0; told.some(({ batches }) => batches.length > round); round += 1) {
    const batch = told.flatMap(({ batches }) => batches[round] ?? []);
    report.done('deliveries of events', batch.length);
    await Promise.all(projections.map((one) => project(one, views.collection<ViewDocument>(one.name), batch)));
  }
  const facts = told.flatMap((one) => one.facts).flat();
  report.done('events, each delivered one to five times', facts.length);
  await compareViews(views, facts, report);
  report.done('seeds', seeds.length);
}

/** Streams in their own order, mixed; then more copies of each event, anywhere behind its first. */
function delivered(streams: readonly Facts[], random: Random): Facts {
  const left = streams.map((facts) => [...facts]);
  const log: Facts = [];
  for (let waiting = left; waiting.length > 0; waiting = waiting.filter((facts) => facts.length > 0)) {
    log.push(random.of(waiting).shift()!);
  }
  const places = log.flatMap((fact, place) => [
    { fact, at: place },
    ...Array.from({ length: random.whole(0, 4) }, () => ({ fact, at: place + random.next() * (log.length - place) })),
  ]);
  return places.sort((one, other) => one.at - other.at).map(({ fact }) => fact);
}

function cut(facts: Facts, random: Random): Facts[] {
  const batches: Facts[] = [];
  for (let at = 0; at < facts.length;) {
    const size = random.whole(1, 12);
    batches.push(facts.slice(at, at + size));
    at += size;
  }
  return batches;
}
