import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { DAY, MINUTE } from '../../src/core/clock.js';
import { ErasingJobs } from '../../src/core/erasing-jobs.js';
import { MovableClock } from '../support/timed-frontdoor.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
let vault: Db;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
  vault = client.db('vault');
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

let clock: MovableClock;
let skew = 0;
let said: string[] = [];
let runs = 0;
let jobs: ErasingJobs;
beforeEach(async () => {
  await vault.collection('erasing-jobs').deleteMany({});
  clock = new MovableClock();
  [skew, said, runs] = [0, [], 0];
  jobs = new ErasingJobs(vault, clock, { error: (line) => void said.push(line) }, { skew: async () => skew });
});
const run = () => jobs.guard('retention', async () => void (runs += 1));
const refused = async () => (await jobs.all())[0]!.refused;

test('runs the first time, and time and again for as long as no 35 days pass between two runs', async () => {
  await run();
  for (let month = 0; month < 3; month += 1) {
    clock.move(34 * DAY);
    await run();
  }
  expect(runs).toBe(4);
  expect(await refused()).toBeNull();
});

test.each([2 * MINUTE, -2 * MINUTE])(
  'erases nothing where the clocks differ by %i ms, until they agree',
  async (off) => {
    skew = off;
    await run();
    await run();
    expect(runs).toBe(0);
    expect(await refused()).toMatch(/^the clocks of this process and of the database differ/);
    expect(said).toHaveLength(1);
    skew = MINUTE / 2;
    await run();
    expect(runs).toBe(1);
    expect(await refused()).toBeNull();
  },
);

test('erases nothing where the time has jumped by more than 35 days, until an operator confirms it', async () => {
  await run();
  clock.move(36 * DAY);
  await run();
  await run();
  expect(runs).toBe(1);
  expect(await refused()).toMatch(/ops jobs confirm retention$/);
  expect(said).toHaveLength(1);
  expect(await jobs.confirm('nobody')).toBe(false);
  expect(await jobs.confirm('retention')).toBe(true);
  await run();
  expect(runs).toBe(2);
  expect(await refused()).toBeNull();
});

test('a run that failed is none', async () => {
  await run();
  clock.move(20 * DAY);
  await expect(jobs.guard('retention', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  clock.move(20 * DAY);
  await run();
  expect(runs).toBe(1);
});

test('whether a clock is wrong is asked of the database where nothing else is said', async () => {
  const real = new ErasingJobs(vault, clock, { error: (line) => void said.push(line) });
  clock.move(400 * DAY);
  await real.guard('saved-form-expiry', async () => void (runs += 1));
  expect([runs, said]).toEqual([1, []]);
});
