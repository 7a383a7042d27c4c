import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Collection, type Document, Double, Long, MongoBulkWriteError, ObjectId } from 'mongodb';
import { connect, type Connected } from './connect.js';

let mongo: Connected;
beforeAll(async () => {
  mongo = await connect();
});
afterAll(() => mongo.close());

describe('insert', () => {
  it('gives an _id where there is none', async () => {
    const collection = mongo.fresh();
    await mongo.db.command({ insert: collection.collectionName, documents: [{ a: 1 }] });
    expect((await collection.findOne({}))?._id).toBeInstanceOf(ObjectId);
  });

  it('puts the _id first', async () => {
    const collection = mongo.fresh();
    await mongo.db.command({ insert: collection.collectionName, documents: [{ a: 2, _id: 7 }] });
    expect(Object.keys((await collection.findOne({})) ?? {})).toEqual(['_id', 'a']);
  });

  it('stops at the first failure when ordered, goes on when not', async () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as never;
    const [ordered, unordered] = [mongo.fresh(), mongo.fresh()];
    await expect(ordered.insertMany(documents)).rejects.toMatchObject({ code: 11000 });
    await expect(unordered.insertMany(documents, { ordered: false })).rejects.toMatchObject({ code: 11000 });
    expect(await ordered.countDocuments()).toBe(1);
    expect(await unordered.countDocuments()).toBe(2);
  });

  it('says how many went in before a failure', async () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as never;
    await expect(mongo.fresh().insertMany(documents)).rejects.toMatchObject({ insertedCount: 1 });
    const unordered = mongo.fresh().insertMany(documents, { ordered: false });
    await expect(unordered).rejects.toMatchObject({ insertedCount: 2 });
  });

  it('takes large batches and large documents', async () => {
    const collection = mongo.fresh();
    await collection.insertMany(
      Array.from({ length: 20 }, (_, _id) => ({ _id, text: 'x'.repeat(1_000_000) })) as never,
    );
    expect(
      (await collection.find({}, { sort: { _id: 1 } }).toArray()).map(({ text }) => (text as string).length),
    ).toEqual(Array(20).fill(1_000_000));
  });

  it('refuses documents over 16 MB', async () => {
    await expect(mongo.fresh().insertOne({ text: 'x'.repeat(17_000_000) })).rejects.toThrow();
  });

  it('refuses an _id that is an array', async () => {
    await expect(mongo.fresh().insertOne({ _id: [1] } as never)).rejects.toMatchObject({ code: 53 });
  });
});

describe('update operators', () => {
  const change = async (
    before: Document,
    update: Document,
    options: Document = {},
    filter: Document = {},
  ): Promise<Document | null> => {
    const collection = mongo.fresh();
    await collection.insertOne({ _id: 1, ...before } as never);
    await collection.updateOne({ _id: 1, ...filter } as never, update, options);
    const { _id, ...after } = (await collection.findOne({})) ?? { _id: 1 };
    return after;
  };

  const cases: [string, Document, Document, Document][] = [
    ['$set', { a: 1 }, { $set: { a: null, 'b.c': 2, 'b.d': 3 } }, { a: null, b: { c: 2, d: 3 } }],
    ['$set in an array', { l: [1, { x: 1 }] }, { $set: { 'l.1.x': 2, 'l.3': 4 } }, { l: [1, { x: 2 }, null, 4] }],
    [
      '$unset',
      { a: 1, b: { c: 1, d: 2 }, l: [1, 2] },
      { $unset: { a: '', 'b.c': '', 'l.0': '', zz: '', 'yy.y': '' } },
      { b: { d: 2 }, l: [null, 2] },
    ],
    ['$inc', { a: 1, b: 1.5 }, { $inc: { a: 2, b: 1, c: -3, 'd.e': 1 } }, { a: 3, b: 2.5, c: -3, d: { e: 1 } }],
    ['$min', { a: 5, b: 5 }, { $min: { a: 3, b: 7, c: 1 } }, { a: 3, b: 5, c: 1 }],
    ['$max', { a: 5, b: 5, s: 1 }, { $max: { a: 3, b: 7, s: 'text' } }, { a: 5, b: 7, s: 'text' }],
    ['$push', { l: [1] }, { $push: { l: 2, m: 1 } }, { l: [1, 2], m: [1] }],
    ['$push an array as one', { l: [1] }, { $push: { l: [2, 3] } }, { l: [1, [2, 3]] }],
    ['$push $each', { l: [1] }, { $push: { l: { $each: [2, 3] } } }, { l: [1, 2, 3] }],
    ['$push $slice', { l: [1, 2] }, { $push: { l: { $each: [3, 4], $slice: -3 } } }, { l: [2, 3, 4] }],
    ['$push $slice to none', { l: [1, 2] }, { $push: { l: { $each: [3], $slice: 0 } } }, { l: [] }],
    ['$push $position', { l: [1, 2] }, { $push: { l: { $each: [8, 9], $position: 1 } } }, { l: [1, 8, 9, 2] }],
    [
      '$push $sort',
      {
        l: [
          { a: 3, b: 1 },
          { a: 1, b: 2 },
        ],
      },
      { $push: { l: { $each: [{ a: 3, b: 0 }], $sort: { a: -1, b: 1 }, $slice: 2 } } },
      {
        l: [
          { a: 3, b: 0 },
          { a: 3, b: 1 },
        ],
      },
    ],
    ['$push $sort values', { l: [3, 1] }, { $push: { l: { $each: [2], $sort: -1 } } }, { l: [3, 2, 1] }],
    [
      '$addToSet',
      { l: [1, 1, { a: 1 }] },
      { $addToSet: { l: { $each: [1, 2, { a: 1 }, 2] }, m: 'x' } },
      { l: [1, 1, { a: 1 }, 2], m: ['x'] },
    ],
    ['$pull a value', { l: [1, 2, 1] }, { $pull: { l: 1, zz: 3 } }, { l: [2] }],
    ['$pull by condition', { l: [1, 5, 9] }, { $pull: { l: { $gte: 5 } } }, { l: [1] }],
    [
      '$pull documents',
      {
        l: [
          { a: 1, b: 2 },
          { a: 2, b: 2 },
        ],
      },
      { $pull: { l: { a: 1 } } },
      { l: [{ a: 2, b: 2 }] },
    ],
    ['$rename', { a: 1, b: { c: 2 } }, { $rename: { a: 'z', 'b.c': 'b.d', no: 'nope' } }, { b: { d: 2 }, z: 1 }],
    ['$setOnInsert', { a: 1 }, { $set: { a: 2 }, $setOnInsert: { b: 1 } }, { a: 2 }],
    ['$[]', { l: [{ n: 1 }, { n: 2 }] }, { $inc: { 'l.$[].n': 10 } }, { l: [{ n: 11 }, { n: 12 }] }],
  ];
  it.each(cases)('%s', async (_name, before, update, after) => {
    expect(await change(before, update)).toEqual(after);
  });

  it('$currentDate', async () => {
    const after = await change({}, { $currentDate: { a: true, b: { $type: 'date' } } });
    expect(Math.abs(Date.now() - (after?.a as Date).getTime())).toBeLessThan(60_000);
    expect(after?.b).toBeInstanceOf(Date);
  });

  it('$[name] changes the elements an array filter picks', async () => {
    const before = {
      l: [
        { k: 'a', n: 1 },
        { k: 'b', n: 2 },
        { k: 'a', n: 3 },
      ],
    };
    const after = await change(
      before,
      { $set: { 'l.$[one].n': 0 } },
      { arrayFilters: [{ 'one.k': 'a', 'one.n': { $gt: 1 } }] },
    );
    expect(after?.l).toEqual([
      { k: 'a', n: 1 },
      { k: 'b', n: 2 },
      { k: 'a', n: 0 },
    ]);
  });

  it('$ changes the element the filter has found', async () => {
    const before = {
      l: [
        { k: 'a', n: 1 },
        { k: 'b', n: 2 },
      ],
      s: [4, 5, 6],
    };
    expect((await change(before, { $set: { 'l.$.n': 9 } }, {}, { 'l.k': 'b' }))?.l).toEqual([
      { k: 'a', n: 1 },
      { k: 'b', n: 9 },
    ]);
    expect((await change(before, { $set: { 'l.$.n': 9 } }, {}, { l: { $elemMatch: { k: 'b', n: 2 } } }))?.l).toEqual([
      { k: 'a', n: 1 },
      { k: 'b', n: 9 },
    ]);
    expect((await change(before, { $set: { 's.$': 0 } }, {}, { s: { $gte: 5 } }))?.s).toEqual([4, 0, 6]);
  });

  it('integers grow to 64 bits', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({ _id: 1, n: 2147483647, d: new Double(1) } as never);
    await collection.updateOne({}, { $inc: { n: 1, d: 1 } });
    expect(await collection.findOne({}, { promoteValues: false })).toMatchObject({
      n: Long.fromString('2147483648'),
      d: new Double(2),
    });
  });

  it('integers refuse to grow over 64 bits', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({ m: Long.MAX_VALUE });
    await expect(collection.updateOne({}, { $inc: { m: 1 } })).rejects.toMatchObject({ code: 2 });
  });

  const mistakes: [string, Document, Document, number][] = [
    ['an unknown operator', {}, { $nope: { a: 1 } }, 9],
    ['$inc of text', { a: 'x' }, { $inc: { a: 1 } }, 14],
    ['$inc by text', { a: 1 }, { $inc: { a: 'x' } }, 14],
    ['$push onto text', { a: 'x' }, { $push: { a: 1 } }, 2],
    ['$addToSet onto text', { a: 'x' }, { $addToSet: { a: 1 } }, 2],
    ['$pull from text', { a: 'x' }, { $pull: { a: 1 } }, 2],
    ['a path through text', { a: 'x' }, { $set: { 'a.b': 1 } }, 28],
    ['a name within an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
    ['two operators on one path', {}, { $set: { a: 1 }, $inc: { 'a.b': 1 } }, 40],
    ['another _id', {}, { $set: { _id: 2 } }, 66],
    ['$rename from within text', { a: 'x' }, { $rename: { 'a.b': 'c' } }, 28],
    ['$rename from within an array', { a: [1] }, { $rename: { 'a.b': 'c' } }, 28],
    ['$rename to itself', { a: 1 }, { $rename: { a: 'a' } }, 2],
    ['$rename to within itself', { a: 1 }, { $rename: { a: 'a.b' } }, 2],
    ['$rename of an element', { a: [1] }, { $rename: { 'a.0': 'c' } }, 2],
    ['$rename to an element', { a: [1], b: 2 }, { $rename: { b: 'a.0' } }, 2],
  ];
  it.each(mistakes)('refuse %s', async (_name, before, update, code) => {
    const collection = mongo.fresh();
    await collection.insertOne({ _id: 1, ...before } as never);
    await expect(collection.updateOne({ _id: 1 } as never, update)).rejects.toMatchObject({ code });
    expect(await collection.findOne({})).toEqual({ _id: 1, ...before });
  });
});

describe('update and delete', () => {
  const filled = async (): Promise<Collection> => {
    const collection = mongo.fresh();
    await collection.createIndex({ kind: 1, n: -1 });
    await collection.insertMany(
      Array.from({ length: 20 }, (_, n) => ({ _id: n, n, kind: n % 2 === 0 ? 'even' : 'odd' })) as never,
    );
    return collection;
  };

  it('one, many, and none', async () => {
    const collection = await filled();
    expect(await collection.updateOne({ kind: 'odd' }, { $set: { first: true } })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 1,
    });
    expect(await collection.updateMany({ kind: 'even' }, { $inc: { n: 100 } })).toMatchObject({
      matchedCount: 10,
      modifiedCount: 10,
    });
    expect(await collection.updateMany({ kind: 'even' }, { $set: { kind: 'even' } })).toMatchObject({
      matchedCount: 10,
      modifiedCount: 0,
    });
    expect(await collection.updateOne({ kind: 'no' }, { $set: { a: 1 } })).toMatchObject({
      matchedCount: 0,
      upsertedId: null,
    });
    expect(await collection.countDocuments({ kind: 'even', n: { $gte: 100 } })).toBe(10);
    expect(await collection.deleteOne({ kind: 'odd' })).toMatchObject({ deletedCount: 1 });
    expect(await collection.deleteMany({ kind: 'odd' })).toMatchObject({ deletedCount: 9 });
    expect(await collection.deleteMany({ kind: 'no' })).toMatchObject({ deletedCount: 0 });
    expect(await collection.countDocuments()).toBe(10);
    expect(await collection.estimatedDocumentCount()).toBe(10);
  });

  it('moves index entries with the documents, also through the field that finds them', async () => {
    const collection = await filled();
    expect(
      await collection.updateMany({ kind: 'even', n: { $lt: 100 } }, { $inc: { n: 1 }, $set: { kind: 'moved' } }),
    ).toMatchObject({ modifiedCount: 10 });
    expect(await collection.countDocuments({ kind: 'even' })).toBe(0);
    expect(
      await collection
        .find({ kind: 'moved' }, { sort: { n: 1 } })
        .map(({ n }) => n as number)
        .toArray(),
    ).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  });

  it('replaces all but the _id', async () => {
    const collection = await filled();
    expect(await collection.replaceOne({ _id: 3 } as never, { z: 1 })).toMatchObject({ modifiedCount: 1 });
    expect(await collection.findOne({ _id: 3 } as never)).toEqual({ _id: 3, z: 1 });
    await expect(collection.replaceOne({ _id: 3 } as never, { _id: 4, z: 1 })).rejects.toMatchObject({
      code: 66,
    });
  });

  it('upserts from the filter and the update', async () => {
    const collection = mongo.fresh();
    const filter = { _id: 'x', 'a.b': 1, c: { $eq: 2 }, d: { $gt: 1 } } as never;
    expect(
      await collection.updateOne(filter, { $set: { f: 4 }, $setOnInsert: { g: 5 } }, { upsert: true }),
    ).toMatchObject({ upsertedId: 'x', upsertedCount: 1, matchedCount: 0 });
    expect(await collection.findOne({})).toEqual({ _id: 'x', a: { b: 1 }, c: 2, f: 4, g: 5 });
    const replaced = await collection.replaceOne({ q: 1 }, { r: 1 }, { upsert: true });
    expect(replaced.upsertedId).toBeInstanceOf(ObjectId);
    expect(await collection.findOne({ r: 1 })).toEqual({ _id: replaced.upsertedId, r: 1 });
  });

  it('upserts from equalities within $and', async () => {
    const collection = mongo.fresh();
    const filter = { _id: 'x', $and: [{ e: 3 }, { d: { $gt: 1 } }] } as never;
    await collection.updateOne(filter, { $set: { f: 4 } }, { upsert: true });
    expect(await collection.findOne({})).toEqual({ _id: 'x', e: 3, f: 4 });
  });

  it('does mixed bulks in their order', async () => {
    const collection = await filled();
    const result = await collection.bulkWrite([
      { insertOne: { document: { _id: 100, kind: 'new' } as never } },
      { updateOne: { filter: { _id: 100 } as never, update: { $set: { seen: 1 } } } },
      { updateMany: { filter: { kind: 'odd' }, update: { $set: { odd: true } } } },
      { replaceOne: { filter: { _id: 200 } as never, replacement: { kind: 'made' }, upsert: true } },
      { deleteOne: { filter: { _id: 0 } as never } },
      { deleteMany: { filter: { kind: 'even' } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 11,
      modifiedCount: 11,
      upsertedCount: 1,
      deletedCount: 10,
    });
    expect(await collection.findOne({ _id: 200 } as never)).toEqual({ _id: 200, kind: 'made' });
    const failed = await collection
      .bulkWrite(
        [
          { insertOne: { document: { _id: 1 } as never } },
          { updateOne: { filter: { _id: 1 } as never, update: { $set: { late: 1 } } } },
        ],
        { ordered: false },
      )
      .catch((error: unknown) => error as MongoBulkWriteError);
    expect(failed).toMatchObject({ code: 11000, result: { modifiedCount: 1 } });
  });

  it('says which operation of a bulk made a document', async () => {
    const result = await mongo
      .fresh()
      .bulkWrite([
        { updateOne: { filter: { _id: 1 } as never, update: { $set: { a: 1 } } } },
        { updateOne: { filter: { _id: 2 } as never, update: { $set: { a: 1 } }, upsert: true } },
      ]);
    expect(result).toMatchObject({ upsertedCount: 1, upsertedIds: { 1: 2 } });
  });
});

describe('findAndModify', () => {
  it('gives the document from before or after', async () => {
    const collection = mongo.fresh();
    await collection.insertMany([
      { _id: 1, n: 5, secret: 's' },
      { _id: 2, n: 9 },
    ] as never);
    expect(await collection.findOneAndUpdate({ n: { $gt: 1 } }, { $inc: { n: 1 } }, { sort: { n: -1 } })).toEqual({
      _id: 2,
      n: 9,
    });
    const after = { returnDocument: 'after', sort: { n: 1 } } as const;
    expect(await collection.findOneAndUpdate({}, { $inc: { n: 1 } }, after)).toEqual({ _id: 1, n: 6, secret: 's' });
    expect(await collection.findOneAndReplace({ _id: 2 } as never, { m: 1 }, { returnDocument: 'after' })).toEqual({
      _id: 2,
      m: 1,
    });
    expect(await collection.findOneAndDelete({ _id: 2 } as never)).toEqual({ _id: 2, m: 1 });
    expect(await collection.findOneAndDelete({ _id: 2 } as never)).toBeNull();
    expect(await collection.findOneAndUpdate({ _id: 3 } as never, { $set: { a: 1 } })).toBeNull();
    expect(await collection.findOneAndUpdate({ _id: 3 } as never, { $set: { a: 1 } }, { upsert: true })).toBeNull();
    expect(
      await collection.findOneAndUpdate(
        { _id: 4 } as never,
        { $set: { a: 1 } },
        { upsert: true, returnDocument: 'after' },
      ),
    ).toEqual({ _id: 4, a: 1 });
    const full = await collection.findOneAndUpdate(
      { _id: 4 } as never,
      { $set: { a: 2 } },
      { includeResultMetadata: true },
    );
    expect(full).toMatchObject({ ok: 1, value: { a: 1 }, lastErrorObject: { updatedExisting: true, n: 1 } });
  });

  it('gives only the fields that are asked for', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({ _id: 1, n: 5, secret: 's' } as never);
    const projection = { n: 1, _id: 0 };
    expect(await collection.findOneAndUpdate({}, { $inc: { n: 1 } }, { projection })).toEqual({ n: 5 });
    expect(await collection.findOneAndDelete({}, { projection })).toEqual({ n: 6 });
  });

  it('counts every one of many concurrent increments', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({ _id: 'counter', n: 0 } as never);
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        collection.findOneAndUpdate({ _id: 'counter' } as never, { $inc: { n: 1 } }, { returnDocument: 'after' }),
      ),
    );
    expect(new Set(results.map((result) => result?.n as number)).size).toBe(200);
    expect(await collection.findOne({})).toMatchObject({ n: 200 });
  });
});

describe('races', () => {
  it('let one of a hundred equal inserts win', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ email: 1 }, { unique: true });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, at) => collection.insertOne({ email: 'a@b.example', at })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 11000 });
    expect(await collection.countDocuments()).toBe(1);
  });

  it('let one of a hundred equal upserts insert, and the others update', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ key: 1 }, { unique: true });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => collection.updateOne({ key: 'k' }, { $inc: { n: 1 } }, { upsert: true })),
    );
    const inserted = results.filter((result) => result.status === 'fulfilled' && result.value.upsertedCount === 1);
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(inserted).toHaveLength(1);
    expect(await collection.find().toArray()).toMatchObject([{ n: 100 - refused.length }]);
  });

  it('let one of many take a lease', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({ _id: 'lease', until: 0 } as never);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, owner) =>
        collection.findOneAndUpdate({ _id: 'lease', until: { $lt: 5 } } as never, { $set: { owner, until: 10 } }),
      ),
    );
    expect(results.filter((result) => result !== null)).toHaveLength(1);
  });

  it('leave what went with a failing write as if it had gone alone', async () => {
    const collection = mongo.fresh();
    await collection.insertMany([
      { _id: 'lease', holder: 'other' },
      { _id: 'count', n: 0 },
    ] as never[]);
    const take = () =>
      collection.findOneAndUpdate({ _id: 'lease', holder: 'me' } as never, { $set: { held: true } }, { upsert: true });
    const count = () => collection.updateOne({ _id: 'count' } as never, { $inc: { n: 1 } });
    const results = await Promise.allSettled(Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? take() : count())));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: number }).code)).toEqual(Array(20).fill(11000));
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 'count', n: 40 },
      { _id: 'lease', holder: 'other' },
    ]);
  });
});
