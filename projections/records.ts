import type { Recorded } from '../src/core/decider.js';
import { restAfter, unrest, type Rest } from '../src/referral/referral-status.js';
import { referralIdOf, referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import type { Projection, ViewDocument } from './projection.js';

/** What there is of each account, and how long it is to be kept. Names nobody; gone once it is erased. */
export interface RecordDocument extends ViewDocument {
  council: string;
  accountId: string;
  formId: string;
  /** Empty as long as it was not submitted. */
  reference: string;
  held: boolean;
  settledAt: string | null;
  /** What rest follows from. */
  facts: {
    respondedVersion: number;
    version: number;
    subjectIds: string[];
    responses: Record<string, { final: boolean }>;
    requested: boolean;
  };
}

/** Everything held: saved forms and referrals, by account, and by the day on which a referral came to rest. */
export const records: Projection<RecordDocument, ReferralEvent> = {
  name: 'records',
  kind: referralKind,
  takes: new Set([
    'FormStarted',
    'FormDiscarded',
    'SavedFormExpired',
    'FormSubmitted',
    'InformationRequested',
    'InformationRequestRetracted',
    'ResponsePosted',
    'LegalHoldPlaced',
    'LegalHoldLifted',
    'ReferralErased',
  ]),
  idOf: referralIdOf,
  indexes: [
    { key: { council: 1, accountId: 1, _id: 1 } },
    { key: { council: 1, formId: 1, held: 1, settledAt: 1, _id: 1 } },
  ],
  fold(documents, fact) {
    if (fact.type === 'FormStarted') return [begun(fact)];
    const [document] = documents;
    if (!document) return documents;
    switch (fact.type) {
      case 'FormDiscarded':
      case 'SavedFormExpired':
        return fact.data.requestId === null ? [] : documents;
      case 'ReferralErased':
        return [];
      default: {
        const after = change(document, fact);
        return after === document ? documents : [after];
      }
    }
  },
};

function begun(fact: Recorded<Extract<ReferralEvent, { type: 'FormStarted' }>>): RecordDocument {
  const { stream, revision, council } = fact;
  const { accountId, formId } = fact.data;
  const facts = { respondedVersion: 0, version: 0, subjectIds: [], responses: {}, requested: false };
  const { settledAt } = unrest;
  return {
    _id: referralIdOf(stream),
    stream,
    revision,
    council,
    accountId,
    formId,
    reference: '',
    held: false,
    settledAt,
    facts,
  };
}

function change(document: RecordDocument, fact: Recorded<ReferralEvent>): RecordDocument {
  const { facts } = document;
  switch (fact.type) {
    case 'FormSubmitted': {
      const { reference, formId, version, subjectIds } = fact.data;
      return {
        ...document,
        reference,
        formId,
        settledAt: null,
        facts: { ...facts, version, subjectIds, requested: false },
      };
    }
    case 'InformationRequested':
      return { ...document, settledAt: null, facts: { ...facts, requested: true } };
    case 'InformationRequestRetracted':
      return rested({ ...document, facts: { ...facts, requested: false } }, fact.at, facts.respondedVersion);
    case 'ResponsePosted': {
      const { subjectIds, final } = fact.data;
      const responses = { ...facts.responses, ...Object.fromEntries(subjectIds.map((id) => [id, { final }])) };
      return rested({ ...document, facts: { ...facts, responses } }, fact.at, facts.version);
    }
    case 'LegalHoldPlaced':
    case 'LegalHoldLifted':
      return { ...document, held: fact.type === 'LegalHoldPlaced' };
    default:
      return document;
  }
}

function rested(document: RecordDocument, at: string, responded: number): RecordDocument {
  const { version, subjectIds, responses, requested } = document.facts;
  const { respondedVersion, settledAt }: Rest = restAfter(at, responded, {
    request: requested ? {} : null,
    submission: { version, subjects: subjectIds.map((id) => ({ id })) },
    responses,
  });
  return { ...document, settledAt, facts: { ...document.facts, respondedVersion } };
}
