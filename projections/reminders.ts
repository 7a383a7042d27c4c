import type { Recorded } from '../src/core/decider.js';
import { referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import type { ReminderKind } from './mail/mail.js';
import type { Projection, ViewDocument } from './projection.js';

/** Something that has an end, and about which a referrer will be reminded. Names nobody. */
export interface ReminderDocument extends ViewDocument {
  council: string;
  kind: ReminderKind;
  /** Of a saved form: when it is erased, ISO text. Of a request: the day until which an answer was asked for. */
  ends: string;
  /** What a reminder is sent once for: it is another one where the end was moved. */
  occasion: string;
}

/** Saved forms and the requests for information with a due date, as long as they are open. */
export const reminders: Projection<ReminderDocument, ReferralEvent> = {
  name: 'reminders',
  kind: referralKind,
  takes: new Set([
    'FormStarted',
    'AmendmentStarted',
    'SubjectsNamed',
    'AnswersSaved',
    'FormDiscarded',
    'SavedFormExpired',
    'FormSubmitted',
    'InformationRequested',
    'InformationRequestRetracted',
    'ReferralErased',
  ]),
  indexes: [{ key: { council: 1, kind: 1, ends: 1, _id: 1 } }, { key: { stream: 1 } }],
  fold(documents, fact) {
    switch (fact.type) {
      case 'FormStarted':
      case 'AmendmentStarted':
      case 'SubjectsNamed':
      case 'AnswersSaved':
        return [...without(documents, 'saved-form-expiring'), savedForm(fact, fact.data.expiresAt)];
      case 'FormDiscarded':
      case 'SavedFormExpired':
        return without(documents, 'saved-form-expiring');
      case 'FormSubmitted':
      case 'InformationRequestRetracted':
      case 'ReferralErased':
        return [];
      case 'InformationRequested':
        return [...without(documents, 'request-overdue'), ...request(fact)];
      default:
        return documents;
    }
  },
};

function without(documents: readonly ReminderDocument[], kind: ReminderKind): ReminderDocument[] {
  return documents.filter((document) => document.kind !== kind);
}

function savedForm(fact: Recorded<ReferralEvent>, ends: string): ReminderDocument {
  return document(fact, 'saved-form-expiring', ends, ends);
}

function request(fact: Recorded<Extract<ReferralEvent, { type: 'InformationRequested' }>>): ReminderDocument[] {
  const { dueOn, requestId } = fact.data;
  return dueOn === null ? [] : [document(fact, 'request-overdue', dueOn, requestId)];
}

function document(
  { stream, revision, council }: Recorded<ReferralEvent>,
  kind: ReminderKind,
  ends: string,
  occasion: string,
): ReminderDocument {
  return { _id: `${stream}/${kind}`, stream, revision, council, kind, ends, occasion };
}
