import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { register } from 'prom-client';
import { mostUnderWay, Overload } from '../../src/http-overload.js';
import { until } from '../support/people.js';

let server: FastifyInstance;
let base: string;
/** Requests that are being answered, and what lets them go. */
let underWay = 0;
let letGo: () => void;

beforeEach(async () => {
  // However busy the machine is that tests run on.
  const overload = new Overload(
    (_request, id) => ({ 'x-request-id': id, 'cache-control': 'no-store' }),
    () => 300,
  );
  server = fastify({ serverFactory: overload.serverFactory });
  overload.watch(server);
  underWay = 0;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  server.post('/graphql', async () => {
    underWay += 1;
    await gate;
    return { data: {} };
  });
  server.get('/healthz', async () => ({ status: 'up' }));
  await server.listen({ host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  letGo();
  server.server.closeAllConnections();
  await server.close();
});

const ask = () =>
  fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{me}"}',
  });
const turnedAway = async () => {
  const metric = register.getSingleMetric('frontdoor_requests_turned_away_total')!;
  return (await metric.get()).values[0]!.value;
};

test('beyond what can be answered in time callers are turned away; those let in are answered, and then there is room', async () => {
  const before = await turnedAway();
  const letIn = Array.from({ length: 300 }, ask);
  await until(async () => underWay === 300);
  const refused = await ask();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(refused.headers.get('cache-control')).toBe('no-store');
  expect(await refused.json()).toMatchObject({
    errors: [{ extensions: { code: 'UNAVAILABLE', correlationId: refused.headers.get('x-request-id') } }],
  });
  expect(await turnedAway()).toBe(before + 1);
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
  letGo();
  expect(new Set((await Promise.all(letIn)).map(({ status }) => status))).toEqual(new Set([200]));
  expect((await ask()).status).toBe(200);
  expect(underWay).toBe(301);
});

test('who hangs up makes room at once', async () => {
  const body = '{"query":"{me}"}';
  const sockets = await Promise.all(
    Array.from({ length: 300 }, () => opened(`content-length: ${body.length}\r\n\r\n${body}`)),
  );
  await until(async () => underWay === 300);
  expect((await ask()).status).toBe(503);
  for (const socket of sockets) socket.destroy();
  // Let in, it waits at the gate as all do.
  await until(async () => {
    const reply = ask();
    await Promise.race([reply, until(async () => underWay > 300)]);
    return underWay > 300;
  });
});

test('who sends a request slowly keeps nobody out', async () => {
  const slow = await Promise.all(Array.from({ length: 320 }, () => opened('content-length: 100\r\n\r\n{')));
  letGo();
  expect((await ask()).status).toBe(200);
  for (const socket of slow) socket.destroy();
});

test.each([
  ['a process with time to spare lets many wait for something else', 0.5, 3, 300],
  ['a busy one lets in what it answers in half a second', 0.95, 400, 200],
  ['a quick one no more than the most', 1, 5_000, 300],
  ['a slow one a few at least', 1, 0, 128],
])('%s', (_what, busy, answered, most) => expect(mostUnderWay(busy, answered)).toBe(most));

async function opened(rest: string): Promise<Socket> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${rest}`);
  return socket;
}
