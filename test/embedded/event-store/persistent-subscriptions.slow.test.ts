import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DISPATCH_TO_SINGLE,
  EventStoreDBClient,
  PARK,
  PersistentSubscriptionToStream,
  persistentSubscriptionToAllSettingsFromDefaults,
  PersistentSubscriptionToStreamSettings,
  persistentSubscriptionToStreamSettingsFromDefaults,
  RETRY,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RunningEventStore, startEventStore } from '../../support/event-store.js';
import { until } from '../../support/until.js';
import { collect, connect, numbered, refusal } from './client.js';

describe('a persistent subscription', () => {
  let dataDir: string;
  let store: RunningEventStore;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'event-store-groups-'));
    store = await startEventStore({ dataDir });
    client = connect(store);
  });

  afterEach(async () => {
    await client.dispose();
    await store.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const restart = async () => {
    await client.dispose();
    await store.kill('SIGKILL');
    store = await startEventStore({ dataDir });
    client = connect(store);
  };

  const create = (stream: string, settings: Partial<PersistentSubscriptionToStreamSettings> = {}) =>
    client.createPersistentSubscriptionToStream(
      stream,
      'workers',
      persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START, ...settings }),
    );

  const subscribe = (stream: string, bufferSize = 10): PersistentSubscriptionToStream =>
    client.subscribeToPersistentSubscriptionToStream(stream, 'workers', { bufferSize });

  const info = (stream: string) => client.getPersistentSubscriptionToStreamInfo(stream, 'workers');

  it('sends a message again when it is not answered in time, and parks it when that is too often', async () => {
    await client.appendToStream('slow', numbered(1));
    await create('slow', { messageTimeout: 100, maxRetryCount: 1 });
    const subscription = subscribe('slow');
    const retryCounts: number[] = [];
    subscription.on('data', ({ retryCount }) => retryCounts.push(retryCount));
    await until(async () => (await info('slow')).stats.parkedMessageCount === 1n);
    expect(retryCounts).toEqual([0, 1]);

    await client.replayParkedMessagesToStream('slow', 'workers');
    await until(() => retryCounts.length === 3);
    await subscription.unsubscribe();
  });

  it('counts retries that are asked for, then parks with the reason', async () => {
    await client.appendToStream('stubborn', numbered(1));
    await create('stubborn', { maxRetryCount: 3 });
    const subscription = subscribe('stubborn');
    const retryCounts: number[] = [];
    subscription.on('data', (event) => {
      retryCounts.push(event.retryCount);
      void subscription.nack(RETRY, 'not today', event);
    });
    await until(async () => (await info('stubborn')).stats.parkedMessageCount === 1n);
    expect(retryCounts).toEqual([0, 1, 2, 3]);
    const parked = await collect(
      client.readStream('$persistentsubscription-stubborn::workers-parked', { resolveLinkTos: true }),
    );
    expect(parked.map(({ event, link }) => [event?.streamId, link?.type])).toEqual([['stubborn', '$>']]);
    await subscription.unsubscribe();
  });

  it('replays what was parked up to where it is told, each once', async () => {
    await client.appendToStream('parked', numbered(5));
    await create('parked');
    const subscription = subscribe('parked');
    let isReplaying = false;
    const replayed: number[] = [];
    subscription.on('data', (event) => {
      if (!isReplaying) return void subscription.nack(PARK, 'later', event);
      replayed.push((event.event!.data as { number: number }).number);
      void subscription.ack(event);
    });
    await until(async () => (await info('parked')).stats.parkedMessageCount === 5n);
    isReplaying = true;
    await client.replayParkedMessagesToStream('parked', 'workers', { stopAt: 3 });
    await until(async () => (await info('parked')).stats.parkedMessageCount === 2n && replayed.length === 3);
    await client.replayParkedMessagesToStream('parked', 'workers');
    await until(() => replayed.length === 5);
    expect(replayed).toEqual([0, 1, 2, 3, 4]);
    await subscription.unsubscribe();
  });

  it('takes no more subscribers than it may', async () => {
    await create('popular', { maxSubscriberCount: 1 });
    const first = subscribe('popular');
    await new Promise((resolve) => first.once('confirmation', resolve));
    expect(await refusal(collect(subscribe('popular')))).toMatchObject({
      type: 'maximum-subscribers-reached',
      streamName: 'popular',
      groupName: 'workers',
    });
    await first.unsubscribe();
    await until(async () => (await info('popular')).connections.length === 0);
    const next = subscribe('popular');
    await new Promise((resolve) => next.once('confirmation', resolve));
    await next.unsubscribe();
  });

  it('gives what one subscriber left unanswered to another', async () => {
    await client.appendToStream('handed-on', numbered(3));
    await create('handed-on');
    const first = subscribe('handed-on');
    let held = 0;
    first.on('data', () => (held += 1));
    await until(() => held === 3);
    const second = subscribe('handed-on');
    const received: number[] = [];
    second.on('data', (event) => {
      received.push(Number(event.event!.revision));
      void second.ack(event);
    });
    await first.unsubscribe();
    await until(() => received.length === 3);
    expect(received).toEqual([0, 1, 2]);
    await second.unsubscribe();
  });

  it('never has more under way at a subscriber than that one asked for', async () => {
    await client.appendToStream('metered', numbered(50));
    await create('metered', { consumerStrategyName: DISPATCH_TO_SINGLE });
    const subscription = subscribe('metered', 4);
    const open: { event?: { revision: bigint } }[] = [];
    let most = 0;
    let done = 0;
    subscription.on('data', (event) => {
      open.push(event);
      most = Math.max(most, open.length);
      if (open.length < 4 && done + open.length < 50) return;
      void subscription.ack(...(open.splice(0) as Parameters<typeof subscription.ack>));
      done += 4;
    });
    await until(() => done >= 50);
    expect(most).toBe(4);
    await subscription.unsubscribe();
  });

  it('goes on from its checkpoint after a crash, with nothing left out', async () => {
    await client.appendToStream('steady', numbered(60));
    await create('steady', { checkPointUpperBound: 5, checkPointLowerBound: 1 });
    const before = subscribe('steady');
    const acknowledged = new Set<bigint>();
    before.on('data', (event) => {
      if (acknowledged.size >= 30) return;
      acknowledged.add(event.event!.revision);
      void before.ack(event);
    });
    await until(async () => ((await info('steady')).stats.lastCheckpointedEventRevision ?? 0n) >= 20n);
    await restart();

    const { lastCheckpointedEventRevision } = (await info('steady')).stats;
    const after = subscribe('steady');
    const again: bigint[] = [];
    after.on('data', (event) => {
      again.push(event.event!.revision);
      void after.ack(event);
    });
    await until(() => again.includes(59n));
    expect(again[0]).toBe(lastCheckpointedEventRevision! + 1n);
    expect(new Set([...acknowledged, ...again]).size).toBe(60);
    await after.unsubscribe();
  });

  it('to $all keeps its filter over an update and a restart, and leaves its own bookkeeping out', async () => {
    const settings = persistentSubscriptionToAllSettingsFromDefaults({ startFrom: START, checkPointUpperBound: 1 });
    await client.createPersistentSubscriptionToAll('everything', settings, {
      filter: streamNameFilter({ prefixes: ['wanted-'] }),
    });
    await client.updatePersistentSubscriptionToAll('everything', { ...settings, maxRetryCount: 3 });
    await client.appendToStream('other', numbered(3));
    await client.appendToStream('wanted-1', numbered(2));
    await restart();
    const subscription = client.subscribeToPersistentSubscriptionToAll('everything');
    const streams: string[] = [];
    subscription.on('data', (event) => {
      streams.push(event.event!.streamId);
      void subscription.ack(event);
    });
    await until(() => streams.length === 2);
    await until(
      async () =>
        (await client.getPersistentSubscriptionToAllInfo('everything')).stats.lastCheckpointedEventPosition !==
        undefined,
    );
    await subscription.unsubscribe();
    expect(streams).toEqual(['wanted-1', 'wanted-1']);
    const all = await collect(client.readAll());
    expect(all.filter(({ event }) => event!.streamId.startsWith('$persistentsubscription-'))).toEqual([]);
  });

  it('tells its subscribers when it is deleted, and starts anew when created again', async () => {
    await client.appendToStream('renewed', numbered(2));
    await create('renewed', { checkPointUpperBound: 1 });
    const subscription = subscribe('renewed');
    const ended = refusal(
      (async () => {
        for await (const event of subscription) await subscription.ack(event);
      })(),
    );
    await until(async () => (await info('renewed')).stats.lastCheckpointedEventRevision === 1n);
    await client.deletePersistentSubscriptionToStream('renewed', 'workers');
    expect(await ended).toMatchObject({ type: 'persistent-subscription-dropped', groupName: 'workers' });
    expect(await refusal(info('renewed'))).toMatchObject({ type: 'persistent-subscription-does-not-exist' });

    await create('renewed');
    const again = subscribe('renewed');
    for await (const event of again) {
      expect(event.event!.revision).toBe(0n);
      break;
    }
    expect(await refusal(create('renewed'))).toMatchObject({ type: 'persistent-subscription-exists' });
  });

  it('is refused where its settings make no sense', async () => {
    const error = await refusal(create('senseless', { readBatchSize: 20, historyBufferSize: 20 }));
    expect(error).toMatchObject({
      type: 'persistent-subscription-failed',
      streamName: 'senseless',
      groupName: 'workers',
    });
  });
});
