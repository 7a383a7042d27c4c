import type { CodePurpose } from '../../src/account/account.events.js';
import { DAY, isoPlus, MINUTE } from '../../src/core/clock.js';
import { referralIdOf } from '../../src/referral/referral.events.js';
import type { MailContext } from './context.js';
import type { Mail, MailChoice, MailFact, ReminderKind } from './mail.js';

/**
 * How long after a save the next one is told by mail again. Front ends save with every page: a mail for each would be a
 * flood, one for each sitting says what the guides' mail says – that it was saved, how to come back, how long it is kept.
 */
const SAVES_APART = DAY;

const codeKinds = {
  registration: 'registration-code',
  'log-in': 'log-in-code',
  reset: 'password-reset-code',
} as const satisfies Record<CodePurpose, Mail['kind']>;

/** The facts that may call for a mail; for any other, `choose` is null whatever its context. */
const callers: ReadonlySet<MailFact['type']> = new Set([
  'CodeIssued',
  'RegistrationRepeated',
  'PasswordSet',
  'SubjectsNamed',
  'AnswersSaved',
  'FormSubmitted',
  'InformationRequested',
  'InformationRequestRetracted',
  'ResponsePosted',
]);

export function mayCallForMail({ type }: MailFact): boolean {
  return callers.has(type);
}

/** The mail that a fact calls for, if any. `context` is the fold of its stream up to and including the fact. */
export function choose(fact: MailFact, context: MailContext): MailChoice | null {
  const to = context.email;
  const mail = to === null ? null : mailOf(fact, context);
  return to === null || mail === null ? null : { mail, to, expiresAt: expiryOf(fact) };
}

function mailOf(fact: MailFact, context: MailContext): Mail | null {
  const { reference, saved, submitted, save } = context;
  switch (fact.type) {
    case 'CodeIssued': {
      const { challengeId, purpose, issue, expiresAt } = fact.data;
      // A new code for a registration that was none: whoever has the account is told so once more, and gets no code.
      if (challengeId in context.decoys) return { kind: 'already-registered' };
      // The clock moves on a little between the decision and its record: a code of 15 minutes is one of 15 minutes.
      const minutes = Math.round((Date.parse(expiresAt) - Date.parse(fact.at)) / MINUTE);
      return { kind: codeKinds[purpose], challengeId, issue, minutes };
    }
    case 'RegistrationRepeated':
      return { kind: 'already-registered' };
    case 'PasswordSet':
      return fact.data.cause === 'registration' || fact.data.cause === 'rehash'
        ? null
        : { kind: 'password-changed', at: fact.at };
    case 'SubjectsNamed':
    case 'AnswersSaved': {
      if (!saved || !save || save.continued) return null;
      if (save.previousAt !== null && fact.at < isoPlus(save.previousAt, SAVES_APART)) return null;
      const { expiresAt: keptUntil } = fact.data;
      return { kind: 'form-saved', referralId: referralIdOf(fact.stream), form: saved, keptUntil };
    }
    case 'FormSubmitted': {
      const { reference, version, formId, formVersion } = fact.data;
      return { kind: 'submission-confirmation', reference, form: { id: formId, version: formVersion }, version };
    }
    case 'InformationRequested': {
      if (!reference || !submitted) return null;
      const { requestId, dueOn, redirectToFormId } = fact.data;
      return { kind: 'information-requested', requestId, reference, form: submitted, dueOn, redirectToFormId };
    }
    case 'InformationRequestRetracted':
      return reference && submitted ? { kind: 'request-retracted', reference, form: submitted } : null;
    case 'ResponsePosted':
      return reference && fact.data.final ? { kind: 'update', reference } : null;
    default:
      return null;
  }
}

/** A code's end, or that of a saved form: told afterwards, both would be untrue. */
function expiryOf(fact: MailFact): string | null {
  switch (fact.type) {
    case 'CodeIssued':
    case 'SubjectsNamed':
    case 'AnswersSaved':
      return fact.data.expiresAt;
    default:
      return null;
  }
}

/**
 * The reminder that was queued at one moment of a stream (`then`), as the stream stands `now`; null where what it
 * reminds of has come to its end or was moved since.
 */
export function remind(kind: ReminderKind, stream: string, then: MailContext, now: MailContext): MailChoice | null {
  const { email: to, saved, savedUntil, request, submitted, reference } = now;
  if (to === null) return null;
  if (kind === 'saved-form-expiring') {
    if (!saved || savedUntil === null || savedUntil !== then.savedUntil) return null;
    const mail: Mail = { kind, referralId: referralIdOf(stream), form: saved, keptUntil: savedUntil };
    return { mail, to, expiresAt: savedUntil };
  }
  if (!request?.dueOn || request.id !== then.request?.id || !submitted || !reference) return null;
  const mail: Mail = { kind, requestId: request.id, reference, form: submitted, dueOn: request.dueOn };
  return { mail, to, expiresAt: null };
}

/** Whether a later fact of the stream issued another code in place of this mail's: then this one would only mislead. */
export function isReplaced(mail: Mail, later: readonly MailFact[]): boolean {
  if (!('challengeId' in mail)) return false;
  return later.some(({ type, data }) => type === 'CodeIssued' && data.challengeId === mail.challengeId);
}
