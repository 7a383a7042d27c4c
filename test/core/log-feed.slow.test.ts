import { setTimeout as sleep } from 'node:timers/promises';
import { BACKWARDS, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LogFeed } from '../../src/core/log-feed.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';

let store: RunningEventStore;
let client: EventStoreDBClient;
let feed: LogFeed;
let nth = 0;
let stopping: AbortController;

beforeAll(async () => {
  store = await startEventStore();
  client = EventStoreDBClient.connectionString(store.url);
});
beforeEach(() => {
  nth += 1;
  feed = new LogFeed(client, [`thing${nth}`]);
  stopping = new AbortController();
});
afterEach(() => feed.close());
afterAll(async () => {
  await client.dispose();
  await store.stop();
});

const happened = (count = 1) => Array.from({ length: count }, (_, n) => jsonEvent({ type: 'Happened', data: { n } }));

/** Appends things that are followed; gives the position of the last. */
async function append(count = 1, stream = 'a'): Promise<bigint> {
  return (await client.appendToStream(`thing${nth}-${stream}`, happened(count))).position!.commit;
}

/** What somebody who follows from a position on is given, up to another. */
async function follow(from: bigint, to: bigint, given: LogFeed = feed): Promise<string[]> {
  const seen: string[] = [];
  for (let at = from; at < to;) {
    const { records, through } = await given.after(at, stopping.signal);
    expect(through).toBeGreaterThanOrEqual(at);
    seen.push(...records.map(({ streamId, revision }) => `${streamId.split('-')[1]}${revision}`));
    at = through;
  }
  return seen;
}

/** The client, and how often it was asked for a subscription and for a page. */
function counting() {
  const calls = { subscribeToAll: 0, pages: 0 };
  // Nothing else of the client is called by a feed.
  const counted = {
    subscribeToAll: (...given: Parameters<EventStoreDBClient['subscribeToAll']>) => {
      calls.subscribeToAll += 1;
      return client.subscribeToAll(...given);
    },
    readAll: (...given: Parameters<EventStoreDBClient['readAll']>) => {
      // Backwards, it is the watchdog that looks for what is newest, every so many seconds.
      if (given[0]?.direction !== BACKWARDS) calls.pages += 1;
      return client.readAll(...given);
    },
  } as unknown as EventStoreDBClient;
  return { counted, calls };
}

const numbered = (count: number, stream = 'a') => Array.from({ length: count }, (_, n) => `${stream}${n}`);

describe('The log, read once for all', () => {
  test('gives everybody everything behind their own position, once, in order', async () => {
    await append(3);
    await client.appendToStream(`other${nth}-x`, happened(5));
    const middle = await append(2, 'b');
    const end = await append(2, 'c');
    const all = [...numbered(3), ...numbered(2, 'b'), ...numbered(2, 'c')];
    expect(await Promise.all([follow(0n, end), follow(middle, end), follow(0n, end)])).toEqual([
      all,
      numbered(2, 'c'),
      all,
    ]);
  });

  test('goes on with what happens while somebody waits for it', async () => {
    const before = await append();
    expect(await follow(0n, before)).toEqual(['a0']);
    const waiting = feed.after(before, stopping.signal);
    await append(1, 'b');
    const { records } = await waiting;
    expect(records.map(({ streamId }) => streamId)).toEqual([`thing${nth}-b`]);
  });

  test('has one subscription however many follow, and reads what they catch up with once', async () => {
    const { counted, calls } = counting();
    const shared = new LogFeed(counted, [`thing${nth}`]);
    const end = await append(1_500);
    await follow(0n, end, shared);
    const alone = calls.pages;
    await Promise.all([1, 2, 3, 4].map(() => follow(end - 1n, end, shared)));
    await Promise.all([1, 2, 3, 4].map(() => follow(0n, end, shared)));
    expect(calls.subscribeToAll).toBe(1);
    // Kept from the first time: what is behind them is read again by nobody.
    expect(calls.pages).toBe(alone);
    await shared.close();
  });

  test('who is ahead waits for who is slower, so that every page is read once', async () => {
    const { counted, calls } = counting();
    const shared = new LogFeed(counted, [`thing${nth}`]);
    const stops = [new AbortController(), new AbortController()];
    let end = 0n;
    for (let n = 0; n < 30; n += 1) end = await append(1_000, `s${n}`);
    const follower = async ({ signal }: AbortController, pause: number) => {
      let [given, pages] = [0, 0];
      for (let at = 0n; at < end; await sleep(pause)) {
        const { records, through } = await shared.after(at, signal);
        given += records.length;
        pages += 1;
        at = through;
      }
      return { given, pages };
    };
    const [fast, slow] = await Promise.all([follower(stops[0]!, 0), follower(stops[1]!, 150)]);
    expect([fast.given, slow.given]).toEqual([30_000, 30_000]);
    expect(calls.pages).toBeLessThanOrEqual(slow.pages);
    await shared.close();
  });

  test('keeps so many of the newest, and reads the rest again for who falls behind', async () => {
    const before = await append();
    await follow(0n, before);
    let end = 0n;
    for (let n = 0; n < 10; n += 1) end = await append(1_000, `s${n}`);
    const ahead = await follow(before, end);
    expect(ahead).toHaveLength(10_000);
    expect(await follow(before, end)).toEqual(ahead);
  });

  test('answers with nothing after so long, or when told to stop', async () => {
    const at = await append();
    await follow(0n, at);
    const nothing = { records: [], through: at, more: false };
    expect(await feed.after(at, stopping.signal, 20)).toEqual(nothing);
    const waiting = feed.after(at, stopping.signal);
    stopping.abort();
    expect(await waiting).toEqual(nothing);
  });

  test('tells everybody when it is cut off, and goes on without a gap when it is asked again', async () => {
    const port = store.port;
    const before = await append();
    await follow(0n, before);
    const waiting = Promise.allSettled([feed.after(before, stopping.signal), feed.after(before, stopping.signal)]);
    const { dataDir } = store;
    await store.kill();
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    store = await startEventStore({ dataDir, port });
    let end: bigint | undefined;
    while (end === undefined) end = await append(2, 'b').catch(() => undefined);
    let seen: string[] | undefined;
    while (seen === undefined) seen = await follow(before, end).catch(() => undefined);
    expect(seen.slice(-2)).toEqual(['b0', 'b1']);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
