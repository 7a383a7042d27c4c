import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { Leases } from '../../projections/lease.js';
import { clockAhead } from '../support/clock-ahead.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
let vault: Db;
let first: Leases;
let second: Leases;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
  vault = client.db('vault');
});
beforeEach(async () => {
  await vault.collection('leases').deleteMany({});
  first = new Leases(vault, 'first');
  second = new Leases(vault, 'second');
});
afterAll(async () => {
  await client?.close();
  await mongo?.stop();
});

/** The holder is not heard of for longer than a lease lives. */
const expire = (follower: string) =>
  vault.collection<{ _id: string }>('leases').updateOne({ _id: follower }, { $set: { expiresAt: new Date(0) } });

describe('A process whose clock is ten minutes ahead', () => {
  const TEN_MINUTES = 600_000;

  test('takes nobody’s lease, and does not take its holder for dead', async () => {
    await first.hold('inbox');
    await clockAhead(TEN_MINUTES, async () => {
      expect(await second.hold('inbox')).toBe(false);
      expect((await second.living()).map(({ holder }) => holder)).toEqual(['first']);
    });
    expect(await first.hold('inbox')).toBe(true);
  });

  test('holds its own no longer than others do', async () => {
    await clockAhead(TEN_MINUTES, () => second.hold('inbox'));
    const { expiresAt } = (await vault.collection('leases').findOne({}))!;
    expect((expiresAt as Date).getTime()).toBeLessThan(Date.now() + 60_000);
    expect(second.isSurelyHeld('inbox')).toBe(true);
  });

  test('that is behind takes a lease that has run out all the same', async () => {
    await first.hold('inbox');
    await expire('inbox');
    expect(await clockAhead(-TEN_MINUTES, () => second.hold('inbox'))).toBe(true);
    expect(await first.hold('inbox')).toBe(false);
  });
});

test('of two who ask at once, one gets it, every time', async () => {
  for (let round = 0; round < 50; round += 1) {
    const follower = `follower-${round}`;
    const held = await Promise.all([first.hold(follower), second.hold(follower)]);
    expect(held.filter(Boolean)).toHaveLength(1);
  }
});

test('of twenty who ask at once, one gets it', async () => {
  const holders = Array.from({ length: 20 }, (_, n) => new Leases(vault, `holder-${n}`));
  const held = await Promise.all(holders.map((holder) => holder.hold('inbox')));
  expect(held.filter(Boolean)).toHaveLength(1);
});

test('who holds it can prolong it, and nobody else takes it meanwhile', async () => {
  expect(await first.hold('inbox')).toBe(true);
  const { expiresAt } = (await vault.collection('leases').findOne({}))!;
  await vault.collection('leases').updateOne({}, { $set: { expiresAt: new Date(Date.now() + 1000) } });
  expect(await first.hold('inbox')).toBe(true);
  const prolonged = (await vault.collection('leases').findOne({}))!;
  expect((prolonged.expiresAt as Date).getTime()).toBeGreaterThanOrEqual((expiresAt as Date).getTime());
  expect(await second.hold('inbox')).toBe(false);
});

test('each follower has a lease of its own', async () => {
  expect(await first.hold('inbox')).toBe(true);
  expect(await second.hold('saved-forms')).toBe(true);
  expect(await second.hold('inbox')).toBe(false);
});

test('it is taken over when its holder is not heard of, by one of those who ask', async () => {
  await first.hold('inbox');
  await expire('inbox');
  const others = Array.from({ length: 10 }, (_, n) => new Leases(vault, `other-${n}`));
  const held = await Promise.all(others.map((other) => other.hold('inbox')));
  expect(held.filter(Boolean)).toHaveLength(1);
  expect(await first.hold('inbox')).toBe(false);
});

test('a holder that comes back first keeps it', async () => {
  await first.hold('inbox');
  await expire('inbox');
  expect(await first.hold('inbox')).toBe(true);
  expect(await second.hold('inbox')).toBe(false);
});

test('it is handed over at once when its holder lets go', async () => {
  await first.hold('inbox');
  await first.release('inbox');
  expect(await second.hold('inbox')).toBe(true);
});

test('nobody lets go of another’s, not even who held it before', async () => {
  await first.hold('inbox');
  await second.release('inbox');
  expect(await second.hold('inbox')).toBe(false);
  await expire('inbox');
  expect(await second.hold('inbox')).toBe(true);
  await first.release('inbox');
  expect(await first.hold('inbox')).toBe(false);
});

test('a holder that could not prolong it knows by itself that it may be gone', async () => {
  expect(first.isSurelyHeld('inbox')).toBe(false);
  await first.hold('inbox');
  expect(first.isSurelyHeld('inbox')).toBe(true);
  expect(await second.hold('inbox')).toBe(false);
  expect(second.isSurelyHeld('inbox')).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 6_100));
  expect(first.isSurelyHeld('inbox')).toBe(false);
  expect(await second.hold('inbox')).toBe(true);
  expect((await second.living()).map(({ _id, holder }) => [_id, holder])).toContainEqual(['inbox', 'second']);
});
