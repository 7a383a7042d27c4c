import { describe, expect, test } from '@jest/globals';
import { registrations } from '../../projections/registrations.js';
import type { AccountEvent } from '../../src/account/account.events.js';
import { NOON, noonPlus, type Fact } from '../support/given.js';
import { foldedTwice } from './twice.js';

const code = { challengeId: 'c-1', expiresAt: NOON, resendAfter: NOON };
const started: Fact<AccountEvent> = {
  type: 'RegistrationStarted',
  data: { forename: 'Jane', surname: 'Doe', professional: true, email: 'jane@example.org' },
};
const repeated: Fact<AccountEvent> = { type: 'RegistrationRepeated', data: { ...code, email: 'jane@example.org' } };
const issued = (after: number): Fact<AccountEvent> => ({
  type: 'CodeIssued',
  data: { ...code, purpose: 'registration', issue: 1 },
  at: noonPlus(after),
});
const passwordSet = (cause: 'registration' | 'reset'): Fact<AccountEvent> => ({
  type: 'PasswordSet',
  data: { hash: 'h', cause },
});
const waiting = (...facts: Fact<AccountEvent>[]) =>
  foldedTwice(registrations, ...facts).map(({ council, lastCodeAt }) => [council, lastCodeAt]);

describe('registrations that wait for their code', () => {
  test('RegistrationStarted is one, and names nobody', () => {
    const documents = foldedTwice(registrations, started);
    expect(documents).toMatchObject([{ council: 'lancashire', lastCodeAt: NOON, revision: 0 }]);
    expect(JSON.stringify(documents)).not.toMatch(/Jane|Doe|example\.org/);
  });

  test('CodeIssued moves it, however often', () => {
    const begun = [started, passwordSet('registration'), issued(0)];
    expect(waiting(...begun)).toEqual([['lancashire', NOON]]);
    expect(waiting(...begun, issued(5))).toEqual([['lancashire', noonPlus(5)]]);
  });

  test('RegistrationRepeated is one where it begins its stream, as it once did not', () => {
    expect(waiting(repeated)).toEqual([['lancashire', NOON]]);
    expect(waiting(repeated, issued(5))).toEqual([['lancashire', noonPlus(5)]]);
    expect(waiting(started, { type: 'EmailConfirmed', data: { challengeId: 'c-1' } }, repeated)).toEqual([]);
  });

  test.each<Fact<AccountEvent>>([
    { type: 'EmailConfirmed', data: { challengeId: 'c-1' } },
    { type: 'SignedIn', data: { challengeId: 'c-1' } },
    passwordSet('reset'),
    { type: 'AccountClosed', data: { cause: 'asked for' } },
    { type: 'AccountErased', data: { reason: 'asked for' } },
  ])('$type ends it, and no later code begins it again', (fact) => {
    expect(waiting(started, issued(0), fact)).toEqual([]);
    expect(waiting(started, issued(0), fact, issued(5))).toEqual([]);
  });

  test('nothing else changes any', () => {
    expect(waiting(started, { type: 'SignInFailed', data: { cause: 'code', challengeId: 'c-1' } })).toEqual(
      waiting(started),
    );
    expect(waiting({ type: 'PasswordResetRequested', data: { challengeId: 'c-1' } }, issued(0))).toEqual([]);
  });
});
