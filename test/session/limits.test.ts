import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { MINUTE } from '../../src/core/clock.js';
import { Secrets } from '../../src/core/secrets.js';
import { readLimits } from '../../src/session/limit-settings.js';
import { Limits } from '../../src/session/limits.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
let vault: Db;
const clock = { at: 0, now: () => new Date(clock.at) };
const settings = readLimits('calls=5/1m log-ins=3/15m codes-resent=5/1h');
/** As a process of its own would have it, on the same vault. */
const process = () => new Limits(vault, clock, new Secrets(Buffer.alloc(32, 3)), settings);
const tooMany = (retryAfter: number) => expect.objectContaining({ code: 'TOO_MANY_REQUESTS', details: { retryAfter } });
const times = (count: number, work: (nth: number) => Promise<void>) =>
  Promise.allSettled(Array.from({ length: count }, (_, nth) => work(nth)));
const done = (settled: PromiseSettledResult<void>[]) => settled.filter(({ status }) => status === 'fulfilled').length;

beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.kill();
});
beforeEach(async () => {
  clock.at = Date.now();
  vault = client.db(`limits_${Math.random().toString(36).slice(2)}`);
  await process().createIndexes();
});

describe('a limit', () => {
  test('lets so many through and says when to come back, to every process', async () => {
    const [one, other] = [process(), process()];
    for (const limits of [one, other, one, other, one]) await limits.take('calls', '192.0.2.1');
    clock.at += 20_000;
    await expect(other.take('calls', '192.0.2.1')).rejects.toEqual(tooMany(40));
    await expect(process().take('calls', '192.0.2.1')).rejects.toEqual(tooMany(40));
    await one.take('calls', '192.0.2.2');
  });

  test('begins anew when its time is over, and not a millisecond before', async () => {
    const limits = process();
    await times(6, () => limits.take('calls', 'a'));
    clock.at += MINUTE - 1;
    await expect(limits.take('calls', 'a')).rejects.toEqual(tooMany(1));
    clock.at += 1;
    await limits.take('calls', 'a');
  });

  test('raced by a hundred, lets exactly its number through', async () => {
    const both = [process(), process()];
    expect(done(await times(100, (nth) => both[nth % 2]!.take('calls', 'raced')))).toBe(5);
  });

  test('is told without being counted', async () => {
    const limits = process();
    expect(await limits.used(['log-ins', 'a'], ['log-ins', 'b'])).toEqual([undefined, undefined]);
    for (let nth = 0; nth < 3; nth += 1) await limits.note('log-ins', 'a');
    const until = new Date(clock.at + 15 * MINUTE);
    expect(await limits.used(['log-ins', 'a'], ['log-ins', 'b'], ['log-ins', 'a', 4])).toEqual([
      until,
      undefined,
      undefined,
    ]);
    clock.at += 15 * MINUTE;
    expect(await limits.used(['log-ins', 'a'])).toEqual([undefined]);
  });

  test('is not asked for again by who has just seen that there are too many, and is a moment later', async () => {
    const [limits, operator] = [process(), process()];
    for (let nth = 0; nth < 4; nth += 1) await limits.note('log-ins', 'a');
    const stopped = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    await operator.forget('log-ins', 'a');
    expect(await limits.anyUsed(['log-ins', 'b'], ['log-ins', 'a'])).toBe(true);
    expect(await limits.note('log-ins', 'a')).toEqual(new Date(clock.at + 15 * MINUTE));
    expect(await vault.collection('limits').countDocuments()).toBe(0);
    stopped.mockReturnValue(performance.now() + 2_001);
    expect(await limits.anyUsed(['log-ins', 'b'], ['log-ins', 'a'])).toBe(false);
    expect(await limits.note('log-ins', 'a')).toBeUndefined();
    stopped.mockRestore();
  });

  test('keeps nobody’s address', async () => {
    await process().take('calls', '192.0.2.77');
    await process().takeExactly('codes-resent', 'lynn@example.org');
    const kept = await Promise.all(['limits', 'limit_logs'].map((name) => vault.collection(name).find().toArray()));
    expect(kept.map(({ length }) => length)).toEqual([1, 1]);
    expect(JSON.stringify(kept)).not.toMatch(/192\.0|lynn|example/);
  });

  test('that is off lets everything through', async () => {
    const limits = new Limits(vault, clock, new Secrets(Buffer.alloc(32, 3)), readLimits('calls=off codes-resent=off'));
    expect(done(await times(20, () => limits.take('calls', 'a')))).toBe(20);
    expect(done(await times(20, () => limits.takeExactly('codes-resent', 'a', MINUTE)))).toBe(20);
  });
});

describe('a limit that is held exactly', () => {
  const resend = () => process().takeExactly('codes-resent', 'a', MINUTE);

  test('keeps each a minute from the one before', async () => {
    await resend();
    clock.at += MINUTE - 1;
    await expect(resend()).rejects.toEqual(tooMany(1));
    clock.at += 1;
    await resend();
  });

  test('has no more than its number in any hour, and what was refused does not count', async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      await resend();
      clock.at += 2 * MINUTE;
    }
    await expect(resend()).rejects.toEqual(tooMany(50 * 60));
    clock.at += 50 * MINUTE - 1;
    await expect(resend()).rejects.toEqual(tooMany(1));
    clock.at += 1;
    await resend();
    clock.at += MINUTE;
    await expect(resend()).rejects.toEqual(tooMany(60));
  });

  test('raced by fifty, lets one through', async () => {
    expect(done(await times(50, resend))).toBe(1);
  });
});
