import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Json } from '../../src/cli/demo/api.js';
import { documents } from '../../src/cli/demo/documents.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { bombs, type Bomb } from '../support/bombs.js';
import { registered, type Registered } from '../support/people.js';

let frontdoor: Installation;
let person: Registered;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
  person = await registered(frontdoor.visitor('lancashire'));
});

async function sent(body: unknown) {
  const reply = await fetch(`${person.api.base}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-council': 'lancashire',
      authorization: `Bearer ${person.api.token}`,
    },
    body: JSON.stringify(body),
  });
  const said = (await reply.json()) as { data?: Json | null; errors?: { message: string; extensions: Json }[] };
  return { status: reply.status, ...said };
}

describe('A request that asks for too much is refused whole', () => {
  test.each(bombs.map((bomb): [string, Bomb] => [bomb.name, bomb]))('%s', async (_name, { query, variables }) => {
    const { status, data, errors } = await sent({ query, variables });
    expect([400, 413]).toContain(status);
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe('BAD_INPUT');
  });

  test('where fragments double, before they are opened', async () => {
    const { query } = bombs.find(({ name }) => name === 'fragments that double 28 times')!;
    expect((await sent({ query })).errors?.[0]?.message).toBe('Fragments may open to 5000 fields.');
  });

  test('every time, also where the document was met before', async () => {
    const query = 'query($n: Int){savedForms(first:$n){edges{node{id subjects{id}}}}}';
    expect((await sent({ query, variables: { n: 20 } })).errors).toBeUndefined();
    expect((await sent({ query, variables: { n: 5_000 } })).errors?.[0]?.message).toContain('too much');
    expect((await sent({ query, variables: { n: 100 } })).errors).toBeUndefined();
    expect((await sent({ query, variables: { n: 101 } })).errors?.[0]?.extensions).toMatchObject({ field: 'first' });
  });

  test('several requests in one body', async () => {
    expect(await sent([{ query: '{council{name}}' }, { query: '{council{name}}' }])).toMatchObject({ status: 400 });
  });
});

describe('What front ends ask is served', () => {
  test.each(['me', 'savedForms', 'submittedForms', 'council'] as const)('%s', async (name) => {
    expect((await sent({ query: documents[name] })).errors).toBeUndefined();
  });

  test('a page of a hundred with people and files, and a whole form', async () => {
    const page = '{savedForms(first:100){edges{node{id name answers subjects{forename} attachments{fileName}}}}}';
    expect((await sent({ query: page })).errors).toBeUndefined();
    const choices = 'choices{code label}';
    const form = `{form(id:"request-for-support"){sections{title questions{id label ${choices} columns{id ${choices}}}}}}`;
    expect((await sent({ query: form })).errors).toBeUndefined();
  });
});

describe('One guess a request', () => {
  const guess = (nth: number) => `g${nth}:confirmLogIn(challengeId:"made-up",code:"1234567${nth}"){token}`;
  test.each([
    ['fifteen codes', Array.from({ length: 15 }, (_, nth) => guess(nth % 10).replace('g', `g${nth}_`)).join(' ')],
    ['two codes', `${guess(1)} ${guess(2)}`],
    ['two in fragments', `...a ...b} fragment a on Mutation{${guess(1)}} fragment b on Mutation{${guess(2)}`],
    ['a code and a password', `${guess(1)} logIn(email:"a@example.org",password:"b"){digits}`],
    [
      'a log-in and a reset',
      'logIn(email:"a@b.org",password:"b"){digits} requestPasswordReset(email:"a@b.org"){digits}',
    ],
  ])('%s are refused, none tried', async (_name, calls) => {
    const { errors, data } = await sent({ query: `mutation{${calls}}` });
    expect(data).toBeUndefined();
    expect(errors?.[0]?.message).toContain('one operation that takes a password');
  });

  test('one is tried', async () => {
    const { errors } = await sent({ query: `mutation{${guess(1)}}` });
    expect(errors?.[0]?.message).not.toContain('one operation');
  });
});

describe('Over a WebSocket', () => {
  async function subscribed(payload: { query: string; operationName?: string }) {
    const client = createClient({
      url: `${person.api.base.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${person.api.token}`, 'x-council': 'lancashire' },
      retryAttempts: 0,
    });
    try {
      return await new Promise<unknown>((resolve) =>
        client.subscribe(payload, {
          next: (said) => resolve(said),
          error: (errors) => resolve((errors as { message?: string }[])[0]?.message ?? String((errors as Json).reason)),
          complete: () => resolve('complete'),
        }),
      );
    } finally {
      await client.dispose();
    }
  }

  test('a query does not come in behind a subscription', async () => {
    const query = 'subscription A{submittedFormsChanged{recentlySubmitted{totalCount}}} query B{me{email}}';
    expect(await subscribed({ query, operationName: 'B' })).toContain('Only subscriptions');
  });

  test('the same limits hold', async () => {
    const aliases = Array.from({ length: 20 }, (_, nth) => `a${nth}:totalCount`).join(' ');
    const query = `subscription{submittedFormsChanged{recentlySubmitted{${aliases}}}}`;
    expect(await subscribed({ query })).toContain('15 aliases');
  });

  test('a message beyond 64 KB ends the connection', async () => {
    // The library says so on the console, which is put under the logger's rules in the product.
    const said = jest.spyOn(console, 'error').mockReturnValue();
    expect(await subscribed({ query: `subscription{a}${' '.repeat(70_000)}` })).not.toContain('data');
    said.mockRestore();
  });

  test('a page of another site cannot connect', async () => {
    const opened = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${person.api.base.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
          origin,
        });
        socket.on('open', () => resolve('open')).on('error', ({ message }) => resolve(message));
        socket.on('open', () => socket.close());
      });
    expect(await opened('https://attacker.example')).toContain('403');
    expect(await opened('https://childrenandfamilies.lancashire.example')).toBe('open');
  });
});
