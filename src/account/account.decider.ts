import { DomainError } from '../core/problem.js';
import type { Decider } from '../core/decider.js';
import { DAY, isoPlus, MINUTE } from '../core/clock.js';
import { accountKind, type AccountEvent, type CodePurpose, type Details } from './account.events.js';

/** How many codes a challenge may be sent by resending within an hour, and how far apart (ASVS 5.0, 6.6.3 and 2.4.1). */
const RESENDS_PER_HOUR = 5;
const RESEND_APART = MINUTE;
/** How many password hashes are kept, the current one included: the strictest guide forbids the previous eight. */
const HASHES_KEPT = 9;

/** So many wrong passwords of a day are facts: a flood of guesses must not make the account's stream long. */
const REFUSALS_KEPT = 20;
/**
 * So many challenges of an address are remembered: more than anybody can be mailed while one of them lives (30 an hour),
 * and few enough that a flood of them makes no command slow.
 */
const MOST_CHALLENGES = 100;

/** What a code is held to: its life in minutes and its tries, from the council's policy, and the time by the clock. */
export interface CodeRules {
  now: string;
  minutes: number;
  attempts: number;
}
/** A code as typed, compared outside: tells for an issue of the challenge whether it is that issue's code. */
export interface TypedCode {
  challengeId: string;
  matches: (issue: number) => boolean;
}

export type AccountCommand =
  | {
      type: 'StartRegistration';
      details: Details;
      email: string;
      passwordHash: string;
      challengeId: string;
      rules: CodeRules;
      /** Whether the address has an account already. */
      isTaken: boolean;
    }
  | { type: 'ResendCode'; challengeId: string; purpose: CodePurpose; rules: CodeRules }
  | { type: 'ConfirmRegistration'; code: TypedCode; rules: CodeRules }
  | { type: 'RefusePassword'; now: string }
  /** The same password, hashed anew at today's cost. */
  | { type: 'RehashPassword'; from: string; passwordHash: string }
  | { type: 'StartLogIn'; challengeId: string; rules: CodeRules }
  | { type: 'ConfirmLogIn'; code: TypedCode; rules: CodeRules }
  | { type: 'RequestPasswordReset'; challengeId: string; rules: CodeRules }
  | { type: 'ResetPassword'; code: TypedCode; rules: CodeRules; passwordHash: string; reused: boolean }
  | { type: 'ChangePassword'; passwordHash: string }
  | { type: 'UpdateDetails'; details: Partial<Details> }
  | { type: 'AcceptTerms'; version: string }
  | { type: 'CloseAccount'; cause: string }
  /** Where no code was asked for since `before`, and none was right. */
  | { type: 'LapseRegistration'; before: string; reason: string }
  | { type: 'EraseAccount'; council: string; reason: string };

export interface Challenge {
  purpose: CodePurpose;
  issue: number;
  /** When it was first issued. */
  startedAt: string;
  /** When each of its resends went out. */
  resentAt: string[];
  expiresAt: string;
  resendAfter: string;
  /** Wrong tries of the latest issue. */
  wrong: number;
  used: boolean;
  /** True where no code fits: the answer to registering an address that has an account. */
  decoy: boolean;
}

export interface AccountState {
  status: 'none' | 'unconfirmed' | 'open' | 'closed';
  council: string;
  email: string;
  details: Details;
  /** Newest first. */
  passwordHashes: string[];
  /** The event of the last reset or change of the password: sessions from before it are over. */
  passwordChange: { revision: number; at: string; commandId: string } | null;
  challenges: Record<string, Challenge>;
  termsAccepted: string[];
  /** When the latest wrong passwords were given, the oldest first. */
  refusedAt: string[];
  erased: boolean;
}

export const accountDecider: Decider<AccountCommand, AccountState, AccountEvent> = {
  kind: accountKind,
  initialState: {
    status: 'none',
    council: '',
    email: '',
    details: { forename: '', surname: '', professional: false },
    passwordHashes: [],
    passwordChange: null,
    challenges: {},
    termsAccepted: [],
    refusedAt: [],
    erased: false,
  },

  decide(command, state) {
    if (command.type === 'EraseAccount') return erase(command, state);
    if (command.type === 'LapseRegistration') return lapse(command, state);
    if (state.status === 'closed' && command.type !== 'CloseAccount') {
      throw new DomainError('NOT_ALLOWED_NOW', 'This account was closed.');
    }
    switch (command.type) {
      case 'StartRegistration': {
        const { details, email, passwordHash: hash, challengeId, rules, isTaken } = command;
        if (isTaken) return [{ type: 'RegistrationRepeated', data: { ...firstIssue(challengeId, rules), email } }];
        return [
          { type: 'RegistrationStarted', data: { ...details, email } },
          { type: 'PasswordSet', data: { hash, cause: 'registration' } },
          firstCode(challengeId, 'registration', rules),
        ];
      }
      case 'ResendCode':
        return [resentCode(state, command.challengeId, command.purpose, command.rules)];
      case 'ConfirmRegistration':
        return withCode(state, command.code, 'registration', command.rules, (challengeId) => [
          { type: 'EmailConfirmed', data: { challengeId } },
          { type: 'SignedIn', data: { challengeId } },
        ]);
      case 'RefusePassword':
        return hasManyRefusals(state, command.now) ? [] : [{ type: 'SignInFailed', data: { cause: 'password' } }];
      case 'RehashPassword':
        return state.passwordHashes[0] === command.from ? [passwordSet(command.passwordHash, 'rehash')] : [];
      case 'StartLogIn':
        return [
          { type: 'LogInStarted', data: { challengeId: command.challengeId } },
          firstCode(command.challengeId, 'log-in', command.rules),
        ];
      case 'ConfirmLogIn':
        return withCode(state, command.code, 'log-in', command.rules, (challengeId) => [
          { type: 'SignedIn', data: { challengeId } },
        ]);
      case 'RequestPasswordReset':
        return [
          { type: 'PasswordResetRequested', data: { challengeId: command.challengeId } },
          firstCode(command.challengeId, 'reset', command.rules),
        ];
      case 'ResetPassword':
        return withCode(state, command.code, 'reset', command.rules, () => {
          if (command.reused) throw passwordReused('newPassword');
          return [passwordSet(command.passwordHash, 'reset')];
        });
      case 'ChangePassword':
        return [passwordSet(command.passwordHash, 'change')];
      case 'UpdateDetails': {
        const details = { ...state.details, ...command.details };
        return [{ type: 'DetailsUpdated', data: { details } }];
      }
      case 'AcceptTerms':
        return state.termsAccepted.includes(command.version)
          ? []
          : [{ type: 'TermsAccepted', data: { version: command.version } }];
      case 'CloseAccount':
        return state.status === 'closed' ? [] : [{ type: 'AccountClosed', data: { cause: command.cause } }];
    }
  },

  evolve(state, fact) {
    switch (fact.type) {
      case 'RegistrationStarted': {
        const { email, ...details } = fact.data;
        return { ...state, status: 'unconfirmed', council: fact.council, email, details };
      }
      case 'PasswordSet': {
        const { cause } = fact.data;
        const { revision, at, commandId } = fact;
        const isChange = cause === 'reset' || cause === 'change';
        const passwordChange = isChange ? { revision, at, commandId } : state.passwordChange;
        const set = { passwordHashes: nextHashes(state, fact.data), passwordChange };
        return cause === 'reset' ? { ...spendResets(confirmed(state)), ...set } : { ...state, ...set };
      }
      case 'CodeIssued':
        return { ...state, challenges: withIssue(state, fact, fact.data, false) };
      case 'RegistrationRepeated': {
        const { email = '', ...first } = fact.data;
        const issued = { ...first, purpose: 'registration' as const, issue: 1 };
        return { ...state, email: state.email || email, challenges: withIssue(state, fact, issued, true) };
      }
      case 'EmailConfirmed':
      case 'SignedIn':
        return spend(confirmed(state), fact.data.challengeId);
      case 'SignInFailed':
        return fact.data.challengeId
          ? countWrong(state, fact.data.challengeId)
          : { ...state, refusedAt: [...state.refusedAt, fact.at].slice(-REFUSALS_KEPT) };
      case 'DetailsUpdated':
        return { ...state, details: fact.data.details ?? state.details };
      case 'TermsAccepted':
        return { ...state, termsAccepted: [...state.termsAccepted, fact.data.version] };
      case 'AccountClosed':
        return { ...state, status: 'closed', passwordHashes: [] };
      case 'AccountErased':
        return { ...accountDecider.initialState, status: 'closed', erased: true, council: state.council };
      default:
        return state;
    }
  },
};

/** Whatever state it is in: an account that was never confirmed, or was closed, can be erased too. */
function erase({ council, reason }: { council: string; reason: string }, state: AccountState): AccountEvent[] {
  if (state.status === 'none' || state.council !== council) {
    throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
  }
  return state.erased ? [] : [{ type: 'AccountErased', data: { reason } }];
}

/** A registration that nobody confirmed, or that was none and told the address's owner so, leaves nothing for good. */
function lapse({ before, reason }: { before: string; reason: string }, state: AccountState): AccountEvent[] {
  const isDecoy = state.status === 'none' && state.email !== '';
  const waits = state.status === 'unconfirmed' || isDecoy;
  return waits && lastCodeAt(state) <= before ? [{ type: 'AccountErased', data: { reason } }] : [];
}

/** When a code was last issued; empty where none was. */
function lastCodeAt({ challenges }: AccountState): string {
  const all = Object.values(challenges).flatMap(({ startedAt, resentAt }) => [startedAt, ...resentAt]);
  return all.sort().at(-1) ?? '';
}

/** Whatever a right code was for: it was mailed to the address. */
function confirmed(state: AccountState): AccountState {
  return state.status === 'unconfirmed' ? { ...state, status: 'open' } : state;
}

/** Whether a typed code would be taken now; throws the problem where it would not. A wrong one is false. */
export function codeIsRight(state: AccountState, code: TypedCode, purpose: CodePurpose, rules: CodeRules): boolean {
  const challenge = state.challenges[code.challengeId];
  if (challenge?.purpose !== purpose) {
    throw new DomainError(
      'CODE_WRONG',
      'This code is not right. Check the newest mail, or ask for a new code.',
      'code',
    );
  }
  if (challenge.used) {
    throw new DomainError('CODE_USED_UP', 'This code was used already. Please start again.', 'code');
  }
  if (challenge.wrong >= rules.attempts) {
    throw new DomainError('CODE_USED_UP', 'Too many wrong tries. Ask for a new code.', 'code');
  }
  if (rules.now >= challenge.expiresAt) {
    throw new DomainError('CODE_EXPIRED', 'This code has expired. Ask for a new code.', 'code');
  }
  // Where nobody registered (see address-key.ts) no code is right, either: nobody was sent it.
  return code.matches(challenge.issue) && !challenge.decoy && state.status !== 'none';
}

/** The problem of a password that was used before. */
export function passwordReused(field: string): DomainError {
  return new DomainError(
    'PASSWORD_REUSED',
    'Choose a password that differs from your current one and from those you used before.',
    field,
  );
}

function passwordSet(hash: string, cause: 'reset' | 'change' | 'rehash'): AccountEvent {
  return { type: 'PasswordSet', data: { hash, cause } };
}

/** A right code gives `facts`; a wrong one is a fact too, for it counts. */
function withCode(
  state: AccountState,
  code: TypedCode,
  purpose: CodePurpose,
  rules: CodeRules,
  facts: (challengeId: string) => AccountEvent[],
): AccountEvent[] {
  const { challengeId } = code;
  return codeIsRight(state, code, purpose, rules)
    ? facts(challengeId)
    : [{ type: 'SignInFailed', data: { cause: 'code', challengeId } }];
}

/** The first code of a challenge. A new one may be asked for at once; later ones keep their distance. */
function firstCode(challengeId: string, purpose: CodePurpose, rules: CodeRules): AccountEvent {
  return { type: 'CodeIssued', data: { ...firstIssue(challengeId, rules), purpose, issue: 1 } };
}

function firstIssue(challengeId: string, rules: CodeRules) {
  return { challengeId, expiresAt: isoPlus(rules.now, rules.minutes * MINUTE), resendAfter: rules.now };
}

/** The challenge, where its code may be sent again now; throws the problem where it may not. */
export function resendable(
  state: AccountState,
  challengeId: string,
  purpose: CodePurpose,
  rules: CodeRules,
): Challenge {
  const challenge = state.challenges[challengeId];
  if (!challenge || challenge.used || challenge.purpose !== purpose) {
    throw new DomainError('NOT_ALLOWED_NOW', 'This code cannot be sent again. Please start again.', 'challengeId');
  }
  const hourAgo = isoPlus(rules.now, -60 * MINUTE);
  const inLastHour = challenge.resentAt.filter((at) => at > hourAgo).length;
  if (rules.now < challenge.resendAfter || inLastHour >= RESENDS_PER_HOUR) {
    const fifth = challenge.resentAt.at(-RESENDS_PER_HOUR);
    const hourOver = fifth === undefined ? '' : isoPlus(fifth, 60 * MINUTE);
    const free = challenge.resendAfter > hourOver ? challenge.resendAfter : hourOver;
    throw new DomainError(
      'TOO_MANY_REQUESTS',
      'A code was sent a moment ago. Please wait before you ask for another.',
      'challengeId',
      { resendAfter: free, retryAfter: Math.ceil((Date.parse(free) - Date.parse(rules.now)) / 1_000) },
    );
  }
  return challenge;
}

function resentCode(state: AccountState, challengeId: string, purpose: CodePurpose, rules: CodeRules): AccountEvent {
  const challenge = resendable(state, challengeId, purpose, rules);
  const expiresAt = isoPlus(rules.now, rules.minutes * MINUTE);
  const resendAfter = isoPlus(rules.now, RESEND_APART);
  return { type: 'CodeIssued', data: { challengeId, purpose, issue: challenge.issue + 1, expiresAt, resendAfter } };
}

type Issued = Extract<AccountEvent, { type: 'CodeIssued' }>['data'];

function withIssue(
  state: AccountState,
  fact: { at: string },
  { challengeId, purpose, issue, expiresAt, resendAfter }: Issued,
  decoy: boolean,
): Record<string, Challenge> {
  const before = state.challenges[challengeId];
  // A day after its end nobody can come back to a challenge: what is over is forgotten here, so that state stays small.
  const dayAgo = isoPlus(fact.at, -24 * 60 * MINUTE);
  const alive = Object.entries(state.challenges).filter(([, challenge]) => challenge.expiresAt > dayAgo);
  return {
    ...Object.fromEntries(alive.slice(1 - MOST_CHALLENGES)),
    [challengeId]: {
      purpose,
      issue,
      startedAt: before?.startedAt ?? fact.at,
      resentAt: before ? [...before.resentAt, fact.at] : [],
      expiresAt,
      resendAfter,
      wrong: 0,
      used: before?.used ?? false,
      decoy: before?.decoy ?? decoy,
    },
  };
}

function spend(state: AccountState, challengeId: string): AccountState {
  const challenge = state.challenges[challengeId];
  if (!challenge) return state;
  return { ...state, challenges: { ...state.challenges, [challengeId]: { ...challenge, used: true } } };
}

/** A password that was reset spends every open reset: an older mail must not change it once more. */
function spendResets(state: AccountState): AccountState {
  const challenges = Object.entries(state.challenges).map(([id, challenge]): [string, Challenge] => [
    id,
    challenge.purpose === 'reset' ? { ...challenge, used: true } : challenge,
  ]);
  return { ...state, challenges: Object.fromEntries(challenges) };
}

function countWrong(state: AccountState, challengeId: string): AccountState {
  const challenge = state.challenges[challengeId];
  if (!challenge) return state;
  const counted = { ...challenge, wrong: challenge.wrong + 1 };
  return { ...state, challenges: { ...state.challenges, [challengeId]: counted } };
}

/** The new hash first; one made of the same password takes the place of the former. */
function nextHashes({ passwordHashes }: AccountState, { hash, cause }: { hash: string; cause: string }): string[] {
  return [hash, ...passwordHashes.slice(cause === 'rehash' ? 1 : 0)].slice(0, HASHES_KEPT);
}

function hasManyRefusals({ refusedAt }: AccountState, now: string): boolean {
  return refusedAt.length === REFUSALS_KEPT && refusedAt[0]! > isoPlus(now, -DAY);
}
