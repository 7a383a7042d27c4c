import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { ReadModelCheckpoints } from '../../projections/checkpoints.js';
import { FreshPages } from '../../src/referral/fresh-pages.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let server: StartedMongo;
let client: MongoClient;
let views: Db;
let looks = 0;
let pages: FreshPages;
const move = (position: number) => new ReadModelCheckpoints(views).write('a list', BigInt(position));

beforeAll(async () => {
  server = await startMongo();
  client = await MongoClient.connect(server.url, { monitorCommands: true });
  client.on('commandStarted', ({ commandName }) => (looks += commandName === 'find' ? 1 : 0));
  views = client.db('views');
});
beforeEach(async () => {
  await move(1);
  pages = new FreshPages(views, 'a list');
  looks = 0;
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

test('a page is read again once the read model has moved, and not before', async () => {
  let loads = 0;
  const ask = (key: string) => pages.asked()(key, async () => ({ load: (loads += 1) }));
  expect(
    [await ask('mine'), await ask('mine'), await ask('theirs'), await ask('mine')].map(({ load }) => load),
  ).toEqual([1, 1, 2, 1]);
  await move(2);
  expect([await ask('mine'), await ask('mine')].map(({ load }) => load)).toEqual([3, 3]);
});

test('all who ask at one moment share one look at how far the read model is', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, nth) => pages.asked()(`page ${nth}`, async () => ({}))));
  expect(looks).toBeLessThanOrEqual(2);
});

test('all that one asks for at once shares a look, and is as new as it was then', async () => {
  const ask = pages.asked();
  for (const key of ['rows', 'count', 'requests']) await ask(key, async () => ({ key }));
  expect(looks).toBe(1);
});

test('nobody is given a page older than the read model was when they asked, however many ask', async () => {
  let now = 1;
  let ended = false;
  const ask = () => pages.asked()('mine', async () => ({ seen: now }));
  const crowd = Array.from({ length: 8 }, async () => {
    while (!ended) await ask();
  });
  for (let position = 2; position <= 200; position += 1) {
    now = position;
    await move(position);
    expect((await ask()).seen).toBe(position);
  }
  ended = true;
  await Promise.all(crowd);
});

test('what could not be read is read again', async () => {
  await expect(pages.asked()('mine', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await pages.asked()('mine', async () => ({ rows: 1 }))).toEqual({ rows: 1 });
});
