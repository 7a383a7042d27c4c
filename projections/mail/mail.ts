import type { AccountEvent } from '../../src/account/account.events.js';
import type { Recorded } from '../../src/core/decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';

/** A fact that mails are chosen by. */
export type MailFact = Recorded<AccountEvent | ReferralEvent>;

/** A form as a council's files name it. */
export interface FormRef {
  id: string;
  version: number;
}

/**
 * What a mail says, and nothing beside it: no names, no comments, no answers. Mail is not a private place, and a name is
 * whatever somebody typed at registration: put into a mail it would let strangers write to anybody in a council's name.
 */
export type Mail =
  | {
      kind: 'registration-code' | 'log-in-code' | 'password-reset-code';
      challengeId: string;
      issue: number;
      /** How long the code lasts from when it was asked for. */
      minutes: number;
    }
  | { kind: 'already-registered' }
  /** `at`: ISO text. */
  | { kind: 'password-changed'; at: string }
  /** `keptUntil`: ISO text. */
  | { kind: 'form-saved'; referralId: string; form: FormRef; keptUntil: string }
  /** `version` of what was sent; above 1 it answers a request for information. */
  | { kind: 'submission-confirmation'; reference: string; form: FormRef; version: number }
  | {
      kind: 'information-requested';
      requestId: string;
      reference: string;
      form: FormRef;
      /** A calendar date, ISO 8601. */
      dueOn: string | null;
      /** The form to use in place of the one that was sent. */
      redirectToFormId: string | null;
    }
  | { kind: 'request-retracted'; reference: string; form: FormRef }
  | { kind: 'update'; reference: string }
  /** `keptUntil`: ISO text. */
  | { kind: 'saved-form-expiring'; referralId: string; form: FormRef; keptUntil: string }
  /** `dueOn`: a calendar date, ISO 8601, that has passed. */
  | { kind: 'request-overdue'; requestId: string; reference: string; form: FormRef; dueOn: string };

export type MailKind = Mail['kind'];

/** Mails that no fact calls for, but the passing of time. They wait for the day: see daytime.ts. */
export const reminderKinds = ['saved-form-expiring', 'request-overdue'] as const satisfies readonly MailKind[];
export type ReminderKind = (typeof reminderKinds)[number];

export function isReminder(kind: MailKind): kind is ReminderKind {
  return (reminderKinds as readonly MailKind[]).includes(kind);
}

/** Permanent words: the ledger and the API's MailDelivery.kind hold them. */
export const mailKinds = [
  'registration-code',
  'log-in-code',
  'password-reset-code',
  'already-registered',
  'password-changed',
  'form-saved',
  'submission-confirmation',
  'information-requested',
  'request-retracted',
  'update',
  ...reminderKinds,
] as const satisfies readonly MailKind[];

export interface MailChoice {
  mail: Mail;
  /** The address it goes to, as it was given. */
  to: string;
  /** From this instant (ISO text) on it is of no use and not sent; null where that never comes. */
  expiresAt: string | null;
}
