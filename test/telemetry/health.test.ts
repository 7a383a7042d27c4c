import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serveMetrics } from '../../src/telemetry/metrics-port.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';

let frontdoor: TimedFrontdoor;
let clamd: Server;

/** A scanner that does nothing but say that it is there. */
async function startClamd(): Promise<Server> {
  const server = createServer((socket) => socket.on('data', () => socket.end('PONG\0')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

beforeEach(async () => {
  clamd = await startClamd();
  const { port } = clamd.address() as { port: number };
  frontdoor = await startTimedFrontdoor({
    CLAMD_URL: `tcp://127.0.0.1:${port}`,
    FILES_URL: 's3://key:secret@127.0.0.1:1/bucket?tls=false',
    KAFKA_BROKERS: '127.0.0.1:1',
  });
});
afterEach(async () => {
  await frontdoor.stop();
  clamd.close();
});

async function readyz(base = frontdoor.visitor('lancashire').base) {
  // What nobody waits for is asked once in fifteen seconds.
  frontdoor.clock.move(16_000);
  const reply = await fetch(`${base}/readyz`);
  return { code: reply.status, ...((await reply.json()) as object) };
}

test('readiness names each dependency; what is not needed to answer people does not turn them away', async () => {
  const up = { events: 'ok', mongo: 'ok', mail: 'ok', clamd: 'ok', files: 'unavailable', kafka: 'unavailable' };
  expect(await readyz()).toEqual({ code: 200, status: 'degraded', ...up });
  clamd.close();
  expect(await readyz()).toMatchObject({ code: 200, status: 'degraded', clamd: 'unavailable' });
});

test('readiness names the followers while one waits for a newer release, and only then', async () => {
  const { controls } = frontdoor.platform;
  expect(await readyz()).not.toHaveProperty('followers');
  await controls.stopped('inbox', 'This release does not know FormArchived.');
  expect(await readyz()).toMatchObject({ code: 200, status: 'degraded', followers: 'unavailable' });
});

test('a process that was told to stop says so, and asks for connections to be closed', async () => {
  frontdoor.platform.health.stopping = true;
  const { base } = frontdoor.visitor('lancashire');
  expect(await readyz()).toMatchObject({ code: 503, status: 'stopping' });
  const alive = await fetch(`${base}/healthz`);
  expect([alive.status, alive.headers.get('connection')]).toEqual([200, 'close']);
});

test('metrics and health have a port of their own where one is set', async () => {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const served = await serveMetrics(frontdoor.platform, port);
  const base = `http://127.0.0.1:${port}`;
  try {
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('frontdoor_dependency_up{dependency="kafka"} 0');
    expect(await readyz(base)).toMatchObject({ code: 200, mongo: 'ok' });
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect((await fetch(`${base}/graphql`)).status).toBe(404);
  } finally {
    await served.stop();
  }
});
