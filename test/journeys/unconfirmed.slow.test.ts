import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { RegistrationDocument } from '../../projections/registrations.js';
import { accountDecider } from '../../src/account/account.decider.js';
import { accountStream } from '../../src/account/account.events.js';
import { emailReservationDecider, emailStream } from '../../src/account/email-reservation.js';
import { RegistrationSweep } from '../../src/account/registration-sweep.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { DAY, type Clock } from '../../src/core/clock.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { loggedIn, PASSWORD, registered, until } from '../support/people.js';

const COUNCIL = 'sefton';

let frontdoor: TimedFrontdoor;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
});
afterAll(() => frontdoor.stop());
/** Streams of the registrations that wait and were not there before. */
let before: Set<string>;
beforeEach(async () => {
  before = new Set((await waiting()).map(({ stream }) => stream));
});

const waiting = () =>
  frontdoor.platform.views
    .collection<RegistrationDocument>('registrations')
    .find({ lastCodeAt: { $gt: '' } })
    .toArray();
const begunNow = async () => (await waiting()).map(({ stream }) => stream).filter((stream) => !before.has(stream));
const sweep = (clock: Clock = frontdoor.clock) => {
  const { views, handling, logger } = frontdoor.platform;
  return new RegistrationSweep(views, handling, clock, logger).sweep();
};
const hasKey = async (stream: string) => {
  const keys = frontdoor.platform.vault.collection<{ _id: string; wrapped?: unknown }>('keys');
  return (await keys.findOne({ _id: stream }))?.wrapped !== undefined;
};
const address = () => `late-${randomUUID().slice(0, 13)}@example.org`;
const visitor = () => frontdoor.visitor(COUNCIL);

const asking = (email: string) => {
  const person = { forename: 'Lynn', surname: 'Robinson', password: PASSWORD, professional: true };
  return { input: { ...person, commandId: randomUUID(), email } };
};

/** Begins a registration; gives its challenge and the stream that it stands in. */
async function begun(email = address()) {
  const known = new Set(await begunNow());
  const { challengeId: id } = await visitor().ask(ask.register, asking(email));
  let stream: string | undefined;
  await until(async () => {
    stream = (await begunNow()).find((one) => !known.has(one));
    return stream !== undefined;
  });
  return { email, id: id as string, stream: stream!, seen: new Set<string>() };
}

/** Registers an address that somebody registered before, and reads the newer mail; then logs in. */
async function registeredAnew({ email, seen }: { email: string; seen: Set<string> }) {
  const { challengeId: id } = await visitor().ask(ask.register, asking(email));
  const code = await visitor().code(email, seen);
  await visitor().ask(ask.confirm, { id, code });
  expect(await visitor().problem(ask.logIn, { email, password: PASSWORD })).toBeUndefined();
}

test('a registration goes seven days after its last code, with its key; a confirmed one and a later one stay', async () => {
  const person = await registered(visitor());
  const alone = await begun();
  // Somebody registers the address once more: that, too, holds it.
  const repeated = await begun(person.email);
  const resent = await begun();
  frontdoor.clock.move(3 * DAY);
  await visitor().ask(ask.resend, { id: resent.id });
  await until(async () => (await waiting()).find(({ stream }) => stream === resent.stream)!.revision > 2);
  frontdoor.clock.move(4 * DAY - 1);
  await sweep();
  expect((await begunNow()).sort()).toEqual([alone.stream, repeated.stream, resent.stream].sort());

  frontdoor.clock.move(1);
  expect(await sweep()).toBe(2);
  await until(async () => (await begunNow()).join() === resent.stream);
  await until(async () => !(await hasKey(alone.stream)) && !(await hasKey(repeated.stream)));
  expect(await hasKey(resent.stream)).toBe(true);
  expect(await hasKey(accountStream(person.accountId))).toBe(true);
  expect(await visitor().problem(ask.resend, { id: alone.id })).toBe('NOT_ALLOWED_NOW');
  await loggedIn(visitor(), person);
  expect(await sweep()).toBe(0);
});

test('its address is free again, even where a process died as it was about to confirm it', async () => {
  const { platform, clock } = frontdoor;
  const registration = await begun();
  const { email, stream, seen } = registration;
  await visitor().code(email, seen);
  const reservation = emailStream(platform.secrets, COUNCIL, email);
  const accountId = stream.slice('account-'.length);
  const actor = { kind: 'referrer' as const, id: accountId, name: '' };
  const request = { commandId: randomUUID(), said: {}, council: COUNCIL, actor, correlationId: randomUUID() };
  await platform.handling.handle(emailReservationDecider, reservation, { type: 'ReserveEmail', accountId }, request);
  clock.move(7 * DAY);
  await sweep();
  await until(async () => !(await hasKey(stream)));
  expect(await visitor().problem(ask.logIn, { email, password: PASSWORD })).toBe('CREDENTIALS_WRONG');
  await registeredAnew(registration);
});

test('the command that began it, given again when it is gone, is told to start again', async () => {
  const given = asking(address());
  await visitor().ask(ask.register, given);
  await until(async () => (await begunNow()).length === 1);
  frontdoor.clock.move(7 * DAY);
  await sweep();
  expect(await visitor().problem(ask.register, given)).toBe('NOT_ALLOWED_NOW');
});

test('confirmed and swept at the same moment, it is one or the other: ten times', async () => {
  // A sweep whose clock is a week ahead finds what can still be confirmed.
  const inAWeek: Clock = { now: () => new Date(frontdoor.clock.now().getTime() + 7 * DAY) };
  for (let round = 0; round < 10; round += 1) {
    const registration = await begun();
    const { email, id, stream, seen } = registration;
    const code = await visitor().code(email, seen);
    // Now the one is ahead, now the other; and two sweeps, as of two projectors, do not mind each other.
    const ahead = 30 * (round - 7);
    const confirming = sleep(ahead).then(() => visitor().problem(ask.confirm, { id, code }));
    const sweeping = sleep(-ahead).then(() => Promise.all([sweep(inAWeek), sweep(inAWeek)]));
    const [problem] = await Promise.all([confirming, sweeping]);
    const { state } = await frontdoor.platform.handling.state(accountDecider, stream, true);
    expect([state.status, problem === undefined]).toEqual(state.erased ? ['closed', false] : ['open', true]);
    if (state.erased) await until(async () => !(await hasKey(stream)));
    else expect(await hasKey(stream)).toBe(true);
    // Its owner's either way: to register anew, or to log in with.
    if (state.erased) await registeredAnew(registration);
    else expect(await visitor().problem(ask.logIn, { email, password: PASSWORD })).toBeUndefined();
  }
}, 240_000);
