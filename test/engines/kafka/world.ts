import { EventStoreDBClient } from '@eventstore/db-client';
import { MongoClient, type Db } from 'mongodb';
import { Controls, ControlWatch } from '../../../projections/controls.js';
import { follow } from '../../../projections/follow.js';
import { allFollowers, followedKinds } from '../../../projections/followers.js';
import { publicFacts } from '../../../projections/kafka/contract.js';
import { type PublishDeps } from '../../../projections/kafka/follower.js';
import { KafkaPublisher, type KafkaSettings } from '../../../projections/kafka/publish.js';
import { RememberedSubmissions } from '../../../projections/kafka/submissions.js';
import { Leases } from '../../../projections/lease.js';
import { Parked } from '../../../projections/parked.js';
import { systemClock } from '../../../src/core/clock.js';
import { EventLog, noHead, type Head } from '../../../src/core/event-log.js';
import { derivedId } from '../../../src/core/ids.js';
import { DataKeys } from '../../../src/core/keys.js';
import { LogFeed } from '../../../src/core/log-feed.js';
import { Logger } from '../../../src/core/logger.js';
import { referralKind, referralStream, type ReferralEvent } from '../../../src/referral/referral.events.js';
import { startEventStore } from '../../support/event-store.js';
import { startMongo } from '../../support/mongo.js';
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

export const PUBLIC_URL = 'https://api.example.org';
const COUNCILS = ['lancashire', 'sefton', 'worcestershire'];

/** An event log with referrals in it, and what follows it into Kafka. */
export class World {
  /** The ids of every public fact there is, in the order of each referral. */
  readonly expected: Record<string, string[]> = {};
  private readonly heads = new Map<string, Head>();
  private referrals = 0;

  private constructor(
    readonly client: EventStoreDBClient,
    readonly vault: Db,
    readonly log: EventLog,
    readonly keys: DataKeys,
    readonly logger: Logger,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<World> {
    const [events, mongo] = await Promise.all([startEventStore(), startMongo()]);
    const mongoClient = await MongoClient.connect(mongo.url);
    const vault = mongoClient.db('vault');
    const client = EventStoreDBClient.connectionString(events.url);
    const keys = new DataKeys(vault, Buffer.alloc(32, 3));
    const stop = async () => {
      await client.dispose();
      await mongoClient.close();
      await Promise.all([events.stop(), mongo.stop()]);
    };
    return new World(client, vault, new EventLog(client, keys), keys, new Logger('silent'), stop);
  }

  /** One referral from its first click to its last response, fact by fact. */
  async referral(): Promise<void> {
    const n = (this.referrals += 1);
    const reference = `REF-${n}`;
    const stream = referralStream(derivedId('referral', n));
    const council = COUNCILS[n % 3]!;
    const life: ReferralEvent[][] = [
      [formStarted()],
      [subjectsNamed(2, isla, noah)],
      [formSubmitted({ reference })],
      [informationRequested()],
      [formSubmitted({ reference, version: 2, requestId: 'r', revision: 3 })],
      [contactStarted(4), receipt(2)],
      [responsePosted(5, [isla, noah], true)],
    ];
    for (const events of life) await this.append(stream, council, reference, events);
  }

  /** Follows the log into Kafka until the function it gives is called. */
  publish(kafka: KafkaSettings, topicsOf: PublishDeps['topicsOf'], holder = 'one'): () => Promise<void> {
    const { client, log, keys, vault, logger } = this;
    const publisher = new KafkaPublisher(kafka, logger);
    const send = publisher.send.bind(publisher);
    const publishing = { log, publicUrl: PUBLIC_URL, submissions: new RememberedSubmissions(), topicsOf, send };
    const unused = undefined as never;
    const stores = { views: vault, vault, log, keys, files: unused, ledger: unused, clock: unused, wakeMail: unused };
    const follower = allFollowers({ ...stores, publishing }).find(({ name }) => name === 'kafka')!;
    const stopping = new AbortController();
    const controls = new Controls(vault, systemClock);
    const operated = { parked: new Parked(vault), controls, watch: new ControlWatch(controls) };
    const feed = new LogFeed(client, followedKinds);
    const tools = { client, feed, log, leases: new Leases(vault, holder), logger, ...operated };
    const running = follow(follower, tools, stopping.signal);
    return async () => {
      stopping.abort();
      await publisher.stop();
      await running;
      await feed.close();
    };
  }

  private async append(stream: string, council: string, reference: string, events: ReferralEvent[]): Promise<void> {
    const head = this.heads.get(stream) ?? noHead;
    const { facts, head: next } = await this.log.append(referralKind, stream, head, events, {
      commandId: derivedId(stream, head.revision),
      commandHash: '',
      council,
      actor: { kind: 'worker', id: 'w', name: 'Wendy' },
      correlationId: 'c',
      at: new Date().toISOString(),
    });
    this.heads.set(stream, next);
    const ids = facts.filter(({ type }) => publicFacts.has(type)).map(({ id }) => id);
    (this.expected[reference] ??= []).push(...ids);
  }
}
