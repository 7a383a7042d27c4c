import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { MINUTE } from '../../src/core/clock.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { loggedIn, PASSWORD, registered, type Registered } from '../support/people.js';

const mySessions = '{mySessions{id current device startedAt lastSeenAt endsAt}}';
const endSession = 'mutation($id: ID!){endSession(id:$id)}';
const endOthers = 'mutation{endOtherSessions}';
const requestReset = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';
const reset =
  'mutation($id: ID!, $code: String!, $password: String!){resetPassword(challengeId:$id, code:$code, newPassword:$password)}';
const change =
  'mutation($commandId: ID!, $old: String!, $new: String!){changePassword(commandId:$commandId, currentPassword:$old, newPassword:$new)}';

let frontdoor: TimedFrontdoor;
let visitor: Api;
let person: Registered;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
  visitor = frontdoor.visitor('sefton');
  person = await registered(visitor);
});
afterAll(() => frontdoor.stop());

interface OwnSession extends Json {
  id: string;
  current: boolean;
}
const sessionsOf = (api: Api) => api.ask<OwnSession[] & Json>(mySessions) as Promise<OwnSession[]>;

/** Sends anything, and gives all there is of the reply. */
async function send(query: string, variables: Json, headers: Record<string, string>) {
  const reply = await fetch(`${visitor.base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-council': 'sefton', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await reply.json()) as { data?: Json | null; errors?: { extensions: Json }[] };
  return { data, code: errors?.[0]?.extensions.code, cookie: reply.headers.get('set-cookie') };
}

describe('Somebody’s own sessions', () => {
  test('are listed to their owner, with what began them and no address', async () => {
    const owner = await registered(visitor);
    const other = await loggedIn(visitor, owner);
    const list = await sessionsOf(other);
    expect(list.map(({ current }) => current).sort()).toEqual([false, true]);
    expect(list[0]).toMatchObject({ device: expect.any(String), startedAt: expect.any(String) });
    expect(JSON.stringify(list)).not.toMatch(/127\.0\.0\.1/);
    expect((await sessionsOf(person.api)).map(({ id }) => id)).not.toContain(list[0]!.id);
  });

  test('are ended one by one, and nobody ends another’s', async () => {
    const owner = await registered(visitor);
    const other = await loggedIn(visitor, owner);
    const { id } = (await sessionsOf(other)).find(({ current }) => !current)!;
    expect(await person.api.problem(endSession, { id })).toBe('NOT_FOUND');
    expect(await other.ask(endSession, { id })).toBe(true);
    expect(await owner.api.problem(ask.me)).toBe('UNAUTHENTICATED');
    expect(await other.problem(endSession, { id })).toBe('NOT_FOUND');
  });

  test('are ended all but the one that asks', async () => {
    const owner = await registered(visitor);
    const others = [await loggedIn(visitor, owner), await loggedIn(visitor, owner)];
    expect(await others[0]!.ask(endOthers)).toBe(true);
    const problems = await Promise.all([owner.api, ...others].map((api) => api.problem(ask.me)));
    expect(problems).toEqual(['UNAUTHENTICATED', undefined, 'UNAUTHENTICATED']);
  });

  test('end with the password: all by a reset, all but its own by a change', async () => {
    const owner = await registered(visitor);
    const other = await loggedIn(visitor, owner);
    const changed = { commandId: randomUUID(), old: PASSWORD, new: `${PASSWORD}-2` };
    expect(await other.ask(change, changed)).toBe(true);
    expect([await owner.api.problem(ask.me), await other.problem(ask.me)]).toEqual(['UNAUTHENTICATED', undefined]);
    expect(await other.ask(change, changed)).toBe(true);
    const { challengeId: id } = await visitor.ask<{ challengeId: string }>(requestReset, { email: owner.email });
    const mail = await visitor.mail(owner.email, ({ subject }) => /Reset/.test(subject));
    const code = /\b\d{4} \d{4}\b/.exec(mail.text)![0];
    expect(await visitor.ask(reset, { id, code, password: `${PASSWORD}-3` })).toBe(true);
    expect(await other.problem(ask.me)).toBe('UNAUTHENTICATED');
  });

  test('are replaced by a log-in that is made from them', async () => {
    const owner = await registered(visitor);
    const next = await loggedIn(owner.api, owner);
    expect([await owner.api.problem(ask.me), await next.problem(ask.me)]).toEqual(['UNAUTHENTICATED', undefined]);
    expect(await sessionsOf(next)).toHaveLength(1);
  });
});

describe('A session in a cookie', () => {
  const own = () => ({ 'x-session': 'cookie', origin: visitor.base });
  const signIn = async (headers: Record<string, string>) => {
    const { challengeId: id } = await visitor.ask<{ challengeId: string }>(ask.logIn, {
      email: person.email,
      password: PASSWORD,
    });
    const code = await visitor.code(person.email, person.seen);
    return send(ask.confirmLogIn, { id, code }, headers);
  };

  test('is given where it is asked for, out of reach of scripts, and serves the council’s own pages', async () => {
    const { data, cookie } = await signIn(own());
    expect((data!.confirmLogIn as Json).token).toBe('');
    expect(cookie).toMatch(/^__Host-frontdoor=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    const headers = { ...own(), cookie: `theme=dark; ${cookie!.split(';')[0]}` };
    expect((await send(ask.me, {}, headers)).code).toBeUndefined();
    expect(
      (await send(ask.me, {}, { ...headers, origin: 'https://adultsocialcare.sefton.example' })).code,
    ).toBeUndefined();
    const out = await send(ask.logOut, {}, headers);
    expect(out.cookie).toContain('Max-Age=0');
    expect((await send(ask.me, {}, headers)).code).toBe('UNAUTHENTICATED');
    // The ended cookie, still sent along, keeps nobody from logging in again.
    expect((await signIn(headers)).cookie).toMatch(/^__Host-frontdoor=[\w-]{43};/);
  });

  test('is no use to a page of another origin, nor without the header', async () => {
    const { cookie } = await signIn(own());
    const sent = cookie!.split(';')[0]!;
    const tries: Record<string, string>[] = [
      { cookie: sent },
      { cookie: sent, 'x-session': 'cookie', origin: 'https://evil.example' },
      { cookie: sent, 'x-session': 'cookie', origin: 'null' },
      { cookie: sent, 'x-session': 'cookie', 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of tries) expect((await send(ask.me, {}, headers)).code).toBe('UNAUTHENTICATED');
  });

  test('is not handed to a page of another origin, whose try does not use the code up', async () => {
    const { challengeId: id } = await visitor.ask<{ challengeId: string }>(ask.logIn, {
      email: person.email,
      password: PASSWORD,
    });
    const code = await visitor.code(person.email, person.seen);
    const foreign = await send(
      ask.confirmLogIn,
      { id, code },
      { 'x-session': 'cookie', origin: 'https://evil.example' },
    );
    expect([foreign.code, foreign.cookie]).toEqual(['UNAUTHENTICATED', null]);
    expect((await send(ask.confirmLogIn, { id, code }, own())).code).toBeUndefined();
  });
});

describe('What is no activity', () => {
  test('polling that says so answers, and does not keep a session alive', async () => {
    const { api } = await registered(visitor);
    const headers = { authorization: `Bearer ${api.token}`, 'x-background': 'true' };
    frontdoor.clock.move(29 * MINUTE);
    expect((await send(ask.me, {}, headers)).code).toBeUndefined();
    frontdoor.clock.move(MINUTE);
    expect((await send(ask.me, {}, headers)).code).toBe('UNAUTHENTICATED');
  });

  test('a subscription, begun anew again and again, does not keep a session alive', async () => {
    const { api } = await registered(visitor);
    const subscribe = async () => {
      let answered = () => {};
      const pong = new Promise<void>((resolve) => (answered = resolve));
      const client = createClient({
        url: `${api.base.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${api.token}`, 'x-council': 'sefton' },
        retryAttempts: 0,
        // The server answers in order: once it answers a ping it has taken the subscription.
        keepAlive: 50,
        on: { pong: (received) => received && answered() },
      });
      client.subscribe(
        { query: 'subscription{submittedFormsChanged{recentlySubmitted{totalCount}}}' },
        { next: () => undefined, error: () => undefined, complete: () => undefined },
      );
      await pong;
      await client.dispose();
    };
    for (let nth = 0; nth < 3; nth += 1) {
      await subscribe();
      frontdoor.clock.move(10 * MINUTE);
    }
    expect(await api.problem(ask.me)).toBe('UNAUTHENTICATED');
  });
});
