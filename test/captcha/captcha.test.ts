import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { Secrets } from '../../src/core/secrets.js';
import { Captcha } from '../../src/session/captcha.js';
import { numberOf, type Challenge } from '../support/captcha.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
let captcha: Captcha;
const clock = { at: 0, now: () => new Date(clock.at) };

const encode = (payload: object) => Buffer.from(JSON.stringify(payload)).toString('base64');
/** As the widget does it: tries numbers until the hash is the challenge. */
async function solve(changes: object = {}): Promise<string> {
  const challenge = (await captcha.challenge()) as Challenge;
  const { maxnumber: _maxnumber, ...rest } = challenge;
  return encode({ ...rest, number: numberOf(challenge), took: 1, ...changes });
}
const failed = { code: 'CAPTCHA_FAILED', field: 'captcha', message: expect.stringMatching(/\.$/) };

beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.kill();
});
beforeEach(async () => {
  clock.at = Date.parse('2026-01-05T09:00:00.000Z');
  const vault = client.db(`captcha_${Math.random().toString(36).slice(2)}`);
  captcha = new Captcha(vault, new Secrets(Buffer.alloc(32, 4)), clock);
  await captcha.createIndexes();
});

describe('a captcha', () => {
  test('is what the widget expects', async () => {
    expect(await captcha.challenge()).toEqual({
      algorithm: 'SHA-256',
      challenge: expect.stringMatching(/^[0-9a-f]{64}$/),
      maxnumber: 50_000,
      salt: expect.stringMatching(/^[0-9a-f]+\?expires=\d+&$/),
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('that was solved is redeemed once', async () => {
    const payload = await solve();
    await captcha.redeem(payload);
    await expect(captcha.redeem(payload)).rejects.toMatchObject(failed);
  });

  test('is redeemed once even where a hundred ask at once', async () => {
    const payload = await solve();
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => captcha.redeem(payload)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('holds again for the very same action, and for no other', async () => {
    const payload = await solve();
    await captcha.redeem(payload, 'command 1');
    await captcha.redeem(payload, 'command 1');
    await expect(captcha.redeem(payload, 'command 2')).rejects.toMatchObject(failed);
    await expect(captcha.redeem(payload)).rejects.toMatchObject(failed);
  });

  test('is dead at exactly ten minutes', async () => {
    const [early, late] = [await solve(), await solve()];
    clock.at += 10 * 60_000 - 1;
    await captcha.redeem(early);
    clock.at += 1;
    await expect(captcha.redeem(late)).rejects.toMatchObject(failed);
  });

  test('that is missing, made up or altered is refused', async () => {
    for (const payload of [
      undefined,
      null,
      '',
      'nonsense',
      encode({}),
      encode([1]),
      Buffer.from('null').toString('base64'),
      'A'.repeat(5_000),
    ]) {
      await expect(captcha.redeem(payload)).rejects.toMatchObject(failed);
    }
    const salt = 'abc?expires=99999999999&';
    for (const change of [
      { number: 1 },
      { number: '7' },
      { number: -1 },
      { number: 1.5 },
      { algorithm: 'SHA-1' },
      { salt },
      { signature: '' },
      { challenge: 'a' },
    ]) {
      await expect(captcha.redeem(await solve(change))).rejects.toMatchObject(failed);
    }
  });

  test('of another installation is refused', async () => {
    const other = new Captcha(client.db('other'), new Secrets(Buffer.alloc(32, 5)), clock);
    await expect(other.redeem(await solve())).rejects.toMatchObject(failed);
  });
});
