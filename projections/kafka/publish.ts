import { Kafka, logLevel, Partitioners, type LogEntry, type Producer } from 'kafkajs';
import type { Logger } from '../../src/core/logger.js';
import { isTransient, TransientError } from '../../src/core/transient-errors.js';
import type { PublicEvent } from './contract.js';

export interface KafkaSettings {
  brokers: string[];
  thinTopic: string;
  fullTopic: string;
  tls: boolean;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

/** An event on its way to a topic. */
export interface Addressed {
  topic: string;
  event: PublicEvent;
}

/** A broker that has not acknowledged a send for this long is silent, in milliseconds: the attempt ends. */
const PATIENCE = 30_000;
/**
 * How long one reply may take, in milliseconds. A slow broker gets its time, and so does a cluster that waits for a
 * replica of its own: given up sooner, the same events would be sent again and again, and never arrive in time.
 */
const REPLY = 25_000;
/** How long a connection may take to close, in milliseconds, before it is left to itself. */
const CLOSING = 2_000;

/**
 * Publishes to Kafka: with topic-log.ts the one place that knows kafkajs. A send is done when all in-sync replicas have acknowledged it;
 * after any failure the producer is thrown away, so that none with a doubtful state is ever used again. Nothing is
 * buffered: who sends waits.
 */
export class KafkaPublisher {
  private producer: Promise<Producer> | undefined;
  /** How many producers there have been. */
  private producers = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly logger: Logger,
    private readonly patience = PATIENCE,
  ) {}

  /**
   * Sends events, in their order for each reference. Rejects where one may not have been acknowledged: with a
   * TransientError, or with RefusedByBroker where it is the events that the brokers do not take.
   */
  async send(addressed: readonly Addressed[]): Promise<void> {
    const topics = new Map<string, PublicEvent[]>();
    for (const { topic, event } of addressed) topics.set(topic, [...(topics.get(topic) ?? []), event]);
    const topicMessages = [...topics].map(([topic, events]) => ({ topic, messages: events.map(messageOf) }));
    try {
      await this.watched(async () => (await this.connected()).sendBatch({ topicMessages, acks: -1 }));
    } catch (error) {
      void this.disconnect();
      if (isRefusal(error)) throw new RefusedByBroker('The brokers do not take this.', { cause: error });
      throw new TransientError((error as Error).message, { cause: error });
    }
  }

  /** Ends the send that is under way, if any, and takes no more. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The publisher was stopped.'));
    await this.disconnect();
  }

  private connected(): Promise<Producer> {
    this.stopping.signal.throwIfAborted();
    this.producer ??= connect({ ...this.settings, brokers: this.nextBrokers() }, this.logger);
    return this.producer;
  }

  /**
   * Each producer asks another broker first where the others are: kafkajs asks the first that it is given, and goes on
   * asking it where it takes the connection and then says nothing.
   */
  private nextBrokers(): string[] {
    const { brokers } = this.settings;
    const first = this.producers % brokers.length;
    this.producers += 1;
    return [...brokers.slice(first), ...brokers.slice(0, first)];
  }

  private async watched(work: () => Promise<unknown>): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new SilentBroker(this.patience)), this.patience);
    const working = work();
    // What comes of it after the watch has ended is nobody's concern.
    working.catch(() => undefined);
    try {
      await Promise.race([working, rejected(AbortSignal.any([late.signal, this.stopping.signal]))]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async disconnect(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    const closing = producer?.then((connected) => connected.disconnect()).catch(() => undefined);
    // A broker that is silent does not answer a farewell either.
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, CLOSING).unref())]);
  }
}

/** Sent again, it would be refused again. */
class RefusedByBroker extends Error {
  override name = 'RefusedByBroker';
}

/** Whether kafkajs says that the brokers refuse these events; all else, a stop included, leaves it open. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS') && !isTransient(error);
}

class SilentBroker extends Error {
  constructor(patience: number) {
    super(`The brokers have not acknowledged anything for ${patience / 1_000} s.`);
    this.name = 'SilentBroker';
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Rejects where no broker can be reached, or the log-in is refused. */
export async function brokersAnswer(settings: KafkaSettings, patience: number): Promise<void> {
  const once = { connectionTimeout: patience, requestTimeout: patience, retry: { retries: 0 } };
  const admin = new Kafka({ ...clientOf(settings), ...once, logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
  } finally {
    await admin.disconnect();
  }
}

export function clientOf({ brokers, tls: ssl, sasl }: KafkaSettings) {
  // Each mechanism has a type of its own, of the same shape.
  const logIn = sasl as { mechanism: 'plain'; username: string; password: string } | undefined;
  return { clientId: 'frontdoor', brokers, ssl, sasl: logIn };
}

async function connect(settings: KafkaSettings, logger: Logger): Promise<Producer> {
  const retry = { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 };
  const kafka = new Kafka({
    ...clientOf(settings),
    connectionTimeout: 3_000,
    requestTimeout: REPLY,
    retry,
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => logged(logger, entry),
  });
  const producer = kafka.producer({
    // Who sends sends again, all of it. kafkajs's own second try of a send to several brokers passes over those that have
    // answered: where a partition has moved to one of these, its events are lost and the send counts as done
    // (https://github.com/tulios/kafkajs/pull/1798).
    retry: { retries: 0 },
    // More than one would let the events of a referral overtake each other.
    maxInFlightRequests: 1,
    // How many partitions and replicas a topic has is for whoever runs the brokers to say.
    allowAutoTopicCreation: false,
    // The partition that Java's producers would choose for the same key.
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return producer;
}

/** kafkajs names brokers, topics and what went wrong; its further fields may hold anything and are left out. */
function logged(logger: Logger, { namespace, log }: LogEntry): void {
  logger.error(`kafka: ${log.message}`, { part: namespace });
}

/** CloudEvents' binary mode: the attributes are headers, the data is the value. */
function messageOf({ data, datacontenttype, ...attributes }: PublicEvent) {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]);
  return {
    key: attributes.subject,
    value: JSON.stringify(data),
    headers: { 'content-type': datacontenttype, ...(Object.fromEntries(headers) as Record<string, string>) },
    timestamp: String(Date.parse(attributes.time)),
  };
}
