import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountDecider } from '../../src/account/account.decider.js';
import { accountStream } from '../../src/account/account.events.js';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { MINUTE } from '../../src/core/clock.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { loggedIn, PASSWORD, registered, type Registered } from '../support/people.js';

const requestReset =
  'mutation($email: String!){requestPasswordReset(email:$email){challengeId expiresAt resendAfter digits}}';
const reset =
  'mutation($id: ID!, $code: String!, $password: String!){resetPassword(challengeId:$id, code:$code, newPassword:$password)}';
const WRONG = 'Wrong-Horse-7-Battery';

let frontdoor: TimedFrontdoor;
let visitor: Api;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
  visitor = frontdoor.visitor('sefton');
});
afterAll(() => frontdoor.stop());

const nobody = () => `nobody-${randomUUID().slice(0, 13)}@example.org`;
const person = (email: string, change: Json = {}) => ({
  input: {
    commandId: randomUUID(),
    forename: 'Ann',
    surname: 'Other',
    email,
    password: PASSWORD,
    professional: true,
    ...change,
  },
});
interface Challenge extends Json {
  challengeId: string;
}
/** A reply as it was served, but for what is another each time. */
async function served(
  query: string,
  variables: Json,
): Promise<{ status: number; body: string; retryAfter: string | null }> {
  const reply = await fetch(`${visitor.base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-council': 'sefton' },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await reply.text())
    .replace(/"challengeId":"([\w-]+)"/g, (_all, id: string) => `"challengeId":${id.length}`)
    .replace(/"correlationId":"[\w-]+"/g, '"correlationId":0');
  return { status: reply.status, body, retryAfter: reply.headers.get('retry-after') };
}

describe('Whether an address has an account', () => {
  let known: Registered;
  beforeAll(async () => {
    known = await registered(visitor);
  });

  test('does not show when somebody logs in, registers, forgets a password or asks for another code', async () => {
    const unknown = nobody();
    const steps: [string, (email: string) => Json][] = [
      [ask.logIn, (email) => ({ email, password: WRONG })],
      [ask.register, (email) => person(email)],
      [requestReset, (email) => ({ email })],
    ];
    for (const [document, variables] of steps) {
      expect(await served(document, variables(known.email))).toEqual(await served(document, variables(unknown)));
    }
    const challenge = async (email: string) => (await visitor.ask<Challenge>(requestReset, { email })).challengeId;
    const ids = [await challenge(known.email), await challenge(unknown)];
    for (const document of [ask.resend, ask.resend]) {
      const [one, other] = [await served(document, { id: ids[0] }), await served(document, { id: ids[1] })];
      expect(one).toEqual(other);
    }
    for (let nth = 0; nth < 7; nth += 1) {
      const tried = ids.map((id) => served(reset, { id, code: '1234 5678', password: `${PASSWORD}-2` }));
      expect(await tried[0]).toEqual(await tried[1]);
    }
  });

  test('shows in the mail alone', async () => {
    await visitor.ask(ask.register, person(known.email));
    expect((await visitor.mail(known.email, ({ subject }) => /already have/.test(subject))).text).not.toMatch(
      /\d{4} \d{4}/,
    );
  });

  test('does not show by a command id that is used for one address and then for another', async () => {
    const pairs = [
      [nobody(), known.email],
      [known.email, nobody()],
      [nobody(), nobody()],
    ];
    for (const [first, second] of pairs) {
      const commandId = randomUUID();
      await visitor.ask(ask.register, person(first!, { commandId }));
      expect(await visitor.problem(ask.register, person(second!, { commandId }))).toBe('COMMAND_ID_REUSED');
    }
  });

  test('does not show in how a new password is refused before the code was right', async () => {
    const ids = [known.email, nobody()].map((email) => visitor.ask<Challenge>(requestReset, { email }));
    for (const { challengeId: id } of await Promise.all(ids)) {
      const password = 'Lynn-Robinson-2026!';
      expect(await visitor.problem(reset, { id, code: '12345678', password })).toBe('CODE_WRONG');
    }
  });
});

describe('Going back to change the address of a registration', () => {
  test('begins another, and neither code is of use for the other', async () => {
    const [typo, right] = [nobody(), nobody()];
    const first = await visitor.ask<Challenge>(ask.register, person(typo));
    const strangersCode = await visitor.code(typo, new Set());
    const second = await visitor.ask<Challenge>(ask.register, person(right));
    const mail = await visitor.mail(right, () => true);
    expect(mail.text + mail.html).not.toContain(typo);
    expect(await visitor.problem(ask.confirm, { id: second.challengeId, code: strangersCode })).toBe('CODE_WRONG');
    const code = await visitor.code(right, new Set());
    expect(await visitor.problem(ask.confirm, { id: first.challengeId, code })).toBe('CODE_WRONG');
    const { account } = await visitor.ask<{ account: Json }>(
      'mutation($id: ID!, $code: String!){confirmRegistration(challengeId:$id, code:$code){account{email}}}',
      { id: second.challengeId, code },
    );
    expect(account).toEqual({ email: right });
  });
});

describe('Guessing a password', () => {
  test('tells nothing after ten wrong ones, and the true owner still gets in', async () => {
    const victim = await registered(visitor);
    const guess = () => visitor.problem(ask.logIn, { email: victim.email, password: WRONG });
    for (let nth = 0; nth < 10; nth += 1) expect(await guess()).toBe('CREDENTIALS_WRONG');
    expect(await guess()).toBeUndefined();
    const wrong = await served(ask.logIn, { email: victim.email, password: WRONG });
    expect(wrong).toEqual(await served(ask.logIn, { email: victim.email, password: PASSWORD }));
    victim.seen.add(
      (await visitor.mail(victim.email, ({ id, subject }) => /log-in/.test(subject) && !victim.seen.has(id))).id,
    );
    const session = await loggedIn(visitor, victim);
    expect(await session.problem(ask.me)).toBeUndefined();
    expect(await victim.api.problem(ask.me)).toBeUndefined();
    frontdoor.clock.move(15 * MINUTE);
    expect(await guess()).toBe('CREDENTIALS_WRONG');
  });

  test('from within a session, to change it, ends after ten wrong ones, for a while', async () => {
    const { api } = await registered(visitor);
    const change = (old: string) =>
      api.problem(
        'mutation($commandId: ID!, $old: String!, $new: String!){changePassword(commandId:$commandId, currentPassword:$old, newPassword:$new)}',
        { commandId: randomUUID(), old, new: `${PASSWORD}-2` },
      );
    for (let nth = 0; nth < 10; nth += 1) expect(await change(WRONG)).toBe('CREDENTIALS_WRONG');
    expect(await change(PASSWORD)).toBe('TOO_MANY_REQUESTS');
    frontdoor.clock.move(15 * MINUTE);
    expect(await change(PASSWORD)).toBeUndefined();
  });

  test('of an address without an account looks no different', async () => {
    const email = nobody();
    const problems = [];
    for (let nth = 0; nth < 11; nth += 1) problems.push(await visitor.problem(ask.logIn, { email, password: WRONG }));
    expect(problems).toEqual([...Array<string>(10).fill('CREDENTIALS_WRONG'), undefined]);
  });
});

describe('Codes for one address', () => {
  test('are sent again a minute apart, whatever they are for, and told when', async () => {
    const { email } = await registered(visitor);
    const challenge = async () => (await visitor.ask<Challenge>(requestReset, { email })).challengeId;
    const [one, other] = [await challenge(), await challenge()];
    expect(await visitor.problem(ask.resend, { id: one })).toBeUndefined();
    expect(await served(ask.resend, { id: other })).toMatchObject({ status: 429, retryAfter: '60' });
    frontdoor.clock.move(MINUTE);
    expect(await visitor.problem(ask.resend, { id: other })).toBeUndefined();
  });

  test('are sent again five times an hour', async () => {
    const email = nobody();
    for (let nth = 0; nth < 5; nth += 1) {
      const { challengeId: id } = await visitor.ask<Challenge>(ask.register, person(email));
      expect(await visitor.problem(ask.resend, { id })).toBeUndefined();
      frontdoor.clock.move(MINUTE);
    }
    const { challengeId: id } = await visitor.ask<Challenge>(ask.register, person(email));
    expect(await visitor.problem(ask.resend, { id })).toBe('TOO_MANY_REQUESTS');
    frontdoor.clock.move(55 * MINUTE);
    expect(await visitor.problem(ask.resend, { id })).toBeUndefined();
  });
});

describe('A new password', () => {
  test('is none that is guessed first, nor one’s own name', async () => {
    const problem = (password: string) => visitor.problem(ask.register, person(nobody(), { password }));
    expect(await problem('Password-2026!!')).toBe('PASSWORD_BREACHED');
    expect(await problem('Sefton-Portal-2026!')).toBe('PASSWORD_BREACHED');
    expect(await problem('Ann-Other-19840309!')).toBe('PASSWORD_POLICY');
  });

  test('is hashed anew at log-in where its hash was made at another cost, and no mail tells of a change', async () => {
    const { handling } = frontdoor.platform;
    const someone = await registered(visitor);
    const stream = accountStream(someone.accountId);
    const passwords = async () => (await handling.state(accountDecider, stream, true)).state.passwordHashes;
    const [from] = await passwords();
    const passwordHash = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 3, parallelism: 1 });
    const request = {
      commandId: randomUUID(),
      said: {},
      council: 'sefton',
      actor: { kind: 'system' as const, id: 'test', name: '' },
      correlationId: randomUUID(),
    };
    await handling.handle(accountDecider, stream, { type: 'RehashPassword', from: from!, passwordHash }, request);
    await loggedIn(visitor, someone);
    expect(await passwords()).toEqual([expect.stringContaining('$m=19456,t=2,p=1$')]);
    const reply = await fetch(`${visitor.mailbox}/mailbox.json?to=${encodeURIComponent(someone.email)}`);
    expect(((await reply.json()) as { subject: string }[]).filter(({ subject }) => /changed/.test(subject))).toEqual(
      [],
    );
  });
});
