import {
  accountDecider,
  type AccountCommand,
  type CodeRules,
  type TypedCode,
} from '../../src/account/account.decider.js';
import type { AccountEvent, CodePurpose, Details } from '../../src/account/account.events.js';
import { MINUTE } from '../../src/core/clock.js';
import { given, NOON, noonPlus, type Fact } from '../support/given.js';

export type Facts = Fact<AccountEvent>[];
export type Command<T extends AccountCommand['type']> = Extract<AccountCommand, { type: T }>;
export const account = (...facts: Facts) => given(accountDecider, ...facts);

export const LIFE = 15;
export const HOUR = 60 * MINUTE;
export const END = noonPlus(LIFE * MINUTE);
export const details: Details = { forename: 'Jane', surname: 'Doe', professional: true };
export const email = 'jane@example.org';

/** The rules at so many milliseconds after noon. */
export const rules = (after = 0): CodeRules => ({ now: noonPlus(after), minutes: LIFE, attempts: 5 });
/** What a person types who reads the code of that issue. */
export const codeOf = (issue: number, challengeId = 'c-1'): TypedCode => ({
  challengeId,
  matches: (asked) => asked === issue,
});
export const wrong: TypedCode = { challengeId: 'c-1', matches: () => false };

export const started: AccountEvent = { type: 'RegistrationStarted', data: { ...details, email } };
export const passwordSet = (
  hash: string,
  cause: 'registration' | 'reset' | 'change' = 'registration',
): AccountEvent => ({
  type: 'PasswordSet',
  data: { hash, cause },
});
/** A code issued so many milliseconds after noon. */
export const issued = (
  purpose: CodePurpose,
  issue = 1,
  { after = 0, challengeId = 'c-1', resendAfter = noonPlus(issue === 1 ? after : after + MINUTE) } = {},
): Fact<Extract<AccountEvent, { type: 'CodeIssued' }>> => ({
  type: 'CodeIssued',
  data: { challengeId, purpose, issue, expiresAt: noonPlus(after + LIFE * MINUTE), resendAfter },
  at: noonPlus(after),
});
const confirmed: Facts = [
  { type: 'EmailConfirmed', data: { challengeId: 'c-0' } },
  { type: 'SignedIn', data: { challengeId: 'c-0' } },
];
export const failed = (challengeId = 'c-1'): AccountEvent => ({
  type: 'SignInFailed',
  data: { cause: 'code', challengeId },
});
export const fails = (times: number): Facts => Array.from({ length: times }, () => failed());
export const signedIn: AccountEvent = { type: 'SignedIn', data: { challengeId: 'c-1' } };
export const repeated: AccountEvent = {
  type: 'RegistrationRepeated',
  data: { challengeId: 'c-1', expiresAt: END, resendAfter: NOON, email },
};

export const unconfirmed: Facts = [started, passwordSet('h-1'), issued('registration')];
export const open: Facts = [
  started,
  passwordSet('h-1'),
  issued('registration', 1, { challengeId: 'c-0' }),
  ...confirmed,
];

/** An account whose challenge c-1 awaits its code, by what the code is for; and what a right code leads to. */
export const awaiting: Record<CodePurpose, Facts> = {
  registration: unconfirmed,
  'log-in': [...open, { type: 'LogInStarted', data: { challengeId: 'c-1' } }, issued('log-in')],
  reset: [...open, { type: 'PasswordResetRequested', data: { challengeId: 'c-1' } }, issued('reset')],
};
export const confirm: Record<CodePurpose, (code: TypedCode, at?: CodeRules) => AccountCommand> = {
  registration: (code, at = rules()) => ({ type: 'ConfirmRegistration', code, rules: at }),
  'log-in': (code, at = rules()) => ({ type: 'ConfirmLogIn', code, rules: at }),
  reset: (code, at = rules()) => ({ type: 'ResetPassword', code, rules: at, passwordHash: 'h-2', reused: false }),
};
export const right: Record<CodePurpose, AccountEvent[]> = {
  registration: [{ type: 'EmailConfirmed', data: { challengeId: 'c-1' } }, signedIn],
  'log-in': [signedIn],
  reset: [passwordSet('h-2', 'reset')],
};
export const purposes: CodePurpose[] = ['registration', 'log-in', 'reset'];
export const register = (isTaken: boolean): Command<'StartRegistration'> => ({
  type: 'StartRegistration',
  details,
  email,
  passwordHash: 'h-1',
  challengeId: 'c-1',
  rules: rules(),
  isTaken,
});
export const resend = (purpose: CodePurpose, after: number): Command<'ResendCode'> => ({
  type: 'ResendCode',
  challengeId: 'c-1',
  purpose,
  rules: rules(after),
});
