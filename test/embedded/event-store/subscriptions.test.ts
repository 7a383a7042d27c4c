import {
  EventStoreDBClient,
  eventTypeFilter,
  jsonEvent,
  Position,
  START,
  StreamDeletedError,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunningEventStore, startEventStore } from '../../support/event-store.js';
import { until } from '../../support/until.js';
import { collect, connect, numbered, refusal, take } from './client.js';

describe('a subscription', () => {
  let store: RunningEventStore;
  let client: EventStoreDBClient;

  beforeAll(async () => {
    store = await startEventStore();
    client = connect(store);
  });

  afterAll(async () => {
    await client.dispose();
    await store.stop();
  });

  it('gets every event once and in order while many are being written', async () => {
    const prefix = 'busy-';
    const write = async (from: number) => {
      for (let index = from; index < from + 50; index++) await client.appendToStream(`${prefix}${from}`, numbered(2));
    };
    const before = Promise.all([0, 100].map(write));
    const subscription = client.subscribeToAll({ filter: streamNameFilter({ prefixes: [prefix] }) });
    const after = Promise.all([200, 300].map(write));
    const events = await take(subscription, 400);
    await Promise.all([before, after]);

    const positions = events.map(({ event }) => event!.position.commit);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
    for (const from of [0, 100, 200, 300]) {
      const ofStream = events.filter(({ event }) => event!.streamId === `${prefix}${from}`);
      expect(ofStream.map(({ event }) => Number(event!.revision))).toEqual(Array.from({ length: 100 }, (_, i) => i));
    }
  });

  it('starts after the revision it names, waits for a stream that is not there, and after the end where asked', async () => {
    await client.appendToStream('numbers', numbered(4));
    const fromOne = await take(client.subscribeToStream('numbers', { fromRevision: 1n }), 2);
    expect(fromOne.map(({ event }) => event!.revision)).toEqual([2n, 3n]);

    const early = client.subscribeToStream('not-yet', { fromRevision: START });
    const late = client.subscribeToStream('numbers', { fromRevision: 'end' });
    await Promise.all(
      [early, late].map((subscription) => new Promise((resolve) => subscription.once('caughtUp', resolve))),
    );
    await client.appendToStream('not-yet', numbered(1));
    await client.appendToStream('numbers', numbered(1));
    expect((await take(early, 1))[0]!.event!.revision).toBe(0n);
    expect((await take(late, 1))[0]!.event!.revision).toBe(4n);
  });

  it('that does not keep up goes back to the disk, misses nothing, and catches up again', async () => {
    const count = 6_000;
    const subscription = client.subscribeToStream('flood', { fromRevision: START }, { highWaterMark: 1 });
    let caughtUps = 0;
    subscription.on('caughtUp', () => (caughtUps += 1));
    const events = subscription[Symbol.asyncIterator]();
    await client.appendToStream('flood', numbered(1));
    await events.next(); // from here on nobody takes anything
    await until(() => caughtUps === 1);
    const padding = 'x'.repeat(2_000);
    for (let written = 1; written < count; written += 300) {
      await client.appendToStream(
        'flood',
        Array.from({ length: 300 }, () => jsonEvent({ type: 'Flood', data: padding })),
      );
    }
    const revisions: bigint[] = [];
    while (revisions.length < count) {
      const next = await events.next();
      revisions.push((next.value as { event: { revision: bigint } }).event.revision);
    }
    expect(revisions).toEqual(Array.from({ length: count }, (_, index) => BigInt(index + 1)));
    await until(() => caughtUps >= 2);
    await subscription.unsubscribe();
  });

  it('with a filter gets checkpoints for what it considered, never backward, and can go on from each', async () => {
    const checkpoints: Position[] = [];
    const filter = eventTypeFilter({
      prefixes: ['Wanted'],
      checkpointInterval: 1,
      maxSearchWindow: 10,
      checkpointReached: async (_subscription, position) => void checkpoints.push(position),
    });
    await client.appendToStream('mixed', [...numbered(95, 'Other'), ...numbered(1, 'Wanted')]);
    const subscription = client.subscribeToAll({ fromPosition: 'end', filter });
    const received: bigint[] = [];
    subscription.on('data', ({ event }) => received.push(event!.revision));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    expect(checkpoints).toHaveLength(1); // the one at the end of catching up

    await client.appendToStream('mixed', [...numbered(35, 'Other'), ...numbered(5, 'Wanted')]);
    await until(() => checkpoints.length === 5 && received.length === 5);
    const commits = checkpoints.map(({ commit }) => commit);
    expect(commits).toEqual([...commits].sort((a, b) => (a < b ? -1 : 1)));
    expect(received).toEqual([131n, 132n, 133n, 134n, 135n]);
    await subscription.unsubscribe();

    const resumed = client.subscribeToAll({
      fromPosition: checkpoints[3]!,
      filter: eventTypeFilter({ prefixes: ['Wanted'] }),
    });
    expect((await take(resumed, 5)).map(({ event }) => event!.revision)).toEqual(received);
  });

  it('takes a regular expression as a filter, and says so where it is none', async () => {
    await client.appendToStream('regex-1', numbered(1, 'Alpha'));
    await client.appendToStream('regex-2', numbered(1, 'Beta'));
    const events = await take(client.subscribeToAll({ filter: streamNameFilter({ regex: '^regex-[12]$' }) }), 2);
    expect(events.map(({ event }) => event!.type)).toEqual(['Alpha', 'Beta']);
    const broken = refusal(collect(client.subscribeToAll({ filter: streamNameFilter({ regex: '(' }) })));
    expect((await broken).message).toContain('is not a regular expression');
  });

  it('ends with the tombstone of its stream', async () => {
    await client.appendToStream('mortal', numbered(1));
    const subscription = client.subscribeToStream('mortal');
    const types: string[] = [];
    subscription.on('data', ({ event }) => types.push(event!.type));
    const ended = new Promise((resolve) => subscription.once('error', resolve));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await client.tombstoneStream('mortal');
    expect(await ended).toBeInstanceOf(StreamDeletedError);
    expect(types).toEqual(['Numbered', '$streamDeleted']);
    expect(await refusal(collect(client.subscribeToStream('mortal')))).toBeInstanceOf(StreamDeletedError);
  });
});
