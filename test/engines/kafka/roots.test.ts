import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TopicLog } from '../../../projections/kafka/topic-log.js';
import type { KafkaSettings } from '../../../projections/kafka/publish.js';
import { rootName } from '../../../src/audit/roots/places.js';
import { TopicPlace } from '../../../src/audit/roots/topic-place.js';
import { keepsRoots } from '../../audit/place-story.js';
import { auditedAt, expectIntact } from '../roots.js';
import { Broker } from './broker.js';
import { testKafka } from './consumed.js';
import { kafkaJars } from './jars.js';

let broker: Broker;
let kafka: KafkaSettings;
beforeAll(async () => {
  broker = await Broker.start(process.env.KAFKA_JARS ?? (await kafkaJars()));
  kafka = { brokers: [broker.address], thinTopic: 'thin', fullTopic: 'full', tls: false };
  const admin = testKafka(broker.address).admin();
  await admin.connect();
  const topics = ['story', 'outage', 'roots'].map((topic) => ({ topic, numPartitions: 1 }));
  await admin.createTopics({ waitForLeaders: true, topics: [...topics, { topic: 'parted', numPartitions: 3 }] });
  await admin.disconnect();
  // A new topic has a leader, and the broker knows of it, a moment later.
  for (const { topic } of topics) {
    while (
      !(await placeOf(topic)
        .publicKeys()
        .then(
          () => true,
          () => false,
        ))
    )
      await sleep(200);
  }
}, 300_000);
afterAll(() => broker?.stop());

const placeOf = (topic: string) => new TopicPlace(new TopicLog(kafka, topic));
async function namesAt(topic: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of placeOf(topic).roots()) names.push(name);
  return names;
}

describe('signed roots in a topic of Kafka itself', () => {
  test('are kept, read in their order, and never replaced', async () => {
    await keepsRoots(() => placeOf('story'));
  });

  test('may lie there twice where an acknowledgement was lost; one that differs is given too', async () => {
    const log = new TopicLog(kafka, 'story');
    await log.add(rootName(5), '{"root":5}\n');
    expect(await namesAt('story')).toEqual([1, 2, 3, 4, 5].map(rootName));
    await log.add(rootName(1), 'forged');
    expect(await namesAt('story')).toEqual([1, 2, 3, 4, 5, 1].map(rootName));
    await placeOf('story').keep(rootName(1), '{"root":1}\n');
  });

  test('are there for the next reader where one stopped half-way', async () => {
    const half = placeOf('story').roots();
    await half.next();
    await half.return(undefined);
    expect(await namesAt('story')).toHaveLength(6);
  });

  test('ask for a topic that is there, of one partition', async () => {
    await expect(placeOf('parted').keep(rootName(1), 'first')).rejects.toThrow('parted must have one partition');
    await expect(placeOf('nowhere').keep(rootName(1), 'first')).rejects.toThrow('nowhere cannot be read');
  });

  test('wait for a broker that is away, and are then kept once', async () => {
    const place = placeOf('outage');
    await place.keep(rootName(1), 'first');
    await broker.end();
    await expect(place.keep(rootName(2), 'second')).rejects.toThrow();
    await broker.run();
    await place.keep(rootName(2), 'second');
    await place.keep(rootName(2), 'second');
    expect(await namesAt('outage')).toEqual([rootName(1), rootName(2)]);
  }, 180_000);

  test('verify the log of a running service; one that somebody adds is named', async () => {
    const audited = await auditedAt({ KAFKA_BROKERS: broker.address, AUDIT_ROOTS_TOPIC: 'roots' });
    try {
      await expectIntact(audited);
      await new TopicLog(kafka, 'roots').add(
        rootName(1),
        '{"leaves":[],"erased":[],"at":"","position":"","signature":""}',
      );
      const { code, rootProblems } = await audited.verify();
      expect(code).toBe(1);
      expect(rootProblems).toContain(`${rootName(1)}: its signature does not fit`);
    } finally {
      await audited.stop();
    }
  }, 180_000);
});
