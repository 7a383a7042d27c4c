import {
  BACKWARDS,
  binaryEvent,
  BinaryRecordedEvent,
  END,
  EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunningEventStore, startEventStore } from '../../support/event-store.js';
import { until } from '../../support/until.js';
import { collect, connect, numbered, refusal, revisionsOf } from './client.js';

describe('a stream', () => {
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

  const backward = async (stream: string) =>
    (await collect(client.readStream(stream, { direction: BACKWARDS, fromRevision: END }))).map(({ event }) =>
      Number(event!.revision),
    );

  it('shows no event below $tb, either way', async () => {
    await client.appendToStream('truncated', numbered(5));
    await client.setStreamMetadata('truncated', { truncateBefore: 3 });
    expect(await revisionsOf(client, 'truncated')).toEqual([3, 4]);
    expect(await backward('truncated')).toEqual([4, 3]);
    await client.setStreamMetadata('truncated', { truncateBefore: 9 });
    expect(await revisionsOf(client, 'truncated')).toEqual([]);
  });

  it('shows no more than the last $maxCount events', async () => {
    await client.appendToStream('counted', numbered(5));
    await client.setStreamMetadata('counted', { maxCount: 2 });
    expect(await revisionsOf(client, 'counted')).toEqual([3, 4]);
    await client.appendToStream('counted', numbered(1));
    expect(await backward('counted')).toEqual([5, 4]);
  });

  it('shows no event older than $maxAge, but all of them in $all', async () => {
    await client.appendToStream('aged', numbered(300));
    await client.setStreamMetadata('aged', { maxAge: 1 });
    expect(await revisionsOf(client, 'aged')).toHaveLength(300);
    await until(async () => (await revisionsOf(client, 'aged')).length === 0);
    await client.appendToStream('aged', numbered(2));
    expect(await revisionsOf(client, 'aged')).toEqual([300, 301]);
    expect(await backward('aged')).toEqual([301, 300]);
    const all = await collect(client.readAll());
    expect(all.filter(({ event }) => event?.streamId === 'aged')).toHaveLength(302);
  });

  it('ignores metadata that is malformed or without sense', async () => {
    await client.appendToStream('odd', numbered(3));
    for (const data of [{ $maxCount: 'two' }, { $maxCount: 0 }, { $maxAge: -5 }, { $tb: -1 }]) {
      await client.appendToStream('$$odd', jsonEvent({ type: '$metadata', data }));
      expect(await revisionsOf(client, 'odd')).toEqual([0, 1, 2]);
    }
    await client.appendToStream('$$odd', binaryEvent({ type: '$metadata', data: Buffer.from('{"$maxCount":1}') }));
    expect(await revisionsOf(client, 'odd')).toEqual([0, 1, 2]);
  });

  it('is not there any more after a soft delete, and continues where it was when appended to', async () => {
    await client.appendToStream('reborn', numbered(3));
    await client.deleteStream('reborn', { expectedRevision: 2n });
    await expect(collect(client.readStream('reborn'))).rejects.toBeInstanceOf(StreamNotFoundError);
    const insisting = client.appendToStream('reborn', numbered(1), { expectedRevision: STREAM_EXISTS });
    expect(await refusal(insisting)).toBeInstanceOf(StreamDeletedError);

    const first = await client.appendToStream('reborn', numbered(2), { expectedRevision: NO_STREAM });
    expect(first.nextExpectedRevision).toBe(4n);
    expect(await revisionsOf(client, 'reborn')).toEqual([3, 4]);
    expect((await client.getStreamMetadata('reborn')).metadata).toEqual({ truncateBefore: 3 });

    await client.deleteStream('reborn');
    await client.appendToStream('reborn', numbered(1));
    expect(await revisionsOf(client, 'reborn')).toEqual([5]);
  });

  it('comes back empty when metadata is written to it after a soft delete', async () => {
    await client.appendToStream('revived', numbered(2));
    await client.deleteStream('revived');
    await client.setStreamMetadata('revived', { maxCount: 10, owner: 'us' });
    expect(await revisionsOf(client, 'revived')).toEqual([]);
    expect((await client.getStreamMetadata('revived')).metadata).toEqual({
      truncateBefore: 2,
      maxCount: 10,
      owner: 'us',
    });
  });

  it('can be soft-deleted only if it is there', async () => {
    const error = await refusal(client.deleteStream('never', { expectedRevision: 'any' }));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: 'never' });
    await client.appendToStream('moved', numbered(2));
    const stale = await refusal(client.deleteStream('moved', { expectedRevision: 0n }));
    expect(stale).toMatchObject({ type: 'wrong-expected-version', expectedVersion: 0n, actualVersion: 1n });
  });

  it('is gone for good once tombstoned, even if it never was', async () => {
    for (const stream of ['buried', 'unborn']) {
      if (stream === 'buried') await client.appendToStream(stream, numbered(1));
      await client.tombstoneStream(stream);
      await expect(collect(client.readStream(stream))).rejects.toMatchObject({
        type: 'stream-deleted',
        streamName: stream,
      });
      expect(await refusal(client.deleteStream(stream))).toBeInstanceOf(StreamDeletedError);
      expect(await refusal(client.setStreamMetadata(stream, {}))).toBeInstanceOf(StreamDeletedError);
    }
  });

  it('names itself in errors in whatever script', async () => {
    await client.tombstoneStream('straße-東京');
    const error = await refusal<StreamDeletedError>(client.deleteStream('straße-東京'));
    expect(decodeURIComponent(error.streamName)).toBe('straße-東京');
  });

  it('hands out the targets of its links when asked, and the bare link where the target is gone', async () => {
    await client.appendToStream('target', numbered(2));
    const link = (data: string) => binaryEvent({ type: '$>', data: Buffer.from(data) });
    await client.appendToStream('links', [link('1@target'), link('0@a@b'), link('7@target')]);

    const followed = await collect(client.readStream('links', { resolveLinkTos: true }));
    expect(
      followed.map(({ event, link }) => [event?.streamId, event && Number(event.revision), Number(link!.revision)]),
    ).toEqual([
      ['target', 1, 0],
      [undefined, undefined, 1],
      [undefined, undefined, 2],
    ]);
    await client.appendToStream('a@b', numbered(1));
    await client.deleteStream('target');
    const again = await collect(client.readStream('links', { resolveLinkTos: true }));
    expect(again.map(({ event }) => event?.streamId)).toEqual([undefined, 'a@b', undefined]);
  });

  it('keeps data and metadata to the byte, with the time they came', async () => {
    const data = Uint8Array.from({ length: 256 }, (_, index) => index);
    const before = Date.now();
    await client.appendToStream('bytes', binaryEvent({ type: 'Bytes', data, metadata: Uint8Array.of(0, 255) }));
    const [resolved] = await collect(client.readStream('bytes'));
    const event = resolved!.event as BinaryRecordedEvent;
    expect(Buffer.from(event.data)).toEqual(Buffer.from(data));
    expect(Buffer.from(event.metadata as Uint8Array)).toEqual(Buffer.from([0, 255]));
    expect(event.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(event.created.getTime()).toBeLessThanOrEqual(Date.now());
  });
});

describe('$all', () => {
  it('is read forward from a position on and backward up to it, and only from positions it has', async () => {
    const store = await startEventStore();
    const client = connect(store);
    await client.appendToStream('a', numbered(3));
    const all = await collect(client.readAll());
    expect(all.length).toBeGreaterThan(3); // a system event is there from the start
    const middle = all.at(-2)!.event!.position;
    const revisions = async (options: Parameters<EventStoreDBClient['readAll']>[0]) =>
      (await collect(client.readAll(options))).map(({ event }) => Number(event!.revision));
    expect(await revisions({ fromPosition: middle })).toEqual([1, 2]);
    expect(await revisions({ fromPosition: middle, direction: BACKWARDS, maxCount: 1 })).toEqual([0]);
    expect(await revisions({ fromPosition: END, direction: BACKWARDS, maxCount: 2 })).toEqual([2, 1]);
    expect(await revisions({ fromPosition: START, maxCount: 1 })).toEqual([0]);

    const nowhere = { commit: middle.commit + 1n, prepare: middle.prepare + 1n };
    const error = await refusal(collect(client.readAll({ fromPosition: nowhere })));
    expect(error.message).toContain('Trying to read from an invalid position.');
    await client.dispose();
    await store.stop();
  });
});
