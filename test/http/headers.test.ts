import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { productionSettings } from '../support/production.js';
import { registered } from '../support/people.js';
import { json, post, query, requests } from '../support/routes.js';

let frontdoor: TimedFrontdoor;
let base: string;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor(productionSettings());
  ({ base } = frontdoor.visitor('lancashire'));
});
afterAll(() => frontdoor.stop());

describe('Every answer of a production server carries its headers', () => {
  test.each(requests)('%s', async (...[, path, init]) => {
    const reply = await fetch(`${base}${path}`, init);
    await reply.arrayBuffer();
    const { headers } = reply;
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8,}/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
  });

  test.each([
    ['a URL that cannot be read', 'GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['what is no HTTP', 'HELLO\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`],
  ])('%s', async (_what, text) => {
    const said = await spoken(text);
    expect(said).toMatch(/^HTTP\/1.1 400 /);
    expect(said).toContain('x-content-type-options: nosniff');
    expect(said).toContain('frame-ancestors');
    expect(said).not.toContain('zz');
  });

  test('an id that says who somebody is, is not taken over; a UUID is', async () => {
    const answered = async (id: string) =>
      (await fetch(`${base}/healthz`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    const id = '3f1b7a52-8a54-4f0b-9a39-51f3f6a8a001';
    expect(await answered(id)).toBe(id);
    for (const other of ['lynn@example.org', 'Lynn-Robinson', `${id}0`, ' '])
      expect(await answered(other)).not.toBe(other);
    const problem = await fetch(`${base}/graphql`, post('{"query":"{me{email}}"}', { ...json, 'x-request-id': id }));
    expect(await problem.json()).toMatchObject({ errors: [{ extensions: { correlationId: id } }] });
  });
});

describe('In production', () => {
  const asked = async (text: string) => (await fetch(`${base}/graphql`, query(text))).text();
  test('the schema is not told, not even by a near miss', async () => {
    expect(await asked('{__schema{types{name}}}')).not.toContain('"data"');
    expect(await asked('{__type(name:"Query"){name}}')).not.toContain('"data"');
    for (const near of ['{counci{name}}', '{council{nam}}', 'query($a: Strin){council{name}}', '{form(ido:"a"){id}}']) {
      const said = await asked(near);
      expect(said).toContain('BAD_INPUT');
      expect(said).not.toMatch(/did you mean/i);
    }
  });
});

describe('Front ends of other origins', () => {
  const allowed = async (origin: string, council = 'lancashire', method = 'POST') => {
    const reply = await fetch(`${base}/graphql`, {
      ...(method === 'POST' ? query('{council{name}}') : { method }),
      headers: { ...json, 'x-council': council, origin, 'access-control-request-method': 'POST' },
    });
    return reply.headers.get('access-control-allow-origin');
  };

  test('may read what their own council answers, over TLS', async () => {
    const own = 'https://childrenandfamilies.lancashire.example';
    expect(await allowed(own)).toBe(own);
    expect(await allowed(own, 'lancashire', 'OPTIONS')).toBe(own);
    expect(await allowed(own, 'sefton')).toBeNull();
    expect(await allowed('http://childrenandfamilies.lancashire.example')).toBeNull();
  });

  test.each([
    'https://attacker.example',
    'https://childrenandfamilies.lancashire.example.attacker.example',
    'https://attacker.example#childrenandfamilies.lancashire.example',
    'https://childrenandfamilies.lancashire.example@attacker.example',
    'null',
    'https://',
    '*',
  ])('no other may: %s', async (origin) => {
    expect(await allowed(origin)).toBeNull();
    expect(await allowed(origin, 'lancashire', 'OPTIONS')).toBeNull();
  });
});

describe('A body of more than half a megabyte', () => {
  const head = (more: string) =>
    `POST /graphql HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n${more}\r\n\r\n`;

  test('is refused of a stranger before any of it is sent', async () => {
    const said = await spoken(head('content-length: 600000'));
    expect(said).toMatch(/^HTTP\/1.1 413 /);
    expect(said).toContain('"code":"BAD_INPUT"');
  });

  test('is refused with a session that has ended, or never was, before any of it is sent', async () => {
    const { api } = await registered(frontdoor.visitor('lancashire'));
    await api.ask('mutation { logOut }');
    for (const token of [api.token, 'made-up', 'a.made-up.one']) {
      const said = await spoken(head(`authorization: Bearer ${token}\r\ncontent-length: 600000`));
      expect(said).toMatch(/^HTTP\/1.1 401 /);
      expect(said).toContain('"code":"UNAUTHENTICATED"');
    }
  });

  test('is read of who logged in, and of nobody where it is over a megabyte', async () => {
    const { api } = await registered(frontdoor.visitor('lancashire'));
    const padded = (bytes: number) => JSON.stringify({ query: '{me{email}}', padding: 'x'.repeat(bytes) });
    const asked = async (bytes: number) => {
      const headers = { ...json, authorization: `Bearer ${api.token}` };
      return (await fetch(`${base}/graphql`, { method: 'POST', headers, body: padded(bytes) })).status;
    };
    expect(await asked(600_000)).toBe(200);
    expect(await asked(1_100_000)).toBe(413);
  });
});

/** Says something over a bare connection; gives what comes back until it ends. */
async function spoken(text: string): Promise<string> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let said = '';
  socket.on('data', (bytes) => (said += bytes.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return said;
}
