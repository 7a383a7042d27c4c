import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { until } from '../support/until.js';
import {
  filledForm,
  loggedIn,
  PASSWORD,
  registered,
  startForm,
  submitForm,
  type Registered,
} from '../support/people.js';
import { terminal } from '../support/terminal.js';

const COUNCIL = 'lancashire';
const LIMITS = 'log-ins=3/15m codes-sent=2/1h';
const RESET = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';

let frontdoor: Frontdoor;
const visitor = () => frontdoor.visitor(COUNCIL);
const ops = (...args: string[]) => terminal('ops', { DATA_DIR: frontdoor.dataDir, LIMITS }, ...args);
const accounts = (what: string, email: string, ...args: string[]) =>
  ops('accounts', what, email, '--council', COUNCIL, ...args);
const told = async (what: string, email: string, ...args: string[]) =>
  JSON.parse((await accounts(what, email, '--json', ...args)).out) as Shown;

interface Shown {
  account: { id: string; status: string; sessions: number; wrongPasswords: string[] } | null;
  heldBack: { limit: string; until: string }[];
  released: { limit: string }[];
}

beforeAll(async () => {
  frontdoor = await startFrontdoor({ LIMITS });
}, 180_000);
afterAll(() => frontdoor?.stop());

describe("An operator, about somebody's account", () => {
  test('sees what it is and has, and no more of the person than was asked for', async () => {
    const { email, accountId } = await registered(visitor());
    expect(await told('show', email)).toMatchObject({
      council: COUNCIL,
      account: { id: accountId, status: 'open', sessions: 1, wrongPasswords: [] },
      heldBack: [],
    });
    const { out } = await accounts('show', email);
    expect(out).toMatch(
      /^account {4}\S+, open\nterms {6}\S.*\nsessions {3}1, used last \S+\npasswords {2}none given wrong\n/,
    );
    expect(out).not.toMatch(/Lynn|Robinson|@/);
    expect(await told('show', 'nobody@example.org')).toEqual({ council: COUNCIL, account: null, heldBack: [] });
    expect((await ops('accounts', 'show', email)).said).toMatch(/^Name the council with --council: lancashire, sefton/);
  }, 180_000);

  test('ends the blindness that wrong passwords brought about', async () => {
    const person = await registered(visitor());
    const { email } = person;
    const guess = () => visitor().problem(ask.logIn, { email, password: 'Wrong-Horse-7-Battery' });
    for (let nth = 0; nth < 3; nth += 1) expect(await guess()).toBe('CREDENTIALS_WRONG');
    expect(await guess()).toBeUndefined();
    const blind = { limit: expect.stringMatching(/^wrong passwords: /) };
    expect((await told('show', email)).heldBack).toEqual([expect.objectContaining(blind)]);
    expect((await told('unlock', email)).released).toEqual([expect.objectContaining(blind)]);
    expect(await guess()).toBe('CREDENTIALS_WRONG');
    await loggedIn(visitor(), person);
    expect((await told('show', email)).account).toMatchObject({ sessions: 2 });
    expect((await accounts('unlock', email)).out).toMatch(/^Nothing held it back/);
  }, 180_000);

  test('has codes sent again to somebody who asked too often, registered or not', async () => {
    for (const email of [(await registered(visitor())).email, 'unheard-of@example.org']) {
      const reset = () => visitor().problem(RESET, { email });
      expect([await reset(), await reset(), await reset()]).toEqual([undefined, undefined, 'TOO_MANY_REQUESTS']);
      expect((await told('unlock', email)).released).toMatchObject([{ limit: 'codes to reset the password' }]);
      expect(await reset()).toBeUndefined();
    }
  }, 180_000);

  test('closes one for good: saved forms and sessions end, what was sent stays', async () => {
    const person = await registered(visitor());
    const { email, api } = person;
    const { reference } = await submitForm(api, await filledForm(api, 'request-for-support'));
    const draft = await startForm(api, 'request-for-support');
    const auditor = await frontdoor.staff(COUNCIL, 'auditor');

    expect((await accounts('close', email)).code).toBe(2);
    const unasked = await accounts('close', email, '--reason', 'left the school');
    expect(unasked).toMatchObject({ code: 1, said: expect.stringMatching(/cannot be taken back. Say so with --yes/) });
    expect(await api.problem(ask.savedForm, { id: draft.id })).toBeUndefined();

    const done = await told('close', email, '--reason', 'left the school', '--yes');
    expect(done).toEqual({ closed: person.accountId });
    await expectClosed(person);
    const worker = await frontdoor.staff(COUNCIL, 'worker');
    expect(await worker.ask(ask.referral, { reference })).toMatchObject({ reference });
    const history = `query($id: String!){accountHistory(email:$id, reason:"a test"){entries{type actor{kind}}}}`;
    const { entries } = await auditor.ask<{ entries: { type: string; actor: { kind: string } }[] }>(history, {
      id: person.accountId,
    });
    expect(entries.at(-1)).toMatchObject({ type: 'AccountErased', actor: { kind: 'records_officer' } });
  }, 180_000);

  test('is refused where there is nothing to close, or a referral is on legal hold', async () => {
    const close = (email: string) => accounts('close', email, '--reason', 'asked for', '--yes');
    expect(await close('nobody@example.org')).toMatchObject({ code: 1, said: 'There is no such account.\n' });
    const { email, api } = await registered(visitor());
    const { reference } = await submitForm(api, await filledForm(api, 'request-for-support'));
    const officer = await frontdoor.staff(COUNCIL, 'records_officer');
    const hold = `mutation($commandId: ID!, $reference: String!){
      setLegalHold(commandId:$commandId, reference:$reference, held:true, reason:"a court asks")}`;
    await officer.ask(hold, { commandId: randomUUID(), reference });
    expect(await close(email)).toMatchObject({
      code: 1,
      said: expect.stringContaining(`${reference} is on legal hold`),
    });
    expect((await told('show', email)).account).toMatchObject({ status: 'open', sessions: 1 });
  }, 180_000);
});

async function expectClosed({ email, api }: Registered): Promise<void> {
  expect(await visitor().problem(ask.logIn, { email, password: PASSWORD })).toBe('CREDENTIALS_WRONG');
  // Another process may remember a session for half a second.
  await until(async () => (await api.problem(ask.me)) === 'UNAUTHENTICATED');
  expect(await told('show', email)).toMatchObject({ account: null });
}
