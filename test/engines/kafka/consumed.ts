import { randomUUID } from 'node:crypto';
import { type IHeaders, Kafka, logLevel, type EachMessagePayload } from 'kafkajs';
import type { PublicEvent } from '../../../projections/kafka/contract.js';

export interface Consumed {
  key: string;
  event: PublicEvent;
  contentType: string;
}

export function testKafka(broker: string): Kafka {
  return new Kafka({ clientId: 'tests', brokers: [broker], logLevel: logLevel.NOTHING });
}

export async function makeTopics(broker: string, ...topics: string[]): Promise<void> {
  const admin = testKafka(broker).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: topics.map((topic) => ({ topic, numPartitions: 3 })) });
  await admin.disconnect();
}

/** All that a topic holds at this moment, in the order of each partition. */
export async function consumeAll(broker: string, topic: string): Promise<Consumed[]> {
  const kafka = testKafka(broker);
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Map(offsets.map(({ partition, high, low }) => [partition, Number(high) - Number(low)]));
  for (const [partition, left] of open) if (left === 0) open.delete(partition);
  const consumed: Consumed[] = [];
  if (open.size === 0) return consumed;
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async (payload: EachMessagePayload) => {
      consumed.push(read(payload));
      const left = open.get(payload.partition)! - 1;
      if (left > 0) open.set(payload.partition, left);
      else open.delete(payload.partition);
      if (open.size === 0) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return consumed;
}

/** The first of each id: what a consumer deals with that passes over what comes again. */
export function withoutRepeats(consumed: readonly Consumed[]): PublicEvent[] {
  return [...new Map([...consumed].reverse().map(({ event }) => [event.id, event])).values()].reverse();
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
