import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient, MongoServerError, type Db } from 'mongodb';
import { DatabaseClock } from '../../src/core/database-clock.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

/** A database that says it is so many milliseconds later than here. */
const databaseAt = (later: number, command = 'hello') =>
  ({
    command: async (asked: Record<string, unknown>) => {
      if (!(command in asked)) throw new MongoServerError({ code: 59, errmsg: 'no such command' });
      return { localTime: new Date(Date.now() + later) };
    },
  }) as unknown as Db;

test("says the database's time, never a later one", async () => {
  const clock = new DatabaseClock(client.db('vault'));
  const { time, uncertainty } = await clock.now();
  expect(time).toBeLessThanOrEqual(Date.now());
  expect(Date.now() - time - uncertainty).toBeLessThan(5_000);
  const later = await clock.now();
  expect(later.time).toBeGreaterThanOrEqual(time);
});

test.each([600_000, -600_000, 0])(
  'says how far this process is ahead where the database is %i ms later',
  async (later) => {
    const skew = await new DatabaseClock(databaseAt(later)).skew();
    expect(Math.abs(skew + later)).toBeLessThan(5_000);
  },
);

test('puts the time right that other processes go by, and leaves alone how tests move it', async () => {
  const clock = new DatabaseClock(databaseAt(-600_000));
  const moved = { now: () => new Date(Date.now() + 86_400_000) };
  const shared = clock.shared(moved);
  await clock.now();
  expect(Math.abs(shared.now().getTime() - (Date.now() + 86_400_000 - 600_000))).toBeLessThan(5_000);
});

test('asks a server that does not know hello by the older name', async () => {
  const { time } = await new DatabaseClock(databaseAt(0, 'isMaster')).now();
  expect(Math.abs(time - Date.now())).toBeLessThan(5_000);
});

test('asks again after the database did not answer', async () => {
  let away = true;
  const database = {
    command: async () => {
      if (away) throw new Error('away');
      return { localTime: new Date() };
    },
  } as unknown as Db;
  const clock = new DatabaseClock(database);
  await expect(clock.now()).rejects.toThrow('away');
  away = false;
  expect((await clock.now()).time).toBeGreaterThan(0);
});
