import type { StreamKind } from '../core/decider.js';
import type { Person } from '../core/person.js';

/** What a person tells of themselves beside the address that names the account; forms are prefilled from it. */
export type Details = Omit<Person, 'email'>;

export type CodePurpose = 'registration' | 'log-in' | 'reset';

/** The facts of an account. Their names are permanent. */
export type AccountEvent =
  | { type: 'RegistrationStarted'; data: Details & { email: string } }
  /**
   * Someone asked to register an address that has an account: its owner is told by mail. No code fits the challenge. It
   * is the first fact of a stream of its own; before it bore an address, it stood in the owner's.
   */
  | {
      type: 'RegistrationRepeated';
      data: { challengeId: string; expiresAt: string; resendAfter: string; email?: string };
    }
  | { type: 'PasswordSet'; data: { hash: string; cause: 'registration' | 'reset' | 'change' | 'rehash' } }
  | { type: 'LogInStarted'; data: { challengeId: string } }
  | { type: 'PasswordResetRequested'; data: { challengeId: string } }
  /** The code itself is never stored: it is derived from the challenge and the issue's number. */
  | {
      type: 'CodeIssued';
      data: { challengeId: string; purpose: CodePurpose; issue: number; expiresAt: string; resendAfter: string };
    }
  | { type: 'EmailConfirmed'; data: { challengeId: string } }
  | { type: 'SignedIn'; data: { challengeId: string } }
  | { type: 'SignInFailed'; data: { cause: 'password' | 'code'; challengeId?: string } }
  | { type: 'DetailsUpdated'; data: { details: Details } }
  | { type: 'TermsAccepted'; data: { version: string } }
  | { type: 'AccountClosed'; data: { cause: string } }
  /** A records officer erased it; the reason stays readable, and names nobody. */
  | { type: 'AccountErased'; data: { reason: string } };

export const accountKind: StreamKind<AccountEvent> = {
  category: 'account',
  keyOwner: (stream) => stream,
  isErasure: ({ type }) => type === 'AccountErased',
  clear: {
    RegistrationStarted: ['professional'],
    RegistrationRepeated: ['challengeId', 'expiresAt', 'resendAfter'],
    PasswordSet: ['cause'],
    LogInStarted: ['challengeId'],
    PasswordResetRequested: ['challengeId'],
    CodeIssued: ['challengeId', 'purpose', 'issue', 'expiresAt', 'resendAfter'],
    EmailConfirmed: ['challengeId'],
    SignedIn: ['challengeId'],
    SignInFailed: ['cause', 'challengeId'],
    DetailsUpdated: [],
    TermsAccepted: ['version'],
    AccountClosed: ['cause'],
    AccountErased: ['reason'],
  },
};

export function accountStream(accountId: string): string {
  return `account-${accountId}`;
}

/** An address belongs to the first account that confirms it, in one council's service. */
export type EmailReservationEvent =
  | { type: 'EmailReserved'; data: { accountId: string } }
  /** The account was erased: the address is free again. */
  | { type: 'EmailReleased'; data: { accountId: string } };

export const emailReservationKind: StreamKind<EmailReservationEvent> = {
  category: 'email',
  clear: { EmailReserved: ['accountId'], EmailReleased: ['accountId'] },
};
