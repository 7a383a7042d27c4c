import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type Connected } from './connect.js';

let mongo: Connected;
beforeAll(async () => {
  mongo = await connect();
});
afterAll(() => mongo.close());

const index = { key: { owner: 1 } as const, unique: true };

it('gives a collection another name, its documents and indexes with it', async () => {
  const [from, to] = [mongo.fresh(), mongo.fresh()];
  await from.createIndexes([index]);
  await from.insertMany([{ owner: 'a' }, { owner: 'b' }]);
  await from.rename(to.collectionName);
  expect(await to.countDocuments()).toBe(2);
  expect(await from.countDocuments()).toBe(0);
  await expect(to.insertOne({ owner: 'a' })).rejects.toMatchObject({ code: 11000 });
  expect(await to.find({ owner: 'b' }).toArray()).toHaveLength(1);
  // The old name is free for another.
  await from.insertOne({ owner: 'a' });
  expect(await to.countDocuments()).toBe(2);
});

it('puts it in the place of another in one step: whoever reads meanwhile finds the one or the other whole', async () => {
  const [live, next] = [mongo.fresh(), mongo.fresh()];
  await live.insertMany(Array.from({ length: 50 }, (_, n) => ({ age: 'old', n })));
  const found: string[] = [];
  let reading = true;
  const reader = (async () => {
    while (reading) {
      const documents = await live.find().toArray();
      found.push(`${documents.length} ${[...new Set(documents.map(({ age }) => String(age)))].join()}`);
    }
  })();
  for (let round = 0; round < 20; round += 1) {
    await next.insertMany(Array.from({ length: 60 }, (_, n) => ({ age: 'new', n })));
    await next.rename(live.collectionName, { dropTarget: true });
  }
  reading = false;
  await reader;
  expect([...new Set(found)].sort()).toEqual(expect.arrayContaining(['60 new']));
  expect([...new Set(found)].filter((seen) => !['50 old', '60 new'].includes(seen))).toEqual([]);
});

it('refuses what MongoDB refuses', async () => {
  const [one, other, none] = [mongo.fresh(), mongo.fresh(), mongo.fresh()];
  await one.insertOne({ a: 1 });
  await other.insertOne({ a: 2 });
  await expect(one.rename(other.collectionName)).rejects.toMatchObject({ code: 48 });
  await expect(none.rename(other.collectionName, { dropTarget: true })).rejects.toMatchObject({ code: 26 });
  expect(await other.findOne({}, { projection: { _id: 0 } })).toEqual({ a: 2 });
  const command = { renameCollection: `${mongo.db.databaseName}.x`, to: `${mongo.db.databaseName}.y` };
  await expect(mongo.db.command(command)).rejects.toMatchObject({ code: 13 });
});
