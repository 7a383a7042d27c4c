import { randomUUID } from 'node:crypto';
import { type IHeaders, Kafka, logLevel, type EachMessagePayload } from 'kafkajs';
import type { PublicEvent } from '../../../projections/kafka/contract.js';

export interface Consumed {
  key: string;
  event: PublicEvent;
  contentType: string;
}

/** Addresses of one cluster's brokers. */
export type Brokers = string | readonly string[];

/** One that is frozen is asked for 5 s, and not for kafkajs's 30. */
export function testKafka(brokers: Brokers): Kafka {
  return new Kafka({ clientId: 'tests', brokers: [brokers].flat(), requestTimeout: 5_000, logLevel: logLevel.NOTHING });
}

/** Waits until each of a cluster's brokers, which take connections before they have joined, knows of all the others. */
export async function joined(brokers: readonly string[]): Promise<void> {
  const known = async (broker: string) => {
    const admin = testKafka(broker).admin();
    await admin.connect();
    const cluster = await admin.describeCluster();
    await admin.disconnect();
    return cluster.brokers.length;
  };
  for (const broker of brokers) {
    while ((await known(broker).catch(() => 0)) < brokers.length)
      await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function makeTopics(brokers: Brokers, ...topics: string[]): Promise<void> {
  const admin = testKafka(brokers).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: false, topics: topics.map((topic) => ({ topic, numPartitions: 3 })) });
  // Each of several brokers learns of them in its own time.
  const led = async () => {
    const metadata = await admin.fetchTopicMetadata({ topics });
    return metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  };
  while (!(await led().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 200));
  await admin.disconnect();
}

/** How many messages a topic holds. */
export async function countOf(brokers: Brokers, topic: string): Promise<number> {
  const admin = testKafka(brokers).admin();
  await admin.connect();
  try {
    return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  } finally {
    await admin.disconnect();
  }
}

/** All that a topic holds at this moment, in the order of each partition. */
export async function consumeAll(brokers: Brokers, topic: string): Promise<Consumed[]> {
  const kafka = testKafka(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Map(offsets.map(({ partition, high, low }) => [partition, Number(high) - Number(low)]));
  for (const [partition, left] of open) if (left === 0) open.delete(partition);
  const consumed: Consumed[] = [];
  if (open.size === 0) return consumed;
  // What it waits for at the end of a topic, leaving waits for too.
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const all = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachMessage = async (payload: EachMessagePayload) => {
      consumed.push(read(payload));
      const left = open.get(payload.partition)! - 1;
      if (left > 0) open.set(payload.partition, left);
      else open.delete(payload.partition);
      if (open.size === 0) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await all.finally(() => consumer.disconnect());
  return consumed;
}

/** The first of each id: what a consumer deals with that passes over what comes again. */
export function withoutRepeats(consumed: readonly Consumed[]): PublicEvent[] {
  const seen = new Set<string>();
  return consumed.map(({ event }) => event).filter(({ id }) => !seen.has(id) && seen.add(id));
}

export function byReference(events: readonly PublicEvent[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const { subject, id } of events) (groups[subject] ??= []).push(id);
  return groups;
}

/** A message in CloudEvents' binary mode, as the event it stands for. */
function read({ message }: EachMessagePayload): Consumed {
  const headers = Object.entries(message.headers as IHeaders).map(([name, value]) => [name, String(value)] as const);
  const attributes = headers.flatMap(([name, value]) => (name.startsWith('ce_') ? [[name.slice(3), value]] : []));
  const contentType = Object.fromEntries(headers)['content-type']!;
  const data: unknown = JSON.parse(message.value!.toString());
  const event = { ...Object.fromEntries(attributes), datacontenttype: contentType, data } as unknown as PublicEvent;
  return { key: message.key!.toString(), event, contentType };
}
