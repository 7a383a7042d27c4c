import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { publicFacts } from '../../../projections/kafka/contract.js';
import type { PublishDeps } from '../../../projections/kafka/follower.js';
import { KafkaPublisher, type KafkaSettings } from '../../../projections/kafka/publish.js';
import { RememberedSubmissions } from '../../../projections/kafka/submissions.js';
import { noHead, type EventLog, type Head } from '../../../src/core/event-log.js';
import { derivedId } from '../../../src/core/ids.js';
import type { Logger } from '../../../src/core/logger.js';
import { referralKind, referralStream, type ReferralEvent } from '../../../src/referral/referral.events.js';
import {
  contactStarted,
  formStarted,
  formSubmitted,
  informationRequested,
  isla,
  noah,
  receipt,
  responsePosted,
  subjectsNamed,
} from '../../deciders/referral-story.js';
import { startEventStore } from '../../support/event-store.js';
import { FollowingWorld } from '../../support/following.js';
import { startMongo } from '../../support/mongo.js';
import { consumeAll, countOf, withoutRepeats, type Brokers, type Consumed } from './consumed.js';

export const PUBLIC_URL = 'https://api.example.org';
const COUNCILS = ['lancashire', 'sefton', 'worcestershire'];
/** Facts of one referral's life here. */
export const FACTS = 8;

/** An event log with referrals in it, and what follows it into Kafka. */
export class World {
  /** The ids of every public fact there is, in the order of each referral. */
  readonly expected: Record<string, string[]> = {};
  /** How many events brokers have acknowledged. */
  acknowledged = 0;
  private referrals = 0;

  private constructor(
    private readonly following: FollowingWorld,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<World> {
    const [events, mongo] = await Promise.all([startEventStore(), startMongo()]);
    const following = await FollowingWorld.open(events.url, mongo.url);
    const stop = async () => {
      await following.close();
      await Promise.all([events.stop(), mongo.stop()]);
    };
    return new World(following, stop);
  }

  get client(): EventStoreDBClient {
    return this.following.client;
  }

  get log(): EventLog {
    return this.following.log;
  }

  get logger(): Logger {
    return this.following.logger;
  }

  /** What was logged as an error, and how often. */
  get troubles(): Map<string, number> {
    return this.following.troubles;
  }

  /** One referral from its first click to its last response, in two appends with others between them. */
  async referral(): Promise<void> {
    const n = (this.referrals += 1);
    const reference = `REF-${n}`;
    const stream = referralStream(derivedId('referral', n));
    const council = COUNCILS[n % 3]!;
    const until: ReferralEvent[] = [formStarted(), subjectsNamed(2, isla, noah), formSubmitted({ reference })];
    const after: ReferralEvent[] = [
      informationRequested(),
      formSubmitted({ reference, version: 2, requestId: 'r', revision: 3 }),
      contactStarted(4),
      receipt(2),
      responsePosted(5, [isla, noah], true),
    ];
    const head = await this.append(stream, council, reference, noHead, until);
    await this.append(stream, council, reference, head, after);
  }

  /** So many referrals, ten of them at once. */
  async submissions(count: number): Promise<void> {
    for (let n = 0; n < count; n += 10)
      await Promise.all(Array.from({ length: Math.min(10, count - n) }, () => this.referral()));
  }

  /** How many public facts there are. */
  get facts(): number {
    return Object.values(this.expected).reduce((sum, ids) => sum + ids.length, 0);
  }

  /** Waits until every public fact is in a topic, and gives what a consumer then reads. */
  async published(brokers: Brokers, topic: string, seconds: number): Promise<Consumed[]> {
    for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(500)) {
      // While a leader is being elected, nobody can be asked.
      if ((await countOf(brokers, topic).catch(() => 0)) < this.facts) continue;
      const consumed = await consumeAll(brokers, topic).catch(() => []);
      if (withoutRepeats(consumed).length >= this.facts) return consumed;
    }
    const troubles = [...this.troubles].map(([trouble, count]) => `${count} × ${trouble}`);
    throw new Error(`Not everything was published within ${seconds} s: ${troubles.join('\n')}`);
  }

  /** Follows the log into Kafka until the function it gives is called. */
  async publish(kafka: KafkaSettings, topicsOf: PublishDeps['topicsOf'], holder = 'one'): Promise<() => Promise<void>> {
    const { log, logger } = this;
    const publisher = new KafkaPublisher(kafka, logger);
    const send: PublishDeps['send'] = async (events) => {
      await publisher.send(events);
      this.acknowledged += events.length;
    };
    const publishing = { log, publicUrl: PUBLIC_URL, submissions: new RememberedSubmissions(), topicsOf, send };
    const running = await this.following.start({ names: ['kafka'], holder, publishing });
    return async () => {
      const stopped = running.stop();
      await publisher.stop();
      await stopped;
    };
  }

  private async append(
    stream: string,
    council: string,
    reference: string,
    head: Head,
    events: ReferralEvent[],
  ): Promise<Head> {
    const { facts, head: next } = await this.log.append(referralKind, stream, head, events, {
      commandId: derivedId(stream, head.revision),
      commandHash: '',
      council,
      actor: { kind: 'worker', id: 'w', name: 'Wendy' },
      correlationId: 'c',
      at: new Date().toISOString(),
    });
    const ids = facts.filter(({ type }) => publicFacts.has(type)).map(({ id }) => id);
    (this.expected[reference] ??= []).push(...ids);
    return next;
  }
}
