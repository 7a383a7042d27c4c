import { PassThrough } from 'node:stream';
import { BACKWARDS, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { Checkpoints } from '../../projections/checkpoints.js';
import { Controls, ControlWatch } from '../../projections/controls.js';
import { follow, type Follower } from '../../projections/follow.js';
import { Leases } from '../../projections/lease.js';
import { Parked } from '../../projections/parked.js';
import { systemClock } from '../../src/core/clock.js';
import type { DomainEvent, Recorded, StreamKind } from '../../src/core/decider.js';
import { EventLog } from '../../src/core/event-log.js';
import { LogFeed } from '../../src/core/log-feed.js';
import { DataKeys } from '../../src/core/keys.js';
import { Logger } from '../../src/core/logger.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/until.js';

const kind: StreamKind<DomainEvent> = { category: 'thing', clear: {} };

let store: RunningEventStore;
let mongo: StartedMongo;
let client: EventStoreDBClient;
let connection: MongoClient;
let nth = 0;
const feeds: LogFeed[] = [];
/** What follows the log of things, over a client; closed when all is done. */
const feedOver = (over: EventStoreDBClient) => {
  const feed = new LogFeed(over, ['thing']);
  feeds.push(feed);
  return feed;
};

beforeAll(async () => {
  [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  client = EventStoreDBClient.connectionString(store.url);
  connection = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
  await client.dispose();
  await connection.close();
  await Promise.all([store.stop(), mongo.stop()]);
});

/** A follower that notes what it is given, in a world of its own. */
function world() {
  const database = connection.db(`follow-${nth}`);
  const checkpoints = new Checkpoints(database);
  const given: Recorded<DomainEvent>[] = [];
  const said: string[] = [];
  const logger = Object.assign(new Logger('silent'), { error: (message: string) => void said.push(message) });
  const log = new EventLog(client, new DataKeys(database, Buffer.alloc(32)));
  const controls = new Controls(database, systemClock);
  const own = { parked: new Parked(database), controls, watch: new ControlWatch(controls) };
  const feed = feedOver(client);
  const tools = { client, feed, log, leases: new Leases(database, 'test'), logger, ...own };
  const follower: Follower = {
    name: 'noting',
    kinds: [kind],
    checkpoints,
    handle: async (facts) => void given.push(...facts),
  };
  return { checkpoints, given, said, tools, follower };
}

async function append(type: string): Promise<bigint> {
  const event = jsonEvent({ type, data: {}, metadata: { actor: { kind: 'system', id: 'test' } } });
  return (await client.appendToStream(`thing-${nth}`, event)).position!.commit;
}

beforeEach(() => {
  nth += 1;
});

describe('A subscription that falls silent while the connection is well', () => {
  test('is noticed, and resumed from the checkpoint', async () => {
    const { given, said, tools, follower } = world();
    let subscriptions = 0;
    const deaf = {
      readAll: client.readAll.bind(client),
      subscribeToAll: (...args: Parameters<EventStoreDBClient['subscribeToAll']>) => {
        subscriptions += 1;
        if (subscriptions > 1) return client.subscribeToAll(...args);
        return Object.assign(new PassThrough({ objectMode: true }), { unsubscribe: async () => undefined });
      },
    } as unknown as EventStoreDBClient;
    const stopping = new AbortController();
    const feed = feedOver(deaf);
    const running = follow(follower, { ...tools, feed }, stopping.signal);
    await until(() => subscriptions === 1);
    await append('Happened');
    await until(() => given.some(({ stream }) => stream === `thing-${nth}`));
    expect(subscriptions).toBe(2);
    expect(said).toEqual(['follower stopped, will resume']);
    stopping.abort();
    await running;
  });

  test('is left alone where there is nothing for it', async () => {
    const { given, said, tools, follower } = world();
    const last = await append('Happened');
    await follower.checkpoints.write('noting', last);
    let looks = 0;
    const counting = {
      readAll: (...args: Parameters<EventStoreDBClient['readAll']>) => {
        // Only the watchdog reads backwards.
        if (args[0]?.direction === BACKWARDS) looks += 1;
        return client.readAll(...args);
      },
      subscribeToAll: client.subscribeToAll.bind(client),
    } as unknown as EventStoreDBClient;
    const stopping = new AbortController();
    const running = follow(follower, { ...tools, feed: feedOver(counting) }, stopping.signal);
    for (let other = 0; other < 200; other += 1) {
      await client.appendToStream(`other-${nth}`, jsonEvent({ type: 'Other', data: {} }));
    }
    // The second look is the first that could take it for silent.
    await until(() => looks >= 3);
    expect(said).toEqual([]);
    expect(given).toEqual([]);
    stopping.abort();
    await running;
  });
});

describe('A checkpoint that the log does not hold', () => {
  test.each([
    ['lies beyond its end', (last: bigint) => last + 1_000_000n],
    ['is a place where no event begins', (last: bigint) => last - 1n],
  ])('because it %s: a read model is built again from the first fact, and says so', async (_name, moved) => {
    const { checkpoints, given, said, tools, follower } = world();
    const last = await append('Happened');
    await checkpoints.write('noting', moved(last));
    let resets = 0;
    const stopping = new AbortController();
    const running = follow({ ...follower, reset: async () => void (resets += 1) }, tools, stopping.signal);
    await until(() => given.some(({ stream }) => stream === `thing-${nth}`));
    expect(resets).toBe(1);
    expect(said).toEqual(['the log does not hold the checkpoint, read model is built again from the first fact']);
    stopping.abort();
    await running;
    expect(await checkpoints.read('noting')).toBe(last);
  });

  test('stops a follower whose effects cannot be undone, and says so', async () => {
    const { checkpoints, given, said, tools, follower } = world();
    await checkpoints.write('noting', (await append('Happened')) + 1_000_000n);
    await follow(follower, tools, new AbortController().signal);
    expect(said).toEqual([
      'the log does not hold the checkpoint, follower STOPPED: set its checkpoint, then start again',
    ]);
    expect(given).toEqual([]);
  });
});

describe('A follower that loses its lease', () => {
  /** Another process finds the lease run out, and takes it: the holder hears of it when it asks for it the next time. */
  async function takenOver({ leases }: { leases: Leases }): Promise<Leases> {
    const database = connection.db(`follow-${nth}`);
    await database.collection('leases').updateMany({}, { $set: { expiresAt: new Date(0) } });
    const next = new Leases(database, 'next');
    expect(await next.hold('noting')).toBe(true);
    expect(await leases.hold('noting')).toBe(false);
    return next;
  }

  test('while it handles a batch leaves the checkpoint alone: the next holder is given the batch again', async () => {
    const { checkpoints, given, said, tools, follower } = world();
    await append('Happened');
    let next: Leases | undefined;
    const handle = async (facts: Recorded<DomainEvent>[]) => {
      given.push(...facts);
      next ??= await takenOver(tools);
    };
    const stopping = new AbortController();
    const running = follow({ ...follower, handle }, tools, stopping.signal);
    await until(() => said.length > 0);
    expect(await checkpoints.read('noting')).toBe(0n);
    await next!.release('noting');
    await until(() => given.filter(({ stream }) => stream === `thing-${nth}`).length === 2);
    stopping.abort();
    await running;
  });

  test('carries out nothing more that an operator asked of it', async () => {
    const { checkpoints, given, said, tools, follower } = world();
    const stream = `thing-${nth}`;
    const { parked, controls, watch } = tools;
    await checkpoints.write('noting', await append('Happened'));
    const event = { follower: 'noting', stream, revision: 0, position: '0', type: 'Happened', error: 'Error' };
    await parked.park([{ ...event, attempts: 3, parkedAt: new Date() }]);
    await controls.askReplay('noting', null);
    await watch.look();
    let looked = 0;
    const blockedFrom = async (name: string) => {
      // The first look is the start's, the second the replay's.
      if ((looked += 1) === 2) await takenOver(tools);
      return Parked.prototype.blockedFrom.call(parked, name);
    };
    const stopping = new AbortController();
    const losing = { ...tools, parked: Object.create(parked, { blockedFrom: { value: blockedFrom } }) as Parked };
    const running = follow(follower, losing, stopping.signal);
    await until(() => said.length > 0 || given.length > 0);
    expect(said).toEqual(['a replay was interrupted, will go on']);
    expect(given).toEqual([]);
    expect(await parked.ofStream('noting', stream)).toHaveLength(1);
    stopping.abort();
    await running;
  });
});
