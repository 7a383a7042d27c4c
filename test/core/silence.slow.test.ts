import { EventStoreDBClient, START } from '@eventstore/db-client';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { EventLog, noHead } from '../../src/core/event-log.js';
import { DataKeys } from '../../src/core/keys.js';
import { patiently } from '../../src/core/patience.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { answersSaved, formStarted } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { startProxy, type Proxy } from '../support/faults-proxy.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { again, context, stream } from './amiras-referral.js';

const PATIENCE = 1_000;

let store: RunningEventStore;
let mongo: StartedMongo;
let mongoClient: MongoClient;
let proxy: Proxy;
let client: EventStoreDBClient;
let log: EventLog;
const start = async (options: Parameters<typeof startEventStore>[0] = {}) => {
  store = await startEventStore(options);
  proxy = await startProxy(store.port);
  client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${proxy.port}?tls=false`);
  log = new EventLog(client, new DataKeys(mongoClient.db('vault'), Buffer.alloc(32, 2)), { patience: PATIENCE });
};
beforeEach(async () => {
  mongo = await startMongo();
  mongoClient = await MongoClient.connect(mongo.url);
});
afterEach(async () => {
  await proxy.stop();
  await client.dispose();
  await mongoClient.close();
  await Promise.all([store.stop(), mongo.stop()]);
});

const begin = () => log.append(referralKind, stream, noHead, [formStarted()], context);
const readAll = async () => {
  const revisions = [];
  for await (const { revision } of log.facts(referralKind, stream)) revisions.push(revision);
  return revisions;
};

test('an append that is swallowed is UNAVAILABLE within the patience, and done once when it is asked for again', async () => {
  await start();
  const { head } = await begin();
  proxy.swallow();
  const save = () => log.append(referralKind, stream, head, [answersSaved(2)], { ...context, commandId: 'another' });
  await expect(save()).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { name: 'StoreSilent' } });
  proxy.cut();
  await expect(again(save)).resolves.toMatchObject({ head: { revision: 1 } });
  expect(await readAll()).toEqual([0, 1]);
});

test('a read that is swallowed is UNAVAILABLE within the patience, never a shorter stream', async () => {
  await start();
  await begin();
  expect(await readAll()).toEqual([0]);
  proxy.swallow();
  await expect(readAll()).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { name: 'StoreSilent' } });
  proxy.cut();
  expect(await again(readAll)).toEqual([0]);
});

test('a reader that takes its time is not taken for a store that is silent', async () => {
  await start();
  await begin();
  const read = [];
  for await (const { event } of patiently(client.readStream(stream, { fromRevision: START }), 200)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    read.push(event?.type);
  }
  expect(read).toEqual(['FormStarted']);
});

test('a store whose disk is full is UNAVAILABLE, with the reason as its cause; reads go on', async () => {
  await start({ fileBlocks: 512 });
  let { head } = await begin();
  const fill = async () => {
    for (let n = 2; n < 500; n += 1) {
      const answers = { story: { text: 'x'.repeat(4_000) } };
      ({ head } = await log.append(referralKind, stream, head, [answersSaved(n, answers)], {
        ...context,
        commandId: `save-${n}`,
      }));
    }
  };
  await expect(fill()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    cause: { message: expect.stringMatching(/full|I\/O/i) },
  });
  expect(await readAll()).toHaveLength(head.revision + 1);
});
