import {
  DeadlineExceededError,
  EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunningEventStore, startEventStore } from '../../support/event-store.js';
import { collect, connect, numbered, refusal, revisionsOf } from './client.js';

/** The client appends in two ways; credentials of its own make a call take the older one. */
const WAYS: [string, { credentials?: { username: string; password: string } }][] = [
  ['BatchAppend', {}],
  ['Append', { credentials: { username: 'any', password: 'any' } }],
];

describe.each(WAYS)('an append by %s', (_way, options) => {
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

  it('has exactly one winner among many that expect the same revision', async () => {
    await client.appendToStream('raced', numbered(1), options);
    const attempts = await Promise.allSettled(
      Array.from({ length: 40 }, () =>
        client.appendToStream('raced', numbered(1), { ...options, expectedRevision: 0n }),
      ),
    );
    const losers = attempts.filter((attempt) => attempt.status === 'rejected');
    expect(losers).toHaveLength(39);
    for (const { reason } of losers) {
      expect(reason).toBeInstanceOf(WrongExpectedVersionError);
      expect(reason).toMatchObject({ streamName: 'raced', expectedVersion: 0n, actualVersion: 1n });
    }
    expect(await revisionsOf(client, 'raced')).toEqual([0, 1]);
  });

  it('has exactly one winner among many that create the same stream', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 40 }, () =>
        client.appendToStream('created', numbered(1), { ...options, expectedRevision: NO_STREAM }),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('answers a repetition with what the first one got, and writes nothing', async () => {
    const events = numbered(3);
    const first = await client.appendToStream('repeated', events, { ...options, expectedRevision: NO_STREAM });
    for (const expectedRevision of [NO_STREAM, 'any', STREAM_EXISTS] as const) {
      expect(await client.appendToStream('repeated', events, { ...options, expectedRevision })).toEqual(first);
    }
    expect(await revisionsOf(client, 'repeated')).toEqual([0, 1, 2]);
  });

  it('refuses a repetition that is not the same', async () => {
    const events = numbered(2);
    await client.appendToStream('altered', events, { ...options, expectedRevision: NO_STREAM });
    const altered = client.appendToStream('altered', [events[0]!, ...numbered(1)], {
      ...options,
      expectedRevision: NO_STREAM,
    });
    expect(await refusal(altered)).toBeInstanceOf(WrongExpectedVersionError);
  });

  it('says what it found where the stream is not there', async () => {
    const missing = client.appendToStream('absent', numbered(1), { ...options, expectedRevision: STREAM_EXISTS });
    expect(await refusal(missing)).toMatchObject({
      type: 'wrong-expected-version',
      expectedVersion: STREAM_EXISTS,
      actualVersion: NO_STREAM,
    });
    const ahead = client.appendToStream('absent', numbered(1), { ...options, expectedRevision: 7n });
    expect(await refusal(ahead)).toMatchObject({ expectedVersion: 7n, actualVersion: NO_STREAM });
  });

  it('is refused on a tombstoned stream, whatever it expects', async () => {
    await client.appendToStream('ended', numbered(1), options);
    await client.tombstoneStream('ended');
    for (const expectedRevision of ['any', NO_STREAM, STREAM_EXISTS, 0n] as const) {
      const error = await refusal(client.appendToStream('ended', numbered(1), { ...options, expectedRevision }));
      expect(error).toBeInstanceOf(StreamDeletedError);
      expect(error).toMatchObject({ streamName: 'ended' });
    }
  });

  it('may hold a mebibyte of data, and no more', async () => {
    const ofSize = (bytes: number) => jsonEvent({ type: 'Sized', data: 'x'.repeat(bytes - 2) }); // and two quotes
    await client.appendToStream('sized', ofSize(1_048_576), options);
    const error = await refusal(client.appendToStream('sized', ofSize(1_048_577), options));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error).toMatchObject({ maxAppendSize: 1_048_576 });
    expect(await revisionsOf(client, 'sized')).toEqual([0]);
  });

  it('whose time is over is refused and not written', async () => {
    const late = client.appendToStream('late', numbered(1), { ...options, deadline: -1_000 });
    expect(await refusal(late)).toBeInstanceOf(DeadlineExceededError);
    await client.appendToStream('late', numbered(1), { ...options, expectedRevision: NO_STREAM });
  });

  it('answers each of many in one go for itself, the good and the bad', async () => {
    const appends = Array.from({ length: 30 }, (_, index) =>
      client.appendToStream(`mixed-${index}`, numbered(1), {
        ...options,
        expectedRevision: index % 3 === 0 ? 5n : NO_STREAM,
      }),
    );
    const outcomes = (await Promise.allSettled(appends)).map(({ status }) => status);
    expect(outcomes).toEqual(outcomes.map((_, index) => (index % 3 === 0 ? 'rejected' : 'fulfilled')));
  });

  it('writes all of its events next to each other or none', async () => {
    const streams = ['left', 'right'];
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => client.appendToStream(streams[index % 2]!, numbered(5), options)),
    );
    const all = await collect(client.readAll());
    const order = all.map(({ event }) => event!.streamId).filter((stream) => streams.includes(stream));
    for (let index = 0; index < order.length; index += 5) expect(new Set(order.slice(index, index + 5)).size).toBe(1);
    expect(order).toHaveLength(150);
  });
});

it('an append needs a type for each event', async () => {
  const store = await startEventStore();
  const client = connect(store);
  const [, older] = WAYS[1]!;
  const error = await refusal(client.appendToStream('typeless', jsonEvent({ type: '', data: {} }), older));
  expect(error).toMatchObject({
    type: 'missing-required-metadata-property',
    requiredMetadataProperties: ['type', 'content-type'],
  });
  await client.dispose();
  await store.stop();
});

describe('appends over one BatchAppend call', () => {
  it('come in chunks, and a chunked one that is too large is answered once', async () => {
    const store = await startEventStore();
    const client = connect(store);
    const many = numbered(2_000);
    await client.appendToStream('chunked', many, { batchAppendSize: 4_096 });
    expect(await revisionsOf(client, 'chunked')).toHaveLength(2_000);

    const padded = Array.from({ length: 40 }, () => jsonEvent({ type: 'Padded', data: 'x'.repeat(50_000) }));
    const tooLarge = client.appendToStream('too-large', padded, { batchAppendSize: 60_000 });
    expect(await refusal(tooLarge)).toBeInstanceOf(MaxAppendSizeExceededError);
    const next = await client.appendToStream('too-large', numbered(1), { expectedRevision: NO_STREAM });
    expect(next.nextExpectedRevision).toBe(0n);
    await client.dispose();
    await store.stop();
  });
});
