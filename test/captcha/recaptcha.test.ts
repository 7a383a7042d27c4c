import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { loadConfig } from '../../src/config.js';
import { Secrets } from '../../src/core/secrets.js';
import { Captcha } from '../../src/session/captcha.js';
import { Recaptcha } from '../../src/session/recaptcha.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

/** Answers as siteverify does: each token that was earned passes once. */
const google = {
  earned: new Set<string>(),
  asked: [] as string[],
  answer: undefined as ((reply: ServerResponse) => void) | undefined,
};
let server: Server;
let mongo: StartedMongo;
let client: MongoClient;
let captcha: Captcha;
let verifyUrl: string;
beforeAll(async () => {
  server = createServer((request, reply) => {
    let body = '';
    request.on('data', (text: Buffer) => (body += text.toString()));
    request.on('end', () => {
      google.asked.push(`${request.method} ${request.headers['content-type']} ${body}`);
      if (google.answer) return google.answer(reply);
      const given = new URLSearchParams(body);
      const success = given.get('secret') === 'shh' && google.earned.delete(given.get('response') ?? '');
      reply.end(JSON.stringify(success ? { success } : { success, 'error-codes': ['timeout-or-duplicate'] }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  verifyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/siteverify`;
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.kill();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  Object.assign(google, { earned: new Set(['earned']), asked: [], answer: undefined });
  const recaptcha = new Recaptcha({ secret: 'shh', siteKey: 'public', verifyUrl, timeout: 300 });
  const vault = client.db(`recaptcha_${Math.random().toString(36).slice(2)}`);
  captcha = new Captcha(vault, new Secrets(Buffer.alloc(32, 4)), { now: () => new Date() }, recaptcha);
});

const failed = { code: 'CAPTCHA_FAILED', field: 'captcha', message: expect.stringMatching(/\.$/) };

describe('reCAPTCHA, where it is configured', () => {
  test('tells the front end its site key', async () => {
    expect(await captcha.challenge()).toEqual({ provider: 'recaptcha', siteKey: 'public' });
  });

  test('passes what Google says was earned, once', async () => {
    await captcha.redeem('earned');
    expect(google.asked).toEqual(['POST application/x-www-form-urlencoded;charset=UTF-8 secret=shh&response=earned']);
    await expect(captcha.redeem('earned')).rejects.toMatchObject(failed);
  });

  test('lets a command be repeated with its token, and no other command', async () => {
    await captcha.redeem('earned', 'command 1');
    await captcha.redeem('earned', 'command 1');
    await expect(captcha.redeem('earned', 'command 2')).rejects.toMatchObject(failed);
    expect(google.asked).toHaveLength(1);
  });

  test('refuses what was not earned, is missing, or is no token', async () => {
    for (const given of ['made up', '', null, undefined, 'x'.repeat(8_001)]) {
      await expect(captcha.redeem(given)).rejects.toMatchObject(failed);
    }
    expect(google.asked).toHaveLength(1);
  });

  test.each<[string, (reply: ServerResponse) => void]>([
    ['an error', (reply) => void reply.writeHead(500).end('{"success":true}')],
    ['no JSON', (reply) => void reply.end('<html>')],
    ['nothing', () => undefined],
    ['that it is elsewhere', (reply) => void reply.writeHead(302, { location: '/siteverify' }).end()],
    ['that the secret is wrong', (reply) => void reply.end('{"success":false,"error-codes":["invalid-input-secret"]}')],
  ])('lets nobody pass where it answers %s', async (_name, answer) => {
    google.answer = answer;
    await expect(captcha.redeem('earned')).rejects.toMatchObject({ code: 'UNAVAILABLE', field: 'captcha' });
    google.answer = undefined;
    await captcha.redeem('earned');
  });

  test.each(['{}', '{"success":"true"}', '{"success":1}'])('takes only a plain yes for one: %s', async (said) => {
    google.answer = (reply) => void reply.end(said);
    await expect(captcha.redeem('earned')).rejects.toMatchObject(failed);
  });
});

test('its settings come together', () => {
  const config = (settings: Record<string, string>) =>
    loadConfig({ DATA_DIR: mkdtempSync(join(tmpdir(), 'config-')), ...settings }).recaptcha;
  expect(config({})).toBeUndefined();
  expect(() => config({ RECAPTCHA_SECRET: 'shh' })).toThrow('RECAPTCHA_SITE_KEY must be set');
  expect(config({ RECAPTCHA_SECRET: 'shh', RECAPTCHA_SITE_KEY: 'public' })).toEqual({
    secret: 'shh',
    siteKey: 'public',
    verifyUrl: 'https://www.google.com/recaptcha/api/siteverify',
  });
});
