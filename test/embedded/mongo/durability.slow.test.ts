import { describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { startMongo } from '../../support/mongo.js';

describe('durability', () => {
  it('finds every acknowledged write after kill -9 under load, with indexes that fit', async () => {
    const first = await startMongo();
    const writer = await MongoClient.connect(first.url, { serverSelectionTimeoutMS: 500 });
    const collection = writer.db('d').collection('facts');
    await collection.createIndex({ worker: 1, n: -1 });
    await collection.createIndex({ key: 1 }, { unique: true });
    const acknowledged: string[] = [];
    const counters = new Array<number>(12).fill(0);
    let dead = false;
    const working = counters.map(async (_, worker) => {
      for (let n = 0; !dead; n++) {
        await collection.insertOne({ worker, n, key: `${worker}-${n}` });
        acknowledged.push(`${worker}-${n}`);
        await collection.updateOne({ _id: `c${worker}` } as never, { $inc: { n: 1 } }, { upsert: true });
        counters[worker] = n + 1;
      }
    });
    // Under load, however fast this machine is at the moment.
    while (acknowledged.length <= 100) await new Promise((done) => setTimeout(done, 20));
    dead = true;
    await first.kill();
    await Promise.allSettled(working);
    await first.kill();
    await writer.close(true);

    const second = await startMongo({ dataDir: first.dataDir });
    const reader = await MongoClient.connect(second.url);
    const found = reader.db('d').collection('facts');
    const keys = new Set((await found.find({ key: { $exists: true } }).toArray()).map(({ key }) => String(key)));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((key) => !keys.has(key))).toEqual([]);
    for (const [worker, n] of counters.entries()) {
      const documents = await found.countDocuments({ worker });
      expect(documents).toBe((await found.find({ worker: { $in: [worker] }, n: { $gte: 0 } }).toArray()).length);
      const counter = await found.findOne({ _id: `c${worker}` } as never);
      expect((counter?.n as number | undefined) ?? 0).toBeGreaterThanOrEqual(n);
    }
    await reader.close();
    await second.stop();
  });

  it('refuses a second process on the same folder, and lets the next one in', async () => {
    const one = await startMongo();
    await expect(startMongo({ dataDir: one.dataDir })).rejects.toThrow('in use by another process');
    const waiting = startMongo({ dataDir: one.dataDir });
    await one.stop();
    await (await waiting).stop();
  });
});
