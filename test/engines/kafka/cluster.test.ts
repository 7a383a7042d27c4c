import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Broker } from './broker.js';
import { byReference, joined, makeTopics, testKafka, withoutRepeats } from './consumed.js';
import { kafkaJars } from './jars.js';
import { World } from './world.js';

const TOPIC = 'frontdoor.referrals';
/** In seconds. A publisher waits for a leader that is frozen for 30 s, and again where brokers send it there again. */
const PATIENCE = 120;
const NODES = [1, 2, 3];
const MOVES = 20;

let brokers: Broker[];
let addresses: string[];
let world: World;
let stopPublishing: () => Promise<void>;
beforeAll(async () => {
  brokers = await Broker.startCluster(process.env.KAFKA_JARS ?? (await kafkaJars()), 3);
  addresses = brokers.map(({ address }) => address);
  world = await World.start();
  await joined(addresses);
  await makeTopics(addresses, TOPIC);
  const kafka = { brokers: addresses, thinTopic: TOPIC, fullTopic: 'full', tls: false };
  stopPublishing = await world.publish(kafka, () => [{ name: TOPIC, full: false }]);
});
afterAll(async () => {
  for (const broker of brokers ?? []) broker.thaw();
  await stopPublishing?.();
  await world?.stop();
  await Promise.all((brokers ?? []).map((broker) => broker.stop()));
});

/** The node that leads each partition, and its replicas, as the other brokers have it. */
async function partitions(asked = addresses) {
  const admin = testKafka(asked).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
  await admin.disconnect();
  return topics[0]!.partitions.sort((one, other) => one.partitionId - other.partitionId);
}

/** Says which nodes are to have each partition. */
async function reassign(partitionAssignment: { partition: number; replicas: number[] }[]): Promise<void> {
  const admin = testKafka(addresses).admin();
  await admin.connect();
  await admin.alterPartitionReassignments({ topics: [{ topic: TOPIC, partitionAssignment }] });
  await admin.disconnect();
}

/** Submissions go on until something has come true. */
async function submittingUntil(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 90_000; !(await holds().catch(() => false)); await sleep(250)) {
    if (Date.now() > end) throw new Error('It did not come true within 90 s.');
    await world.submissions(10);
  }
}

/** Every public fact arrived, each referral's in its order; says how often one came again. */
async function nothingLost(what: string, asked = addresses): Promise<void> {
  const consumed = await world.published(asked, TOPIC, PATIENCE);
  const events = withoutRepeats(consumed);
  expect(byReference(events)).toEqual(world.expected);
  console.log(`${what}: ${events.length} events, 0 lost, ${consumed.length - events.length} repeated`);
}

describe('Of three brokers, a leader', () => {
  test('moved again and again by whoever runs them, is followed: nothing lost, order held', async () => {
    await submittingUntil(async () => (await partitions()).every(({ leader }) => leader >= 0));
    // Many times: now and then a send to two brokers is under way when one of them stops leading.
    for (let round = 1; round <= MOVES; round += 1) {
      const before = await partitions();
      await reassign(
        before.map(({ partitionId, leader }) => {
          return { partition: partitionId, replicas: NODES.filter((node) => node !== leader) };
        }),
      );
      await submittingUntil(async () =>
        (await partitions()).every(({ leader }, nth) => leader >= 0 && leader !== before[nth]!.leader),
      );
    }
    await world.submissions(50);
    await nothingLost(`leaders moved ${MOVES} times`);
  }, 240_000);

  test.each([
    ['killed', (broker: Broker) => broker.end(), (broker: Broker) => broker.run()],
    ['frozen', async (broker: Broker) => broker.freeze(), async (broker: Broker) => broker.thaw()],
  ])(
    '%s, gives way to another that the cluster elects, and publishing goes on there',
    async (what, away, back) => {
      await reassign([0, 1, 2].map((partition) => ({ partition, replicas: NODES })));
      await submittingUntil(async () => (await partitions()).every(({ isr }) => isr.length === 3));
      const before = await partitions();
      const lost = brokers[before[0]!.leader - 1]!;
      const others = addresses.filter((address) => address !== lost.address);
      await away(lost);
      await submittingUntil(async () => (await partitions(others))[0]!.leader !== before[0]!.leader);
      await world.submissions(50);
      await nothingLost(`leader ${what}`, others);
      await back(lost);
      await submittingUntil(async () => (await partitions()).every(({ isr }) => isr.length === 3));
      await nothingLost(`leader ${what}, and back`);
    },
    300_000,
  );
});
