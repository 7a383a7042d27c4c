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
    await collection.createIndexes([{ key: { c: 1 }, name: 'see', unique: true }, { key: { at: 1 } }]);
    expect((await collection.indexes()).map(({ name, key }) => [name, key])).toEqual([
      ['_id_', { _id: 1 }],
      ['a_1_b_-1', { a: 1, b: -1 }],
      ['see', { c: 1 }],
      ['at_1', { at: 1 }],
    ]);
    expect(await collection.listIndexes().toArray()).toContainEqual(
      expect.objectContaining({ name: 'see', unique: true }),
    );
    await collection.dropIndex('see');
    await expect(collection.dropIndex('see')).rejects.toMatchObject({ code: 27 });
    await collection.dropIndexes();
    expect(await collection.indexes()).toHaveLength(1);
  });

  it('keep when what they hold expires', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    expect(await collection.indexes()).toContainEqual(
      expect.objectContaining({ name: 'at_1', key: { at: 1 }, expireAfterSeconds: 60 }),
    );
  });

  it('are one of a key, and one of a name', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ c: 1 }, { name: 'see', unique: true });
    await expect(collection.createIndex({ d: 1 }, { name: 'see' })).rejects.toMatchObject({ code: 86 });
    await expect(collection.createIndex({ c: 1 }, { name: 'other', unique: true })).rejects.toMatchObject({ code: 85 });
  });

  it('refuse what would be double', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ council: 1, email: 1 }, { unique: true });
    await collection.insertOne({ council: 'x', email: 'a@b' });
    await expect(collection.insertOne({ council: 'x', email: 'a@b' })).rejects.toMatchObject({ code: 11000 });
    await collection.insertOne({ council: 'y', email: 'a@b' });
    const clash = { $set: { council: 'x' } };
    await expect(collection.updateOne({ council: 'y' }, clash)).rejects.toMatchObject({ code: 11000 });
    await expect(collection.findOneAndUpdate({ council: 'y' }, clash)).rejects.toMatchObject({ code: 11000 });
    expect(await collection.countDocuments({ council: 'y' })).toBe(1);
    await expect(collection.createIndex({ email: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
    expect(await collection.indexes()).toHaveLength(2);
  });

  it('say what would be double, in words and fields as MongoDB does', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ council: 1, email: 1 }, { unique: true });
    await collection.insertMany([
      { council: 'x', email: 'a@b' },
      { council: 'y', email: 'a@b' },
    ]);
    const fields = { keyPattern: { council: 1, email: 1 }, keyValue: { council: 'x', email: 'a@b' } };
    await expect(collection.insertOne({ council: 'x', email: 'a@b' })).rejects.toMatchObject({
      ...fields,
      message: `E11000 duplicate key error collection: ${collection.namespace} index: council_1_email_1 dup key: { council: "x", email: "a@b" }`,
    });
    await expect(collection.findOneAndUpdate({ council: 'y' }, { $set: { council: 'x' } })).rejects.toMatchObject({
      code: 11000,
      ...fields,
    });
  });

  it('take a missing field for null', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertOne({ b: 1 });
    await expect(collection.insertOne({ a: null })).rejects.toMatchObject({ code: 11000 });
    await expect(collection.insertOne({ c: 1 })).rejects.toMatchObject({ code: 11000 });
  });

  it('hold the elements of arrays one by one', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ a: 1 }, { unique: true });
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
    const names = async () => (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    await db.createCollection('made');
    await expect(db.createCollection('made', {})).rejects.toMatchObject({ code: 48 });
    expect(await names()).toContain('made');
    expect((await client.db().admin().listDatabases({ nameOnly: true })).databases.map(({ name }) => name)).toContain(
      db.databaseName,
    );
    expect(await db.dropCollection('made')).toBe(true);
    expect(await names()).not.toContain('made');
    const other = client.db(`${db.databaseName}_other`);
    await other.collection('x').insertOne({});
    await other.dropDatabase();
    expect(await other.collection('x').countDocuments()).toBe(0);
    expect(await other.listCollections().toArray()).toEqual([]);
  });

  it('are listed by name', async () => {
    await mongo.db.createCollection('one');
    await mongo.db.createCollection('two');
    expect(await mongo.db.listCollections({ name: 'two' }).toArray()).toMatchObject([
      { name: 'two', type: 'collection' },
    ]);
    expect(await mongo.db.listCollections({ name: 'three' }).toArray()).toEqual([]);
  });
});

describe('commands', () => {
  it('answer ping and buildInfo', async () => {
    expect(await mongo.db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(await mongo.db.command({ buildInfo: 1 })).toMatchObject({ ok: 1, version: expect.any(String) });
  });

  it('answer hello', async () => {
    expect(await mongo.db.command({ hello: 1 })).toMatchObject({
      isWritablePrimary: true,
      maxBsonObjectSize: 16777216,
    });
  });

  it('that do not exist say so as MongoDB does', async () => {
    await expect(mongo.db.command({ nope: 1 })).rejects.toMatchObject({
      code: 59,
      codeName: 'CommandNotFound',
      message: "no such command: 'nope'",
    });
  });

  it('refuse fields they do not know', async () => {
    await expect(mongo.db.command({ find: 'x', nope: 1 })).rejects.toMatchObject({ code: 40415 });
  });

  it('accept sessions', async () => {
    const collection = mongo.fresh();
    const session = mongo.client.startSession();
    await collection.insertOne({ a: 1 }, { session });
    expect(await collection.findOne({ a: 1 }, { session })).toMatchObject({ a: 1 });
    await session.endSession();
  });

  it('accept write concerns, none included', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({ a: 1 }, { writeConcern: { w: 'majority' } });
    await collection.insertOne({ a: 2 }, { writeConcern: { w: 0 } });
    expect(await collection.find().hasNext()).toBe(true);
  });
});
