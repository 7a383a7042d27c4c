import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Collection, type Document, Long, MongoClient } from 'mongodb';
import { dist } from '../../support/dist.js';
import { startMongo, type StartedMongo } from '../../support/mongo.js';

// What only the embedded server has: its counters, its files, and what it refuses.

const DOCUMENTS = 50_000;
let server: StartedMongo;
let client: MongoClient;
let list: Collection;

interface Explained {
  plan: string;
  keys: number;
  documents: number;
  returned: number;
}
async function explain(filter: Document, options: Document = {}): Promise<Explained> {
  const answer = await list.find(filter, options).explain('executionStats');
  const { totalKeysExamined: keys, totalDocsExamined: documents, nReturned: returned } = answer.executionStats;
  return { plan: JSON.stringify(answer.queryPlanner.winningPlan), keys, documents, returned };
}

beforeAll(async () => {
  server = await startMongo({ args: ['--ttl-seconds', '1'] });
  client = await MongoClient.connect(server.url);
  list = client.db('test').collection('list');
  await list.createIndexes([
    { key: { owner: 1, at: -1, _id: 1 } },
    { key: { status: 1, at: -1 } },
    { key: { tags: 1, at: 1 } },
    { key: { name: 1 } },
  ]);
  for (let from = 0; from < DOCUMENTS; from += 10_000)
    await list.insertMany(
      Array.from({ length: 10_000 }, (_, at) => {
        const n = from + at;
        return {
          _id: n,
          owner: `o${n % 5}`,
          at: new Date(n * 1000),
          status: n % 100 === 0 ? 'rare' : 'usual',
          tags: [`t${n % 7}`, `u${n % 3}`],
          name: `name ${n}`,
          text: 'x'.repeat(200),
        };
      }) as never,
    );
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

describe(`queries over ${DOCUMENTS} documents touch only what they need`, () => {
  it('the first page of a list', async () => {
    const page = await explain({ owner: 'o3' }, { sort: { at: -1, _id: 1 }, limit: 20 });
    expect(page).toMatchObject({ returned: 20, keys: 20, documents: 20 });
    expect(page.plan).toContain('IXSCAN');
    expect(page.plan).not.toContain('SORT');
  });
  it('the same list backwards, and a page from the middle', async () => {
    expect(await explain({ owner: 'o3' }, { sort: { at: 1, _id: -1 }, limit: 20 })).toMatchObject({
      returned: 20,
      documents: 20,
    });
    const at = new Date(25_000_000);
    const after = { owner: 'o3', $or: [{ at: { $lt: at } }, { at, _id: { $gt: 3 } }] };
    expect((await explain(after, { sort: { at: -1, _id: 1 }, limit: 20 })).documents).toBeLessThanOrEqual(60);
  });
  it('several values merged into one order', async () => {
    const page = await explain({ status: { $in: ['rare', 'usual', 'none'] } }, { sort: { at: -1 }, limit: 20 });
    expect(page.returned).toBe(20);
    expect(page.documents).toBeLessThan(100);
  });
  it('one document by _id, by a prefix, and by an element of an array', async () => {
    expect(await explain({ _id: 77 })).toMatchObject({ returned: 1, documents: 1 });
    expect((await explain({ name: /^name 4999/ })).documents).toBe(11);
    expect((await explain({ tags: 't4' }, { sort: { at: 1 }, limit: 10 })).documents).toBeLessThanOrEqual(10);
  });
  it('forty values at a time, and two over many pages', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `name ${at * 7}`);
    expect(await explain({ name: { $in: [...names, 'nobody'] } })).toMatchObject({ returned: 40, documents: 40 });
    const owners = { owner: { $in: ['o1', 'nobody', 'o3'] } };
    const found = await list.find(owners, { batchSize: 700, projection: { owner: 1 } }).toArray();
    expect(new Set(found.map(({ _id }) => _id)).size).toBe(20_000);
    expect(new Set(found.map(({ owner }) => owner as string))).toEqual(new Set(['o1', 'o3']));
  });
  it('a count looks at keys only', async () => {
    const answer = await client.db('test').command({ explain: { count: 'list', query: { owner: 'o1' } } });
    expect(answer.executionStats).toMatchObject({ nReturned: 10_000, totalDocsExamined: 0 });
    expect(await list.countDocuments({ owner: 'o1' })).toBe(10_000);
  });
  it('and without an index the plan admits to look at all', async () => {
    const all = await explain({ text: 'y' });
    expect(all).toMatchObject({ returned: 0, documents: DOCUMENTS, keys: 0 });
    expect(all.plan).toContain('COLLSCAN');
  });
});

describe('expiry', () => {
  it('deletes what a TTL index says is over, and nothing else', async () => {
    const collection = client.db('test').collection('sessions');
    await collection.createIndex({ until: 1 }, { expireAfterSeconds: 0 });
    const now = Date.now();
    await collection.insertMany([
      { _id: 'past', until: new Date(now - 1000) },
      { _id: 'soon', until: new Date(now + 600_000) },
      { _id: 'never' },
      { _id: 'text', until: 'x' },
    ] as never);
    await collection.insertMany(Array.from({ length: 1200 }, () => ({ until: new Date(now - 5000) })));
    for (let tries = 0; tries < 100 && (await collection.countDocuments()) > 3; tries++)
      await new Promise((done) => setTimeout(done, 100));
    expect((await collection.find({}, { sort: { _id: 1 } }).toArray()).map(({ _id }) => String(_id))).toEqual([
      'never',
      'soon',
      'text',
    ]);
  });
});

describe('what is not supported is refused', () => {
  const db = () => client.db('test');
  const refusals: [string, () => Promise<unknown>][] = [
    ['a pipeline as update', () => list.updateOne({ _id: 1 } as never, [{ $set: { a: 1 } }])],
    [
      '$lookup',
      () => list.aggregate([{ $lookup: { from: 'x', localField: 'a', foreignField: 'b', as: 'c' } }]).toArray(),
    ],
    ['collation', () => list.find({}, { collation: { locale: 'de' } }).toArray()],
    ['a sparse index', () => list.createIndex({ zz: 1 }, { sparse: true })],
    ['a text index', () => list.createIndex({ zz: 'text' })],
    ['a tailable cursor', () => list.find({}, { tailable: true }).toArray()],
    ['$where', () => list.find({ $where: 'true' }).toArray()],
    ['a computed projection', () => list.findOne({}, { projection: { a: { $add: [1, 2] } } })],
    ['a capped collection', () => db().createCollection('capped', { capped: true, size: 1000 })],
  ];
  it.each(refusals)('%s', async (_name, attempt) => {
    await expect(attempt()).rejects.toMatchObject({
      code: 115,
      message: expect.stringContaining('not supported by the embedded server'),
    });
  });
  it('arithmetic on numbers JavaScript cannot hold', async () => {
    const collection = db().collection('wide');
    await collection.insertMany([
      { kind: 'a', n: Long.MAX_VALUE },
      { kind: 'a', n: 1 },
    ]);
    await expect(collection.aggregate([{ $group: { _id: null, n: { $sum: '$n' } } }]).toArray()).rejects.toMatchObject({
      code: 115,
    });
    expect(await collection.aggregate([{ $group: { _id: '$kind', n: { $sum: 1 } } }]).toArray()).toEqual([
      { _id: 'a', n: 2 },
    ]);
  });
  it('a transaction', async () => {
    const session = client.startSession();
    await expect(session.withTransaction(() => list.insertOne({}, { session }))).rejects.toThrow();
    await session.endSession();
  });
});

it('serves loopback only', async () => {
  await expect(startMongo({ args: ['--host', '0.0.0.0'] })).rejects.toThrow('loopback only');
});

describe('in a worker thread', () => {
  it('starts, answers and stops when told', async () => {
    const argv = ['--port', '0', '--data', mkdtempSync(join(tmpdir(), 'frontdoor-mongo-'))];
    const worker = new Worker(join(dist, 'src/embedded/mongo/main.js'), { workerData: { argv } });
    const [ready] = (await once(worker, 'message')) as [{ ready: boolean; port: number }];
    expect(ready).toMatchObject({ ready: true });
    const inner = await MongoClient.connect(`mongodb://127.0.0.1:${ready.port}/?directConnection=true`);
    await inner.db('w').collection('x').insertOne({ a: 1 });
    expect(await inner.db('w').collection('x').findOne({})).toMatchObject({ a: 1 });
    await inner.close();
    worker.postMessage('stop');
    expect(await once(worker, 'exit')).toEqual([0]);
  });
});
