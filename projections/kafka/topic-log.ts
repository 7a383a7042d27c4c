import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { clientOf, type KafkaSettings } from './publish.js';

export interface KeyedText {
  key: string;
  text: string;
  offset: bigint;
}

/** A broker that says nothing for this long is silent, in milliseconds. */
const PATIENCE = 30_000;

/**
 * A broker that has nothing more holds a request back for this long, in milliseconds. It is read to an end that is known:
 * all that waits longer is the leave-taking (with kafkajs's 5 s, each reading took those 5 s).
 */
const HELD_BACK = 100;

/** A topic of one partition as a log of texts: added to one by one, read from its beginning to its end. */
export class TopicLog {
  private readonly kafka: Kafka;

  constructor(
    settings: KafkaSettings,
    private readonly topic: string,
  ) {
    const retry = { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 };
    const limits = { connectionTimeout: 3_000, requestTimeout: 10_000, retry };
    this.kafka = new Kafka({ ...clientOf(settings), ...limits, logLevel: logLevel.NOTHING });
  }

  /** Adds a text; done when all in-sync replicas have it. */
  async add(key: string, text: string): Promise<void> {
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
    try {
      await producer.connect();
      await producer.send({ topic: this.topic, acks: -1, messages: [{ key, value: text }] });
    } finally {
      await producer.disconnect();
    }
  }

  /** The texts that are there at this moment, from an offset on, in their order. */
  async *texts(from = 0n): AsyncGenerator<KeyedText> {
    const { low, high } = await this.ends();
    const first = from > low ? from : low;
    if (first >= high) return;
    const consumer = this.kafka.consumer({
      groupId: `frontdoor-${this.topic}-${randomUUID()}`,
      maxWaitTimeInMs: HELD_BACK,
    });
    // Holds few: who reads on asks for more.
    const read = new PassThrough({ objectMode: true, highWaterMark: 16 });
    consumer.on(consumer.events.CRASH, ({ payload }) => void read.destroy(payload.error));
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: this.topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          // Nobody reads on where it was left: then nothing is waited for either.
          if (!read.destroyed && !read.write(message)) await Promise.race([once(read, 'drain'), once(read, 'close')]);
        },
      });
      consumer.seek({ topic: this.topic, partition: 0, offset: String(first) });
      let late = setTimeout(() => read.destroy(silent()), PATIENCE);
      for await (const message of read as AsyncIterable<KafkaMessage>) {
        clearTimeout(late);
        const offset = BigInt(message.offset);
        // It may have begun with the first before it was told where to.
        if (offset >= first) yield { key: String(message.key ?? ''), text: String(message.value ?? ''), offset };
        if (offset >= high - 1n) return;
        late = setTimeout(() => read.destroy(silent()), PATIENCE);
      }
    } finally {
      read.destroy();
      await consumer.disconnect();
    }
  }

  private async ends(): Promise<{ low: bigint; high: bigint }> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      const [only, ...others] = await admin.fetchTopicOffsets(this.topic).catch((error: Error) => {
        throw new Error(`The Kafka topic ${this.topic} cannot be read: ${error.message}`, { cause: error });
      });
      if (!only || others.length > 0) throw new Error(`The Kafka topic ${this.topic} must have one partition.`);
      return { low: BigInt(only.low), high: BigInt(only.high) };
    } finally {
      await admin.disconnect();
    }
  }
}

function silent(): Error {
  return new Error(`The brokers have sent nothing for ${PATIENCE / 1_000} s.`);
}
