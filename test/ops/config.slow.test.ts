import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shownSettings } from '../../src/cli/ops/commands/config.js';
import { loadConfig, settingMistakes } from '../../src/config.js';
import { settings } from '../../src/settings.js';
import { terminal } from '../support/terminal.js';

const KEY = randomBytes(32).toString('base64');
const PASSWORD = 'canary-password';

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'secret-')), 'secret');
  writeFileSync(file, text);
  return file;
}

test('every setting is shown, and where it comes from', () => {
  const shown = shownSettings({ PORT: '8080', MASTER_KEY_FILE: fileOf(`${KEY}\n`) });
  expect(shown.map(({ name }) => name)).toEqual(settings.map(({ name }) => name));
  const of = (wanted: string) => shown.find(({ name }) => name === wanted);
  expect(of('PORT')).toEqual({ name: 'PORT', value: '8080', from: 'environment' });
  expect(of('HOST')).toEqual({ name: 'HOST', value: '127.0.0.1', from: 'default' });
  expect(of('MASTER_KEY')).toEqual({ name: 'MASTER_KEY', value: '***', from: 'file' });
  expect(of('CLAMD_URL')).toEqual({ name: 'CLAMD_URL', value: null, from: 'not set' });
});

test('no secret is shown, however it is written', () => {
  const urls = {
    EVENTSTORE_URL: `esdb://user:${PASSWORD}@events:2113?tls=true`,
    MONGO_URL: `mongodb://user:${PASSWORD}@one,two/?replicaSet=rs0`,
    SMTP_URL: `smtps://user:${PASSWORD}@mail:465`,
    FILES_URL: `s3://key:${PASSWORD}@files:9000/bucket?tls=false`,
  };
  const others = settings.filter(({ name, secret }) => secret && !(name in urls));
  const env = { ...urls, ...Object.fromEntries(others.map(({ name }) => [name, PASSWORD])) };
  const shown = shownSettings(env);
  expect(JSON.stringify(shown)).not.toContain('canary');
  expect(shown.find(({ name }) => name === 'MONGO_URL')?.value).toBe('mongodb://***@one,two/');
});

test('a secret in a file is the secret, without the line break that an editor puts behind it', () => {
  const { masterKey } = loadConfig({ NODE_ENV: 'test', DATA_DIR: tmpdir(), MASTER_KEY_FILE: fileOf(`${KEY}\n`) });
  expect(masterKey).toEqual(Buffer.from(KEY, 'base64'));
});

test('what is wrong with the files of secrets is named with every other mistake', () => {
  const env = { MASTER_KEY_FILE: '/not/there', APP_SECRET_FILE: fileOf(KEY), APP_SECRET: KEY, PORT: 'x' };
  expect(settingMistakes(env)).toEqual([
    'MASTER_KEY_FILE cannot be read (ENOENT)',
    'APP_SECRET and APP_SECRET_FILE are both set: one of them is meant',
    'PORT must be a port number',
  ]);
});

test('production takes each of its needs from the environment or from a file', () => {
  const [master, app] = [fileOf(KEY), fileOf(randomBytes(32).toString('base64'))];
  const rest = {
    NODE_ENV: 'production',
    STAFF_JWKS_URL: 'https://login.example.gov.uk/keys',
    STAFF_ISSUER: 'https://login.example.gov.uk/',
    EVENTSTORE_URL_FILE: fileOf('esdb://events:2113'),
    MONGO_URL: 'mongodb://mongo',
    SMTP_URL: 'smtp://mail',
    PUBLIC_URL: 'https://api.example.gov.uk',
  };
  expect(settingMistakes({ ...rest, MASTER_KEY_FILE: master, APP_SECRET_FILE: app })).toEqual([]);
  expect(settingMistakes(rest)).toEqual([
    'MASTER_KEY must be set in production',
    'APP_SECRET must be set in production',
  ]);
});

test('what keeps a command from its work is said in a line, and no trace of calls with it', async () => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'data-'));
  const status = (env: Record<string, string>) => terminal('ops', { DATA_DIR, ...env }, 'followers', 'status');
  expect(await status({ MASTER_KEY: 'short' })).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^The configuration has mistakes:\n {2}MASTER_KEY must be [^\n]*\n$/),
  });
  expect((await status({})).said).toBe(
    `Nothing runs on ${DATA_DIR}. Start the service, or set EVENTSTORE_URL and MONGO_URL.\n`,
  );
  const nowhere = { EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false', MONGO_URL: 'mongodb://127.0.0.1:1' };
  expect((await status(nowhere)).said).toMatch(
    /^The stores cannot be reached or opened: does the service run\? [^\n]*127.0.0.1:1\n$/,
  );
});
