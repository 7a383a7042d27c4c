import type { Recorded } from '../src/core/decider.js';
import { referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import type { Projection, ViewDocument } from './projection.js';

/** An open request for information that asks for an answer by a day. Names nobody. */
export interface ReminderDocument extends ViewDocument {
  council: string;
  kind: 'request-overdue';
  /** The day until which an answer was asked for. */
  ends: string;
  /** The request: what a reminder is sent once for. */
  occasion: string;
}

const kind = 'request-overdue';

/** The requests for information with a due date, as long as they are open. The ends of saved forms stand in "Saved Forms". */
export const reminders: Projection<ReminderDocument, ReferralEvent> = {
  name: 'reminders',
  kind: referralKind,
  takes: new Set(['FormSubmitted', 'InformationRequested', 'InformationRequestRetracted', 'ReferralErased']),
  idOf,
  indexes: [{ key: { council: 1, kind: 1, ends: 1, _id: 1 } }],
  fold(documents, fact) {
    switch (fact.type) {
      case 'InformationRequested':
        return request(fact);
      case 'FormSubmitted':
      case 'InformationRequestRetracted':
      case 'ReferralErased':
        return [];
      default:
        return documents;
    }
  },
};

function idOf(stream: string): string {
  return `${stream}/${kind}`;
}

function request(fact: Recorded<Extract<ReferralEvent, { type: 'InformationRequested' }>>): ReminderDocument[] {
  const { stream, revision, council } = fact;
  const { dueOn: ends, requestId: occasion } = fact.data;
  return ends === null ? [] : [{ _id: idOf(stream), stream, revision, council, kind, ends, occasion }];
}
