import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { MongoClient } from 'mongodb';
import { connectMongo } from '../../src/core/mongo-client.js';
import { isTransient } from '../../src/core/transient-errors.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
beforeEach(async () => {
  mongo = await startMongo();
  client = await connectMongo(mongo.url, { peopleWait: true });
});
afterEach(async () => {
  await client.close();
  await mongo.kill();
});

test('everything is written and read by majority, from the primary', () => {
  const { writeConcern, readConcern, readPreference } = client.db('vault').collection('keys');
  expect(writeConcern).toMatchObject({ w: 'majority' });
  expect(readConcern).toMatchObject({ level: 'majority' });
  expect(readPreference).toMatchObject({ mode: 'primary' });
  expect(client.options).toMatchObject({ retryWrites: true, retryReads: true });
});

test('a MongoDB that has frozen is given up in time, as something to try again later', async () => {
  const documents = client.db('vault').collection<{ _id: string }>('documents');
  // More than one connection, so that a second try does not need a new one.
  await Promise.all(Array.from({ length: 5 }, (_, n) => documents.insertOne({ _id: `before ${n}` })));
  process.kill(mongo.pid, 'SIGSTOP');
  try {
    const begun = performance.now();
    const outcomes = await Promise.allSettled([
      documents.findOne({ _id: 'before 1' }),
      documents.insertOne({ _id: 'after' }),
      documents.updateOne({ _id: 'before 1' }, { $set: { changed: true } }),
      ...Array.from({ length: 150 }, () => documents.findOne({ _id: 'before 2' })),
    ]);
    // Eight seconds by the settings; a busy machine adds to them. Without a limit it took 37 seconds.
    expect(performance.now() - begun).toBeLessThan(25_000);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected');
      expect(isTransient((outcome as PromiseRejectedResult).reason)).toBe(true);
    }
  } finally {
    process.kill(mongo.pid, 'SIGCONT');
  }
});
