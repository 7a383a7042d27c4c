import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { MongoClient, type Db } from 'mongodb';
import { Controls, ControlWatch } from '../../projections/controls.js';
import { follow, type Follower, type FollowerTools } from '../../projections/follow.js';
import { allFollowers, createViewIndexes, followedKinds, type FollowerStores } from '../../projections/followers.js';
import { followerLags } from '../../projections/lag.js';
import { Leases } from '../../projections/lease.js';
import { MailLedger } from '../../projections/mail/ledger.js';
import { Parked } from '../../projections/parked.js';
import { systemClock } from '../../src/core/clock.js';
import type { Recorded } from '../../src/core/decider.js';
import { EventLog, noHead, type Head } from '../../src/core/event-log.js';
import { derivedId } from '../../src/core/ids.js';
import { DataKeys } from '../../src/core/keys.js';
import { LogFeed } from '../../src/core/log-feed.js';
import { Logger } from '../../src/core/logger.js';
import type { MasterKeys } from '../../src/core/master-keys.js';
import { referralKind, referralStream, type ReferralEvent } from '../../src/referral/referral.events.js';

/** What an incarnation of the followers is given beside its stores. */
export interface Incarnation {
  holder?: string;
  /** Which followers run; all that need no brokers unless told otherwise. */
  names?: readonly string[];
  /** What stands in a follower's place: it is handed the real one. */
  instead?: (follower: Follower) => Follower;
  publishing?: FollowerStores['publishing'];
  /** Another way to MongoDB. */
  mongoUrl?: string;
}

export interface Running {
  tools: FollowerTools;
  followers: Follower[];
  mongo: MongoClient;
  /** True once they were left to themselves. */
  gone: boolean;
  /** Stops them in good order. */
  stop(): Promise<void>;
  /** Leaves them to themselves, as a crash does: nothing they still do reaches a store if its way is cut. */
  abandon(): void;
}

/** An event store and a MongoDB with referrals in them, and any number of processes' followers on both. */
export class FollowingWorld {
  readonly said: string[] = [];
  /** What was logged, with the errors: how often. */
  readonly troubles = new Map<string, number>();
  readonly logger = Object.assign(new Logger('silent'), {
    error: (message: string, { error, follower }: { error?: unknown; follower?: string } = {}) => {
      this.said.push(message);
      const trouble = `${follower ?? ''}: ${message}: ${String(error)}`;
      this.troubles.set(trouble, (this.troubles.get(trouble) ?? 0) + 1);
    },
  });
  readonly controls: Controls;
  readonly parked: Parked;
  readonly keys: DataKeys;
  readonly log: EventLog;
  readonly client: EventStoreDBClient;
  private readonly heads = new Map<string, Head>();
  private readonly running = new Set<Running>();

  private constructor(
    private readonly eventsUrl: string,
    readonly mongoUrl: string,
    readonly mongo: MongoClient,
    private readonly master: MasterKeys | Buffer,
  ) {
    this.client = EventStoreDBClient.connectionString(eventsUrl);
    this.controls = new Controls(this.vault, systemClock);
    this.parked = new Parked(this.vault);
    this.keys = new DataKeys(this.vault, master);
    this.log = new EventLog(this.client, this.keys);
  }

  /** A world in databases of its own; stores may be shared with others, logs not. */
  static async open(eventsUrl: string, mongoUrl: string, master: MasterKeys | Buffer = MASTER) {
    const world = new FollowingWorld(eventsUrl, mongoUrl, await MongoClient.connect(mongoUrl), master);
    await Promise.all([createViewIndexes(world.views), world.parked.createIndexes()]);
    await new MailLedger(world.vault, systemClock).createIndexes();
    return world;
  }

  get views(): Db {
    return this.mongo.db('views');
  }

  get vault(): Db {
    return this.mongo.db('vault');
  }

  /** Appends to a referral; gives its stream. */
  async append(referral: number, ...events: ReferralEvent[]): Promise<string> {
    return (await this.record(referral, ...events))[0]!.stream;
  }

  /** Appends to a referral; gives the facts. */
  async record(referral: number, ...events: ReferralEvent[]): Promise<Recorded<ReferralEvent>[]> {
    const stream = referralStream(derivedId('following', referral));
    const head = this.heads.get(stream) ?? noHead;
    const { facts, head: next } = await this.log.append(referralKind, stream, head, events, {
      commandId: derivedId(stream, head.revision),
      commandHash: '',
      council: 'lancashire',
      actor: { kind: 'worker', id: 'w', name: 'Wendy' },
      correlationId: 'c',
      at: new Date().toISOString(),
    });
    this.heads.set(stream, next);
    return facts;
  }

  /** Puts a record into a referral's stream that nobody could have appended: what a damaged or foreign one looks like. */
  async forge(stream: string, type: string, data: Record<string, unknown>): Promise<void> {
    const metadata = { council: 'lancashire', actor: { kind: 'worker', id: 'w' }, at: new Date().toISOString() };
    await this.client.appendToStream(stream, jsonEvent({ type, data, metadata }));
    const head = this.heads.get(stream)!;
    this.heads.set(stream, { ...head, revision: head.revision + 1 });
  }

  /** Another process's followers, or this one's started anew. */
  async start(given: Incarnation = {}): Promise<Running> {
    const mongo = given.mongoUrl ? new MongoClient(given.mongoUrl, { serverSelectionTimeoutMS: 2_000 }) : this.mongo;
    const [views, vault] = [mongo.db('views'), mongo.db('vault')];
    const client = given.mongoUrl ? EventStoreDBClient.connectionString(this.eventsUrl) : this.client;
    const keys = new DataKeys(vault, this.master);
    const log = new EventLog(client, keys);
    const controls = new Controls(vault, systemClock);
    const watch = new ControlWatch(controls);
    const leases = new Leases(vault, given.holder ?? 'one');
    const feed = new LogFeed(client, followedKinds);
    const tools = { client, feed, log, leases, logger: this.logger, parked: new Parked(vault), controls, watch };
    const followers = this.followersOn(views, vault, keys, log, given.publishing)
      .filter(({ name }) => given.names?.includes(name) ?? true)
      .map((follower) => given.instead?.(follower) ?? follower);
    const stopping = new AbortController();
    // Each follower listens to it, and there are more than the ten that Node takes for a leak.
    setMaxListeners(0, stopping.signal);
    const ended = [
      watch.run(stopping.signal),
      ...followers.map((follower) => follow(follower, tools, stopping.signal)),
    ];
    const close = async () => {
      await feed.close();
      if (mongo === this.mongo) return;
      await Promise.all([mongo.close(true), client.dispose()]);
    };
    const one: Running = {
      tools,
      followers,
      mongo,
      gone: false,
      async stop() {
        stopping.abort();
        await Promise.all(ended);
        await close();
      },
      abandon: () => {
        this.running.delete(one);
        one.gone = true;
        stopping.abort();
        void Promise.all(ended).then(close, close);
      },
    };
    this.running.add(one);
    return one;
  }

  private followersOn(views: Db, vault: Db, keys: DataKeys, log: EventLog, publishing: FollowerStores['publishing']) {
    const files = { deleteAll: async () => undefined } as unknown as FollowerStores['files'];
    const ledger = new MailLedger(vault, systemClock);
    const clock = systemClock;
    return allFollowers({ views, vault, log, keys, files, ledger, clock, wakeMail: () => undefined, publishing });
  }

  /** Resolves once these followers have handled all there is; throws after `patience` milliseconds. */
  async caughtUp(running: Running, patience = 30_000): Promise<void> {
    const names = new Set(running.followers.map(({ name }) => name));
    // By a way of its own: the followers' may be cut off.
    const known = this.followersOn(this.views, this.vault, this.keys, this.log, {} as never);
    const followers = known.filter(({ name }) => names.has(name));
    for (const end = Date.now() + patience; ;) {
      const lags = await followerLags(this.client, followers, new Date(), LOOKED_AT);
      if (lags.every(({ events, more }) => events === 0 && !more)) return;
      if (running.gone) throw new Error('They were left to themselves.');
      if (Date.now() > end) {
        const troubles = [...this.troubles].slice(-10).map(([trouble, count]) => `${count} × ${trouble}`);
        const behind = lags.map(({ follower, events }) => `${follower} by ${events}`).join(', ');
        throw new Error(`Not caught up after ${patience} ms: ${behind}\n${troubles.join('\n')}`);
      }
      // Far behind, they are left to work: looking costs them time.
      const furthest = Math.max(...lags.map(({ events, more }) => (more ? Infinity : events)));
      await sleep(Math.min(10 + furthest, 1_000));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.running].map((one) => one.stop().catch(() => undefined)));
    await Promise.all([this.mongo.close(), this.client.dispose()]);
  }
}

const MASTER = Buffer.alloc(32, 3);
/** Of the log, behind the follower that is furthest behind. */
const LOOKED_AT = 1_000;
