import type { Worker } from 'node:worker_threads';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { AppendingThread, type Appending } from '../../src/core/appending.js';
import { EventLog, noHead, RevisionMoved } from '../../src/core/event-log.js';
import { DataKeys } from '../../src/core/keys.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { answersSaved, formStarted } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { startProxy, type Proxy } from '../support/faults-proxy.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/people.js';
import { again, context, stream as referral } from './amiras-referral.js';

let store: RunningEventStore;
let mongo: StartedMongo;
let mongoClient: MongoClient;
let proxy: Proxy;
let client: EventStoreDBClient;
let thread: AppendingThread;
let log: EventLog;
beforeEach(async () => {
  [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  mongoClient = await MongoClient.connect(mongo.url);
  proxy = await startProxy(store.port);
  client = EventStoreDBClient.connectionString(store.url);
  thread = new AppendingThread(`esdb://127.0.0.1:${proxy.port}?tls=false`);
  log = new EventLog(client, new DataKeys(mongoClient.db('vault'), Buffer.alloc(32, 2)), { append: thread.append });
});
afterEach(async () => {
  await thread.stop();
  await client.dispose();
  await mongoClient.close();
  await proxy.stop();
  await Promise.all([store.stop(), mongo.stop()]);
});

const first = (stream: string): Appending => ({
  stream,
  expectedRevision: NO_STREAM,
  events: [jsonEvent({ type: 'Noted', data: { of: stream }, metadata: { by: 'a test' } })],
});
const placeIn = async (stream: string) => {
  let place: bigint | undefined;
  for await (const { event } of client.readStream(stream)) place = event!.position!.commit;
  return place;
};
const begin = () => log.append(referralKind, referral, noHead, [formStarted()], context);
const saveAfter = ({ head }: Awaited<ReturnType<typeof begin>>, commandId: string) =>
  log.append(referralKind, referral, head, [answersSaved(2)], { ...context, commandId });
/** Saves over a connection that swallows everything, until that is put an end to. */
const saveInVain = async (begun: Awaited<ReturnType<typeof begin>>, end: () => Promise<void>) => {
  proxy.swallow();
  const refused = expect(saveAfter(begun, 'one')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await end();
  await refused;
};

test('each append is told its own place in the log, however many are asked for at once', async () => {
  const streams = Array.from({ length: 200 }, (_, nth) => `note-${nth}`);
  const told = await Promise.all(streams.map((stream) => thread.append(first(stream))));
  expect(told).toEqual(await Promise.all(streams.map(placeIn)));
});

test('of two that expect the same revision one is refused as the official client refuses it, and nothing of it stands', async () => {
  const begun = await begin();
  const [one, other] = await Promise.allSettled([saveAfter(begun, 'one'), saveAfter(begun, 'other')]);
  expect(one).toMatchObject({ status: 'fulfilled', value: { head: { revision: 1 } } });
  expect(other).toMatchObject({ status: 'rejected', reason: expect.any(RevisionMoved) });
  const revisions = [];
  for await (const { revision } of log.facts(referralKind, referral)) revisions.push(revision);
  expect(revisions).toEqual([0, 1]);
});

test('a connection that is cut is UNAVAILABLE, and the next append finds the store again', async () => {
  const begun = await begin();
  await saveInVain(begun, async () => proxy.cut());
  await expect(again(() => saveAfter(begun, 'one'))).resolves.toMatchObject({ head: { revision: 1 } });
});

test('a thread that ends leaves what it was at UNAVAILABLE, and is replaced at the next append', async () => {
  const begun = await begin();
  await saveInVain(begun, () => thread.stop());
  proxy.cut();
  await expect(saveAfter(begun, 'one')).resolves.toMatchObject({ head: { revision: 1 } });
});

test('what breaks the thread down while it is at nothing is told, and the next append is made by another', async () => {
  await thread.stop();
  const told: unknown[] = [];
  thread = new AppendingThread(store.url, (error) => told.push(error));
  await thread.append(first('before'));
  // Nobody asks for this: a list of appends is all that it can read.
  (Reflect.get(thread, 'worker') as Worker).postMessage(null);
  await until(async () => told.length > 0);
  expect(told).toMatchObject([{ name: 'TypeError' }]);
  expect(await thread.append(first('after'))).toBe(await placeIn('after'));
  await thread.stop();
  expect(told).toHaveLength(1);
});

test('an append too large is refused, and the thread goes on', async () => {
  const text = 'x'.repeat(1_100_000);
  const large = { ...first('large'), events: [jsonEvent({ type: 'Noted', data: { text }, metadata: {} })] };
  await expect(thread.append(large)).rejects.toMatchObject({ type: 'maximum-append-size-exceeded' });
  expect(await thread.append(first('small'))).toBe(await placeIn('small'));
});
