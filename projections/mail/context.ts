import { DAY, isoPlus } from '../../src/core/clock.js';
import type { FormRef, MailFact } from './mail.js';

/** A save, which is all facts of one command. */
interface Save {
  commandId: string;
  at: string;
  /** When the form was saved before; null for its first save. */
  previousAt: string | null;
  /** True at the second and later facts of the command. */
  continued: boolean;
}

/** What the facts of a stream, up to one of them, tell of the mails that it calls for. */
export interface MailContext {
  /** Where mails go; null where nobody has been named yet, or they were erased. */
  email: string | null;
  /** Challenges that no code fits (see RegistrationRepeated), and when they expire. */
  decoys: Readonly<Record<string, string>>;
  reference: string | null;
  saved: FormRef | null;
  submitted: FormRef | null;
  save: Save | null;
  /** When the saved form will be erased, ISO text; null while there is none. */
  savedUntil: string | null;
  /** The open request for information. */
  request: { id: string; dueOn: string | null } | null;
}

/** Of how many streams it is kept in mind, and for how long: it names addresses, which erasure must reach. */
export const REMEMBERED = { max: 10_000, ttl: 10 * 60_000 };

export const noContext: MailContext = {
  email: null,
  decoys: {},
  reference: null,
  saved: null,
  submitted: null,
  save: null,
  savedUntil: null,
  request: null,
};

/** Folds one fact of an account or a referral. Members erased with their key are taken as absent: it never fails. */
export function evolveContext(context: MailContext, fact: MailFact): MailContext {
  switch (fact.type) {
    case 'RegistrationStarted':
      return { ...context, email: fact.data.email ?? null };
    case 'RegistrationRepeated': {
      // As in the account's decider, a challenge is forgotten a day after its end.
      const dayAgo = isoPlus(fact.at, -DAY);
      const alive = Object.entries(context.decoys).filter(([, expiresAt]) => expiresAt > dayAgo);
      const email = context.email ?? fact.data.email ?? null;
      return {
        ...context,
        email,
        decoys: { ...Object.fromEntries(alive), [fact.data.challengeId]: fact.data.expiresAt },
      };
    }
    case 'FormStarted': {
      const { formId: id, formVersion: version, referrer, expiresAt: savedUntil } = fact.data;
      return { ...context, email: referrer?.email ?? null, saved: { id, version }, savedUntil };
    }
    case 'AmendmentStarted': {
      const { formId: id, formVersion: version, expiresAt: savedUntil } = fact.data;
      return { ...context, saved: { id, version }, savedUntil };
    }
    case 'SubjectsNamed':
    case 'AnswersSaved':
      return { ...context, save: nextSave(context.save, fact), savedUntil: fact.data.expiresAt };
    case 'FormDiscarded':
    case 'SavedFormExpired':
      return { ...context, savedUntil: null };
    case 'InformationRequested':
      return { ...context, request: { id: fact.data.requestId, dueOn: fact.data.dueOn } };
    case 'InformationRequestRetracted':
      return { ...context, request: null, savedUntil: null };
    case 'FormSubmitted': {
      const { formId: id, formVersion: version, reference, referrer } = fact.data;
      const done = { savedUntil: null, request: null };
      return { ...context, ...done, email: referrer?.email ?? null, reference, submitted: { id, version } };
    }
    case 'AccountClosed':
    case 'AccountErased':
    case 'ReferralErased':
      return { ...context, email: null };
    default:
      return context;
  }
}

function nextSave(before: Save | null, { commandId, at }: MailFact): Save {
  if (before?.commandId === commandId) return { ...before, continued: true };
  return { commandId, at, previousAt: before?.at ?? null, continued: false };
}
