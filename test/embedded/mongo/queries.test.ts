import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Binary,
  type Collection,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  UUID,
} from 'mongodb';
import { connect, type Connected } from './connect.js';

let mongo: Connected;
beforeAll(async () => {
  mongo = await connect();
});
afterAll(() => mongo.close());

const ids = async (collection: Collection, filter: Document, sort: Document = { _id: 1 }): Promise<unknown[]> =>
  (await collection.find(filter, { sort: sort as never }).toArray()).map(({ _id }) => _id);

/** Runs the same expectations with and without an index on what the filters ask for. */
const twice = (
  indexes: Document[],
  name: string,
  run: (collection: Collection) => Promise<void>,
  documents: Document[],
): void => {
  for (const indexed of [false, true])
    it(`${name}${indexed ? ', with an index' : ''}`, async () => {
      await run(await filled(documents, indexed ? indexes : []));
    });
};

const filled = async (documents: Document[], indexes: Document[]): Promise<Collection> => {
  const collection = mongo.fresh();
  for (const index of indexes) await collection.createIndex(index);
  await collection.insertMany(documents);
  return collection;
};

describe('filters', () => {
  const people = [
    { _id: 1, name: 'Ann', age: 31, tags: ['a', 'b'], home: { town: 'Leeds', zip: 1 } },
    { _id: 2, name: 'Bob', age: 42, tags: ['b'], home: { town: 'York', zip: 2 }, extra: null },
    { _id: 3, name: 'Cat', age: 42.5, tags: [], home: { town: 'Leeds', zip: 3 } },
    { _id: 4, name: 'Dan', age: 'old', tags: 'a', pets: [] },
    {
      _id: 5,
      name: 'Eve',
      extra: 1,
      pets: [
        { kind: 'dog', age: 3 },
        { kind: 'cat', age: 9 },
      ],
    },
    { _id: 6, name: 'Ann Lee', extra: [1, 5], pets: [{ kind: 'cat', age: 2 }], scores: [3, 12] },
  ];
  const indexes = ['name', 'age', 'tags', 'home.town', 'extra', 'pets.kind', 'pets.age', 'scores'].map((path) => ({
    [path]: 1,
  }));
  const cases: [Document, number[]][] = [
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ name: 'Bob' }, [2]],
    [{ name: { $eq: 'Bob' } }, [2]],
    [{ age: 42 }, [2]],
    [{ age: { $gt: 31 } }, [2, 3]],
    [{ age: { $gte: 31, $lt: 42.5 } }, [1, 2]],
    [{ age: { $lte: 42 } }, [1, 2]],
    [{ age: { $ne: 42 } }, [1, 3, 4, 5, 6]],
    [{ age: { $in: [31, 'old', 7] } }, [1, 4]],
    [{ age: { $in: [] } }, []],
    [{ age: { $nin: [31, 42] } }, [3, 4, 5, 6]],
    [{ age: null }, [5, 6]],
    [{ age: { $exists: false } }, [5, 6]],
    [{ extra: { $exists: true } }, [2, 5, 6]],
    [{ extra: null }, [1, 2, 3, 4]],
    [{ extra: { $ne: null } }, [5, 6]],
    [{ extra: { $gt: 0, $lt: 2 } }, [5, 6]],
    [{ extra: { $gt: 1, $lt: 5 } }, [6]],
    [{ tags: 'a' }, [1, 4]],
    [{ tags: ['b'] }, [2]],
    [{ tags: [] }, [3]],
    [{ tags: { $all: ['a', 'b'] } }, [1]],
    [{ tags: { $size: 2 } }, [1]],
    [{ tags: { $in: ['b', 'zz'] } }, [1, 2]],
    [{ 'tags.0': 'b' }, [2]],
    [{ 'home.town': 'Leeds' }, [1, 3]],
    [{ home: { town: 'York', zip: 2 } }, [2]],
    [{ home: { zip: 2, town: 'York' } }, []],
    [{ 'pets.kind': 'cat' }, [5, 6]],
    [{ 'pets.kind': 'dog', 'pets.age': 9 }, [5]],
    [{ pets: { $elemMatch: { kind: 'dog', age: 9 } } }, []],
    [{ pets: { $elemMatch: { kind: 'cat', age: { $gt: 5 } } } }, [5]],
    [{ scores: { $elemMatch: { $gt: 3, $lt: 12 } } }, []],
    [{ 'pets.1.kind': 'cat' }, [5]],
    // The kinds of several pets are several values, not one array of them.
    [{ 'pets.kind': { $size: 2 } }, []],
    [{ 'pets.kind': { $size: 0 } }, []],
    [{ pets: { $size: 0 } }, [4]],
    [{ 'pets.age': { $elemMatch: { $gt: 5 } } }, []],
    [{ 'pets.age': { $all: [3, 9] } }, [5]],
    [{ pets: { $all: [{ $elemMatch: { kind: 'dog' } }, { $elemMatch: { kind: 'cat' } }] } }, [5]],
    [{ pets: { $elemMatch: { $or: [{ kind: 'dog' }, { age: 2 }] } } }, [5, 6]],
    [{ 'pets.kind': null }, [1, 2, 3]],
    [{ 'pets.kind': { $in: [null, 'dog'] } }, [1, 2, 3, 5]],
    [{ extra: { $lte: null } }, [1, 2, 3, 4]],
    [{ name: /^Ann/ }, [1, 6]],
    [{ name: { $regex: '^ann', $options: 'i' } }, [1, 6]],
    [{ name: { $in: [/^E/, 'Bob'] } }, [2, 5]],
    [{ name: { $not: /^A/ } }, [2, 3, 4, 5]],
    [{ age: { $not: { $gt: 40 } } }, [1, 4, 5, 6]],
    [{ $or: [{ name: 'Ann' }, { age: 42 }] }, [1, 2]],
    [{ $or: [{ age: { $lt: 35 } }, { age: 42, name: 'Bob' }] }, [1, 2]],
    [{ $and: [{ age: { $gt: 30 } }, { age: { $lt: 42 } }] }, [1]],
    [{ $nor: [{ name: 'Ann' }, { age: 42 }] }, [3, 4, 5, 6]],
    [{ age: { $type: 'string' } }, [4]],
    [{ age: { $mod: [2, 0] } }, [2, 3]],
    [{ $expr: { $gt: ['$home.zip', 1] } }, [2, 3]],
    [{ _id: { $in: [3, 1] } }, [1, 3]],
    [{ _id: { $gt: 2, $lte: 4 } }, [3, 4]],
    [{ _id: 1, name: 'Bob' }, []],
  ];
  describe.each([
    ['without an index', []],
    ['with an index', indexes],
  ])('%s', (_name, made) => {
    let collection: Collection;
    beforeAll(async () => {
      collection = await filled(people, made);
    });
    it.each(cases)('%j', async (filter, expected) => {
      expect(await ids(collection, filter)).toEqual(expected);
      expect(await collection.countDocuments(filter)).toBe(expected.length);
    });
  });

  it.each([
    ['an unknown operator', { a: { $foo: 1 } }],
    ['an unknown operator on top', { $bar: 1 }],
    ['$in without an array', { a: { $in: 1 } }],
    ['$elemMatch without a document', { a: { $elemMatch: 1 } }],
    ['$size without a number', { a: { $size: 'x' } }],
  ])('tell %s from an empty result', async (_name, filter) => {
    const collection = mongo.fresh();
    await collection.insertOne({ a: 1 });
    await expect(collection.find(filter as never).toArray()).rejects.toMatchObject({ code: 2 });
  });
});

describe('types', () => {
  const binary = new Binary(Buffer.from([0xff, 0xfe, 0]), 0);
  const values: unknown[] = [
    new ObjectId(),
    new UUID(),
    binary,
    new Date(0),
    new Date(-5),
    Long.fromString('9007199254740993'),
    Decimal128.fromString('0.1'),
    null,
    true,
    'text\u0000with zero',
    { nested: [1, { deep: 'x' }] },
    1.5,
    [],
  ];
  it.each(values.map((value) => [(value as object | null)?.constructor.name ?? 'null', value]))(
    'survive being written, found by value, and read: %s %j',
    async (_name, value) => {
      const collection = await filled([{ _id: 1, v: value }], [{ v: 1 }]);
      const raw = await collection.findOne({}, { promoteValues: false });
      if (typeof value === 'number') expect(raw?.v).toEqual(new Double(value));
      else if (value instanceof Object && 'nested' in value) expect((await collection.findOne({}))?.v).toEqual(value);
      else expect(raw?.v).toEqual(value);
      expect(await ids(collection, { v: value })).toEqual([1]);
      expect(await ids(collection, { v: 'another' })).toEqual([]);
    },
  );

  it('are told apart among each other, by an index', async () => {
    const collection = await filled(
      values.map((v, at) => ({ _id: at, v })),
      [{ v: 1 }],
    );
    // Null is also what a missing field is; the empty array is found in no other.
    for (const [at, v] of values.entries()) if (v !== null) expect(await ids(collection, { v })).toEqual([at]);
  });

  it('keep their kind of number through an update', async () => {
    const collection = mongo.fresh();
    await collection.insertOne({
      _id: 1,
      d: new Double(5),
      i: new Int32(5),
      l: Long.fromNumber(5),
      big: Long.fromString('9007199254740993'),
    } as never);
    await collection.updateOne({ _id: 1 } as never, { $set: { x: 1 }, $inc: { big: 1, i: 1, d: 1, l: 1 } });
    const raw = await collection.findOne({ _id: 1 } as never, { promoteValues: false });
    expect(raw).toMatchObject({
      d: new Double(6),
      i: new Int32(6),
      l: Long.fromNumber(6),
      big: Long.fromString('9007199254740994'),
    });
  });

  it('tell apart binaries that are the same as text, and longs that are the same as doubles', async () => {
    const collection = mongo.fresh();
    await collection.insertMany([
      { _id: 1, b: new Binary(Buffer.from([0xff])), n: Long.fromString('9007199254740992') },
      { _id: 2, b: new Binary(Buffer.from([0xfe])), n: Long.fromString('9007199254740993') },
    ] as never);
    expect(await ids(collection, { b: new Binary(Buffer.from([0xfe])) })).toEqual([2]);
    expect(await ids(collection, { n: Long.fromString('9007199254740993') })).toEqual([2]);
    expect(await ids(collection, { n: { $gt: Long.fromString('9007199254740992') } })).toEqual([2]);
  });
});

describe('sorting', () => {
  // In MongoDB's order of types; the number is the _id.
  const ordered: unknown[] = [
    new MinKey(),
    [],
    null,
    NaN,
    -Infinity,
    -5,
    Decimal128.fromString('-0.5'),
    0,
    new Double(0.1),
    Decimal128.fromString('0.1000000000000000055511151231257828'),
    1,
    Long.fromString('9007199254740992'),
    Long.fromString('9007199254740993'),
    1e300,
    Infinity,
    '',
    'a',
    'a\u0000b',
    'ab',
    'b',
    'é',
    '\uffee',
    '😀',
    { a: 1 },
    { a: 2 },
    { a: 'x' },
    new Binary(Buffer.from([9])),
    new Binary(Buffer.from([1, 1])),
    new ObjectId('000000000000000000000001'),
    new ObjectId('000000000000000000000002'),
    false,
    true,
    new Date(-1),
    new Date(1),
    /a/,
    /b/,
    new MaxKey(),
  ];
  twice(
    [{ v: 1 }, { w: 1, v: -1, _id: 1 }],
    'goes by type, then by value',
    async (collection) => {
      const expected = ordered.map((_, at) => at);
      expect(await ids(collection, {}, { v: 1 })).toEqual(expected);
      expect(await ids(collection, {}, { v: -1 })).toEqual([...expected].reverse());
      expect(await ids(collection, { w: 1 }, { v: -1, _id: 1 })).toEqual([...expected].reverse());
      expect(await ids(collection, { w: 1 }, { v: 1, _id: -1 })).toEqual(expected);
    },
    ordered.map((v, _id) => ({ _id, v, w: 1 })).sort((a, b) => ((a._id * 7) % 37) - ((b._id * 7) % 37)),
  );

  const everyday = [null, -5, 0, 0.1, 1, 1e300, '', 'a', 'ab', 'b', 'é', { a: 1 }, { a: 2 }].concat([
    new ObjectId('000000000000000000000001'),
    new ObjectId('000000000000000000000002'),
    false,
    true,
    new Date(-1),
    new Date(1),
  ] as never);
  twice(
    [{ v: 1 }, { w: 1, v: -1, _id: 1 }],
    'goes by type, then by value, for the types of every day',
    async (collection) => {
      const expected = everyday.map((_, at) => at);
      expect(await ids(collection, {}, { v: 1 })).toEqual(expected);
      expect(await ids(collection, { w: 1 }, { v: -1, _id: 1 })).toEqual([...expected].reverse());
    },
    everyday.map((v, _id) => ({ _id, v, w: 1 })).sort((a, b) => ((a._id * 7) % 19) - ((b._id * 7) % 19)),
  );

  const grid = Array.from({ length: 60 }, (_, _id) => ({ _id, a: _id % 3, b: (_id * 7) % 5, c: `c${_id % 4}` }));
  twice(
    [
      { a: 1, b: -1, _id: 1 },
      { c: 1, b: 1, _id: -1 },
    ],
    'mixes directions, skips and limits',
    async (collection) => {
      const by = (
        filter: (row: (typeof grid)[number]) => boolean,
        order: (x: (typeof grid)[number], y: (typeof grid)[number]) => number,
      ): number[] =>
        grid
          .filter(filter)
          .sort(order)
          .map(({ _id }) => _id);
      const all = by(
        () => true,
        (x, y) => x.a - y.a || y.b - x.b || x._id - y._id,
      );
      expect(await ids(collection, {}, { a: 1, b: -1, _id: 1 })).toEqual(all);
      expect(await ids(collection, {}, { a: -1, b: 1, _id: -1 })).toEqual([...all].reverse());
      const some = await collection.find({ a: 1 }, { sort: { b: -1, _id: 1 }, skip: 3, limit: 4 }).toArray();
      expect(some.map(({ _id }) => _id)).toEqual(
        by(
          ({ a }) => a === 1,
          (x, y) => y.b - x.b || x._id - y._id,
        ).slice(3, 7),
      );
      const merged = await collection
        .find({ c: { $in: ['c1', 'c3'] } }, { sort: { b: 1, _id: -1 }, limit: 9 })
        .toArray();
      expect(merged.map(({ _id }) => _id)).toEqual(
        by(
          ({ c }) => c === 'c1' || c === 'c3',
          (x, y) => x.b - y.b || y._id - x._id,
        ).slice(0, 9),
      );
      const back = await collection.find({ c: { $in: ['c1', 'c3'] } }, { sort: { b: -1, _id: 1 }, limit: 9 }).toArray();
      expect(back.map(({ _id }) => _id)).toEqual(
        by(
          ({ c }) => c === 'c1' || c === 'c3',
          (x, y) => y.b - x.b || x._id - y._id,
        ).slice(0, 9),
      );
      // The next page by key, as lists do it.
      const page = await collection
        .find(
          { a: 1, $or: [{ b: { $lt: 3 } }, { b: 3, _id: { $gt: 10 } as never }] },
          { sort: { b: -1, _id: 1 }, limit: 5 },
        )
        .toArray();
      expect(page.map(({ _id }) => _id)).toEqual(
        by(
          ({ a, b, _id }) => a === 1 && (b < 3 || (b === 3 && _id > 10)),
          (x, y) => y.b - x.b || x._id - y._id,
        ).slice(0, 5),
      );
    },
    grid,
  );

  twice(
    [{ 'v.x': 1, _id: 1 }],
    'takes a field of the documents in an array as an index has it',
    async (collection) => {
      expect(await ids(collection, {}, { 'v.x': 1, _id: 1 })).toEqual([6, 1, 2, 3, 4, 5, 7]);
      expect(await ids(collection, {}, { 'v.x': -1, _id: -1 })).toEqual([4, 5, 7, 3, 2, 1, 6]);
    },
    [
      { _id: 1, v: [] },
      { _id: 2, v: [8, 9] },
      { _id: 3 },
      // What is no document has no x: that is null, and comes before 5.
      { _id: 4, v: [1, { x: 5 }] },
      { _id: 5, v: [{ x: 3 }, { x: 1 }] },
      { _id: 6, v: { x: [] } },
      { _id: 7, v: { x: 2 } },
    ],
  );

  twice(
    [{ v: 1 }],
    'takes the least element of an array upwards, the greatest downwards',
    async (collection) => {
      expect(await ids(collection, {}, { v: 1 })).toEqual([1, 3, 2]);
      expect(await ids(collection, {}, { v: -1 })).toEqual([1, 2, 3]);
    },
    [
      { _id: 1, v: [1, 9] },
      { _id: 2, v: 5 },
      { _id: 3, v: [2, 3] },
    ],
  );
});

describe('projections', () => {
  const rows = [
    { x: 1, y: 1 },
    { x: 2, y: 2 },
    { x: 3, y: 3 },
  ];
  const cases: [Document, Document][] = [
    [{ a: 1 }, { _id: 1, a: 1 }],
    [{ a: 1, _id: 0 }, { a: 1 }],
    [{ _id: 1 }, { _id: 1 }],
    [{ _id: 0 }, { a: 1, b: { c: 1, d: 2 }, l: rows }],
    [{ 'b.c': 1 }, { _id: 1, b: { c: 1 } }],
    [
      { 'b.d': 0, l: 0 },
      { _id: 1, a: 1, b: { c: 1 } },
    ],
    [
      { b: { d: 0 }, l: 0 },
      { _id: 1, a: 1, b: { c: 1 } },
    ],
    [{ 'l.x': 1 }, { _id: 1, l: [{ x: 1 }, { x: 2 }, { x: 3 }] }],
    [
      { 'l.x': 0, a: 0, b: 0 },
      { _id: 1, l: [{ y: 1 }, { y: 2 }, { y: 3 }] },
    ],
    [
      { a: 1, l: { $slice: -1 } },
      { _id: 1, a: 1, l: [{ x: 3, y: 3 }] },
    ],
    [{ l: { $elemMatch: { x: 2 } } }, { _id: 1, l: [{ x: 2, y: 2 }] }],
  ];
  it.each(cases)('%j', async (projection, expected) => {
    const collection = await filled([{ _id: 1, a: 1, b: { c: 1, d: 2 }, l: rows }], []);
    expect(await collection.findOne({}, { projection })).toEqual(expected);
  });

  it('either include or exclude', async () => {
    const collection = await filled([{ _id: 1, a: 1, b: 2 }], []);
    await expect(collection.findOne({}, { projection: { a: 1, b: 0 } })).rejects.toMatchObject({ code: 31254 });
  });
});

describe('cursors', () => {
  it('walk several batches, and end early when closed', async () => {
    const collection = mongo.fresh();
    await collection.insertMany(Array.from({ length: 450 }, (_, _id) => ({ _id, even: _id % 2 === 0 })) as never);
    expect((await collection.find().toArray()).length).toBe(450);
    expect(
      (await collection.find({ even: true }, { sort: { _id: -1 }, batchSize: 7 }).toArray()).map(({ _id }) =>
        Number(_id),
      ),
    ).toEqual(Array.from({ length: 225 }, (_, at) => 448 - at * 2));
    expect(await collection.find({}, { batchSize: 10, limit: 25, skip: 5, sort: { _id: 1 } }).toArray()).toHaveLength(
      25,
    );
    const cursor = collection.find({}, { batchSize: 10 });
    await cursor.next();
    const id = cursor.id;
    await cursor.close();
    await expect(mongo.db.command({ getMore: id, collection: collection.collectionName })).rejects.toMatchObject({
      code: 43,
    });
  });

  it('are closed after a single batch where that is asked for', async () => {
    const { collectionName } = await filled(
      [1, 2, 3, 4, 5].map((_id) => ({ _id })),
      [],
    );
    const single = await mongo.db.command({ find: collectionName, batchSize: 3, singleBatch: true });
    expect(single.cursor.firstBatch).toHaveLength(3);
    expect(single.cursor).toMatchObject({ id: 0 });
  });

  it('go on while documents change beneath them', async () => {
    const collection = mongo.fresh();
    await collection.createIndex({ n: 1 });
    await collection.insertMany(Array.from({ length: 300 }, (_, _id) => ({ _id, n: _id })) as never);
    const cursor = collection.find({ n: { $gte: 0 } }, { sort: { n: 1 }, batchSize: 20 });
    const seen: unknown[] = [];
    for await (const { _id } of cursor) {
      seen.push(_id);
      if (seen.length === 15) await collection.deleteMany({ _id: { $gte: 100, $lt: 200 } } as never);
    }
    expect(seen.length).toBeGreaterThanOrEqual(200);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.at(-1)).toBe(299);
  });

  it('say so when their collection is gone', async () => {
    const collection = mongo.fresh();
    await collection.insertMany(Array.from({ length: 50 }, (_, n) => ({ n })));
    const cursor = collection.find({}, { batchSize: 5 });
    await cursor.next();
    await collection.drop();
    await expect(cursor.toArray()).rejects.toMatchObject({ code: 175 });
  });
});

describe('counting and aggregation', () => {
  const sales = Array.from({ length: 30 }, (_, _id) => ({
    _id,
    kind: `k${_id % 3}`,
    amount: _id,
    tags: _id % 2 ? ['x', 'y'] : ['x'],
  }));
  twice(
    [{ kind: 1, amount: 1 }],
    'count and list values',
    async (collection) => {
      expect(await collection.countDocuments({ kind: 'k1' })).toBe(10);
      expect(await collection.countDocuments({ kind: 'k1', amount: { $gt: 10 } })).toBe(6);
      expect(await collection.countDocuments({ kind: 'k1' }, { skip: 2, limit: 5 })).toBe(5);
      expect(await collection.countDocuments({ kind: 'none' })).toBe(0);
      expect(await collection.estimatedDocumentCount()).toBe(30);
      expect((await collection.distinct('kind')).sort()).toEqual(['k0', 'k1', 'k2']);
      expect((await collection.distinct('tags', { amount: { $lt: 2 } })).sort()).toEqual(['x', 'y']);
    },
    sales,
  );

  const pipelines: [string, Document[], Document[]][] = [
    [
      '$group',
      [
        { $match: { amount: { $gte: 3 } } },
        { $group: { _id: '$kind', total: { $sum: '$amount' }, n: { $sum: 1 } } },
        { $sort: { _id: -1 } },
      ],
      [
        { _id: 'k2', total: 153, n: 9 },
        { _id: 'k1', total: 144, n: 9 },
        { _id: 'k0', total: 135, n: 9 },
      ],
    ],
    [
      '$group with $max',
      [{ $group: { _id: '$kind', most: { $max: '$amount' } } }, { $sort: { _id: -1 } }],
      [
        { _id: 'k2', most: 29 },
        { _id: 'k1', most: 28 },
        { _id: 'k0', most: 27 },
      ],
    ],
    [
      '$sort, $skip, $limit and $project',
      [
        { $match: { kind: 'k0' } },
        { $sort: { amount: -1 } },
        { $skip: 1 },
        { $limit: 2 },
        { $project: { _id: 0, amount: 1 } },
      ],
      [{ amount: 24 }, { amount: 21 }],
    ],
    [
      '$project of something computed',
      [{ $match: { _id: 4 } }, { $project: { _id: 0, double: { $multiply: ['$amount', 2] } } }],
      [{ double: 8 }],
    ],
    [
      '$unwind',
      [{ $unwind: '$tags' }, { $group: { _id: '$tags', n: { $sum: 1 } } }, { $sort: { n: 1 } }],
      [
        { _id: 'y', n: 15 },
        { _id: 'x', n: 30 },
      ],
    ],
    ['$count', [{ $match: { kind: 'k1' } }, { $count: 'n' }], [{ n: 10 }]],
    ['$count of nothing', [{ $match: { kind: 'none' } }, { $count: 'n' }], []],
    [
      '$addFields',
      [{ $match: { _id: 4 } }, { $addFields: { more: { $add: ['$amount', 1] } } }],
      [{ _id: 4, kind: 'k1', amount: 4, tags: ['x'], more: 5 }],
    ],
  ];
  describe.each([
    ['without an index', []],
    ['with an index', [{ kind: 1, amount: 1 }]],
  ])('aggregate %s', (_name, indexes) => {
    let collection: Collection;
    beforeAll(async () => {
      collection = await filled(sales, indexes);
    });
    it.each(pipelines)('%s', async (_name, pipeline, expected) => {
      expect(await collection.aggregate(pipeline).toArray()).toEqual(expected);
    });
  });

  it('refuse stages there are not', async () => {
    await expect(
      mongo
        .fresh()
        .aggregate([{ $nope: 1 }])
        .toArray(),
    ).rejects.toMatchObject({ code: 40324 });
  });
});
