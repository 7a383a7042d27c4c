import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dist } from '../support/dist.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { freePort } from '../support/free-port.js';
import { startMongo } from '../support/mongo.js';
import { until } from '../support/until.js';

let store: RunningEventStore;
const dataDir = mkdtempSync(join(tmpdir(), 'projector-boot-'));
beforeAll(async () => {
  store = await startEventStore();
});
afterAll(async () => {
  await store.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

function projector(settings: Record<string, string>) {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    ...settings,
  };
  const child = spawn(process.execPath, [join(dist, 'projections/main.js')], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null, said }));
  return { child, ended };
}

test('a projector that starts before its MongoDB waits for it', async () => {
  const [port, health] = [await freePort(), await freePort()];
  const { child, ended } = projector({
    EVENTSTORE_URL: store.url,
    MONGO_URL: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    SMTP_URL: 'smtp://127.0.0.1:1',
    METRICS_PORT: String(health),
  });
  // It asks for its MongoDB, in vain.
  const nobody = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(nobody, 'connection');
  nobody.close();
  const mongo = await startMongo({ args: ['--port', String(port)] });
  const isReady = async () => (await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined))?.ok;
  await until(async () => child.exitCode !== null || (await isReady()) === true);
  child.kill('SIGTERM');
  expect(await ended).toEqual({ code: 0, said: '' });
  await mongo.stop();
});

test('one whose MongoDB never answers says where it should be, and no password', async () => {
  const { ended } = projector({
    EVENTSTORE_URL: store.url,
    MONGO_URL: 'mongodb://frontdoor:hidden@127.0.0.1:1/?directConnection=true',
    SMTP_URL: 'smtp://127.0.0.1:1',
  });
  const { code, said } = await ended;
  expect(code).toBe(1);
  expect(said).toMatch(
    /^Frontdoor did not start\. MongoDB at mongodb:\/\/frontdoor:\*+@127\.0\.0\.1:1\S* does not answer: .+\n$/,
  );
});

test('one without stores is told which settings to give', async () => {
  const { code, said } = await projector({ EVENTSTORE_URL: '', MONGO_URL: '' }).ended;
  expect([code, said]).toEqual([
    1,
    'Frontdoor did not start. Set EVENTSTORE_URL and MONGO_URL: the embedded stores belong to the API process alone.\n',
  ]);
});
