import { setTimeout as sleep } from 'node:timers/promises';
import { Broker } from '../../engines/kafka/broker.js';
import { byReference, consumeAll, countOf, makeTopics, withoutRepeats } from '../../engines/kafka/consumed.js';
import { kafkaJars } from '../../engines/kafka/jars.js';
import { FACTS, World } from '../../engines/kafka/world.js';
import { heapInUse } from '../heap.js';
import type { Report } from '../report.js';

const LOST = 'public events that Kafka did not get';
const DISORDER = 'referrals whose events Kafka got out of order';
const LATE = 'lags that were not 0 within 10 minutes of the brokers coming back';
const GREW = 'heaps that grew by 64 MB or more while the brokers were away';
const REFUSED = 'submissions that failed while the brokers were away';
const TOPIC = 'frontdoor.referrals';
const MB = 1_048_576;

/**
 * Apache Kafka itself is killed and stays away while as many facts are recorded as an hour at peak brings: nobody who
 * submits notices, the heap stays flat, and once it is back everything is published, in order, within ten minutes.
 * Needs Java and Maven; without them it says so and does nothing.
 */
export async function kafkaOutage(report: Report, { peak }: { peak: number }): Promise<void> {
  const jars = await kafkaJars().catch((error: unknown) => String(error));
  if (jars.startsWith('Unavailable') || jars.startsWith('Error')) return report.done(`SKIPPED, kafka: ${jars}`);
  report.none(LOST, DISORDER, LATE, GREW, REFUSED);
  const [broker, world] = await Promise.all([Broker.start(jars), World.start()]);
  const kafka = { brokers: [broker.address], thinTopic: TOPIC, fullTopic: 'full', tls: false };
  let stop: (() => Promise<void>) | undefined;
  try {
    await makeTopics(broker.address, TOPIC);
    stop = await world.publish(kafka, () => [{ name: TOPIC, full: false }]);
    await told(world, 50, report);
    while ((await countOf(broker.address, TOPIC)) < world.facts) await sleep(200);
    await broker.end();
    await sleep(2_000);
    const [heap, begun] = [heapInUse(), Date.now()];
    const before = sizeOf(world);
    await told(world, Math.ceil(peak / FACTS), report);
    report.done('facts recorded while the brokers were away', Math.ceil(peak / FACTS) * FACTS);
    report.done('seconds they were away', Math.round((Date.now() - begun) / 1_000));
    await sleep(5_000);
    // What the test itself remembers of each fact is not the product's.
    const grew = heapInUse() - heap - (sizeOf(world) - before);
    report.most('heap grown meanwhile, MB', Math.max(0, grew / MB));
    report.check(grew < 64 * MB, GREW, () => `${Math.round(grew / MB)} MB`);

    await broker.run();
    const back = Date.now();
    const goal = world.facts;
    while ((await countOf(broker.address, TOPIC).catch(() => 0)) < goal && Date.now() - back < 900_000) {
      await sleep(500);
      report.progress(`${await countOf(broker.address, TOPIC).catch(() => 0)} of ${goal} published`);
    }
    report.check(Date.now() - back < 600_000, LATE);
    report.most('until the lag was 0 after they were back, ms', Date.now() - back);
    const consumed = await consumeAll(broker.address, TOPIC);
    const events = withoutRepeats(consumed);
    const got = byReference(events);
    for (const [reference, ids] of Object.entries(world.expected)) {
      const have = new Set(got[reference]);
      for (const id of ids) report.check(have.has(id), LOST, () => `${reference} ${id}`);
      report.check(got[reference]?.join() === ids.join(), DISORDER, () => reference);
    }
    report.done('events a consumer got', events.length);
    report.done('of them again, told by their ids', consumed.length - events.length);
  } finally {
    await stop?.();
    await world.stop();
    await broker.stop();
  }
}

async function told(world: World, referrals: number, report: Report): Promise<void> {
  let left = referrals;
  const write = async () => {
    while ((left -= 1) >= 0) {
      await world.referral().catch((error: unknown) => report.loss(REFUSED, String(error)));
      report.progress(`${left} referrals to be recorded`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, write));
}

/** Roughly what `expected` takes: ids of 36 characters, and a head for each stream. */
function sizeOf({ expected }: World): number {
  return Object.values(expected).flat().length * 80 + Object.keys(expected).length * 600;
}
