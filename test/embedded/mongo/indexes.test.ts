import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Connected } from './connect.js';

let mongo: Connected;
beforeAll(async () => {
  mongo = await connect();
});
afterAll(() => mongo.close());

describe('indexes', () => {
  it('are made once, listed and dropped', async () => {
    const collection = mongo.fresh();
    expect(await collection.createIndex({ a: 1, b: -1 })).toBe('a_1_b_-1');
    expect(await collection.createIndex({ a: 1, b: -1 })).toBe('a_1_b_-1');
    await collection.createIndexes([
      { key: { c: 1 }, name: 'see', unique: true },
      { key: { at: 1 }, expireAfterSeconds: 60 },
    ]);
    expect((await collection.indexes()).map(({ name, key }) => [name, key])).toEqual([
      ['_id_', { _id: 1 }],
      ['a_1_b_-1', { a: 1, b: -1 }],
      ['see', { c: 1 }],
      ['at_1', { at: 1 }],
    ]);
    expect(await collection.listIndexes().toArray()).toContainEqual(
      expect.objectContaining({ name: 'see', unique: true }),
    );
    await expect(collection.createIndex({ c: 1 }, { name: 'other', unique: true })).rejects.toMatchObject({ code: 85 });
    await expect(collection.createIndex({ d: 1 }, { name: 'see' })).rejects.toMatchObject({ code: 86 });
    await collection.dropIndex('see');
    await expect(collection.dropIndex('see')).rejects.toMatchObject({ code: 27 });
    await collection.dropIndexes();
    expect(await collection.indexes()).toHaveLength(1);
  });

  it('refuse what would be double, in words and fields as MongoDB does', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ council: 1, email: 1 }, { unique: true });
    await collection.insertOne({ council: 'x', email: 'a@b' });
    const failed = await collection
      .insertOne({ council: 'x', email: 'a@b' })
      .catch((error: unknown) => error as Record<string, unknown>);
    expect(failed).toMatchObject({
      code: 11000,
      keyPattern: { council: 1, email: 1 },
      keyValue: { council: 'x', email: 'a@b' },
    });
    expect((failed as { message: string }).message).toBe(
      `E11000 duplicate key error collection: ${collection.namespace} index: council_1_email_1 dup key: { council: "x", email: "a@b" }`,
    );
    await collection.insertOne({ council: 'y', email: 'a@b' });
    await expect(collection.updateOne({ council: 'y' }, { $set: { council: 'x' } })).rejects.toMatchObject({
      code: 11000,
    });
    await expect(collection.findOneAndUpdate({ council: 'y' }, { $set: { council: 'x' } })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { council: 1, email: 1 },
    });
    expect(await collection.countDocuments({ council: 'y' })).toBe(1);
    await expect(collection.createIndex({ email: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
    expect(await collection.indexes()).toHaveLength(2);
  });

  it('take a missing field for null, and unique elements of arrays one by one', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertOne({ b: 1 });
    await expect(collection.insertOne({ a: null })).rejects.toMatchObject({ code: 11000 });
    await collection.insertOne({ a: [1, 2, 2] });
    await expect(collection.insertOne({ a: 2 })).rejects.toMatchObject({ code: 11000 });
    await expect(collection.insertOne({ a: [7, 1] })).rejects.toMatchObject({ code: 11000 });
  });

  it('hold only part of a collection when told so', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ email: 1 }, { unique: true, partialFilterExpression: { open: true } });
    await collection.insertMany([
      { _id: 1, email: 'a', open: true },
      { _id: 2, email: 'a', open: false },
      { _id: 3, email: 'a' },
    ] as never);
    await expect(collection.insertOne({ email: 'a', open: true })).rejects.toMatchObject({ code: 11000 });
    await expect(collection.updateOne({ _id: 2 } as never, { $set: { open: true } })).rejects.toMatchObject({
      code: 11000,
    });
    await collection.updateOne({ _id: 1 } as never, { $set: { open: false } });
    expect(await collection.updateOne({ _id: 2 } as never, { $set: { open: true } })).toMatchObject({
      modifiedCount: 1,
    });
    expect(await collection.countDocuments({ email: 'a' })).toBe(3);
    expect(await collection.countDocuments({ email: 'a', open: true })).toBe(1);
  });

  it('refuse two arrays side by side', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ a: 1, b: 1 });
    await expect(collection.insertOne({ a: [1, 2], b: [3, 4] })).rejects.toMatchObject({ code: 171 });
  });

  it('cover documents that were there before', async () => {
    const collection = mongo.fresh();
    await collection.insertMany(Array.from({ length: 1200 }, (_, _id) => ({ _id, n: _id % 10 })) as never);
    await collection.createIndex({ n: 1, _id: -1 });
    expect(
      (await collection.find({ n: 3 }, { sort: { _id: -1 }, limit: 2 }).toArray()).map(({ _id }) => Number(_id)),
    ).toEqual([1193, 1183]);
    expect(await collection.countDocuments({ n: 3 })).toBe(120);
  });
});

describe('collections and databases', () => {
  it('are made, listed and dropped', async () => {
    const { db, client } = mongo;
    await db.createCollection('made');
    await expect(db.createCollection('made', {})).rejects.toMatchObject({ code: 48 });
    expect((await db.listCollections({ name: 'made' }).toArray())[0]).toMatchObject({
      name: 'made',
      type: 'collection',
    });
    expect((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)).toContain('made');
    expect((await client.db().admin().listDatabases({ nameOnly: true })).databases.map(({ name }) => name)).toContain(
      db.databaseName,
    );
    expect(await db.dropCollection('made')).toBe(true);
    expect(await db.listCollections({ name: 'made' }).toArray()).toEqual([]);
    const other = client.db(`${db.databaseName}_other`);
    await other.collection('x').insertOne({});
    await other.dropDatabase();
    expect(await other.collection('x').countDocuments()).toBe(0);
    expect(await other.listCollections().toArray()).toEqual([]);
  });
});

describe('commands', () => {
  it('answer ping, hello and buildInfo', async () => {
    expect(await mongo.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(await mongo.db.command({ hello: 1 })).toMatchObject({
      isWritablePrimary: true,
      maxBsonObjectSize: 16777216,
    });
    expect(await mongo.db.command({ buildInfo: 1 })).toMatchObject({ ok: 1, version: expect.any(String) });
  });

  it('that do not exist say so as MongoDB does', async () => {
    await expect(mongo.db.command({ nope: 1 })).rejects.toMatchObject({
      code: 59,
      codeName: 'CommandNotFound',
      message: "no such command: 'nope'",
    });
    await expect(mongo.db.command({ find: 'x', nope: 1 })).rejects.toMatchObject({ code: 40415 });
  });

  it('accept sessions and write concerns, but no transactions', async () => {
    const collection = mongo.fresh();
    const session = mongo.client.startSession();
    await collection.insertOne({ a: 1 }, { session, writeConcern: { w: 'majority' } });
    expect(await collection.findOne({ a: 1 }, { session })).toMatchObject({ a: 1 });
    await session.endSession();
    await collection.insertOne({ a: 2 }, { writeConcern: { w: 0 } });
    expect(await collection.find().hasNext()).toBe(true);
  });
});
