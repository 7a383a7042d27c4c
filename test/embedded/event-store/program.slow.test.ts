import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dist } from '../../support/dist.js';
import { startEventStore } from '../../support/event-store.js';
import { connect, numbered, refusal, revisionsOf } from './client.js';

const PROGRAM = join(dist, 'src/embedded/event-store/main.js');

describe('the event store program', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'event-store-program-'));
  });

  afterAll(async () => {
    await rm(dataDir, { recursive: true, force: true });
  });

  const run = async (args: string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, NODE_OPTIONS: '', ...env } });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, report: JSON.parse(output) as { ready: boolean; error: string } };
  };

  it.each([
    ['without a folder', ['--port', '0'], {}, /--data/],
    ['with a port that is none', ['--data', 'x', '--port', 'http'], {}, /is not a port/],
    ['in the open without TLS', ['--data', 'x', '--host', '0.0.0.0'], {}, /needs --tls-cert/],
    [
      'in the open with TLS but without an account',
      ['--data', 'x', '--host', '0.0.0.0', '--tls-cert', 'c', '--tls-key', 'k'],
      {},
      /EVENT_STORE_USER/,
    ],
    [
      'with an account but without TLS',
      ['--data', 'x'],
      { EVENT_STORE_USER: 'u', EVENT_STORE_PASSWORD: 'p' },
      /do not send them over an insecure connection/,
    ],
    ['with an option it does not know', ['--data', 'x', '--verbose'], {}, /verbose/],
  ])('does not start %s, and says why', async (_how, args, env, complaint) => {
    const { code, report } = await run(args, env);
    expect(code).toBe(1);
    expect(report).toEqual({ ready: false, error: expect.stringMatching(complaint) });
  });

  it('does not start on a port that is taken', async () => {
    const store = await startEventStore();
    const { code, report } = await run(['--data', dataDir, '--port', String(store.port)]);
    expect([code, report.ready]).toEqual([1, false]);
    await store.stop();
  });

  it('runs in a worker thread, stops on request, and serves the same folder again', async () => {
    for (const revision of [0n, 1n]) {
      const worker = new Worker(PROGRAM, { workerData: { argv: ['--port', '0', '--data', dataDir] }, execArgv: [] });
      const [report] = (await once(worker, 'message')) as [{ ready: boolean; port: number }];
      expect(report).toEqual({ ready: true, port: expect.any(Number) });
      const client = connect({ url: `esdb://127.0.0.1:${report.port}?tls=false` });
      expect((await client.appendToStream('threaded', numbered(1))).nextExpectedRevision).toBe(revision);
      await client.dispose();
      worker.postMessage('stop');
      expect(await once(worker, 'exit')).toEqual([0]);
    }
  });

  it('says in a worker thread, too, why it did not start', async () => {
    const worker = new Worker(PROGRAM, { workerData: { argv: ['--port', '0'] }, execArgv: [] });
    const exit = once(worker, 'exit');
    const [report] = (await once(worker, 'message')) as [unknown];
    expect(report).toEqual({ ready: false, error: expect.stringMatching(/--data/) });
    expect(await exit).toEqual([1]);
  });

  it('is found by gossip', async () => {
    const store = await startEventStore();
    const client = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${store.port}?tls=false`);
    await client.appendToStream('discovered', numbered(1));
    expect(await revisionsOf(client, 'discovered')).toEqual([0]);
    await client.dispose();
    await store.stop();
  });

  it('is reported as unavailable once killed, and reached again by the same client when it is back', async () => {
    const store = await startEventStore({ dataDir });
    const client = connect(store);
    await client.appendToStream('patient', numbered(1));
    await store.kill('SIGKILL');
    const credentials = { username: 'any', password: 'any' };
    const lost = refusal(client.appendToStream('patient', numbered(1), { credentials }));
    expect(await lost).toBeInstanceOf(UnavailableError);
    const back = await startEventStore({ dataDir, port: store.port });
    await client.appendToStream('patient', numbered(1), { credentials, expectedRevision: 0n });
    expect(await revisionsOf(client, 'patient')).toEqual([0, 1]);
    await client.dispose();
    await back.stop();
  });
});
