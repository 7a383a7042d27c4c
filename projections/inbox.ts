import type { Recorded } from '../src/core/decider.js';
import { referralStatus, type ReferralStatus } from '../src/referral/referral-status.js';
import { referralIdOf, referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import type { Projection, ViewDocument } from './projection.js';

/** One row of the workers' inbox: one referral. */
export interface InboxDocument extends ViewDocument {
  council: string;
  reference: string;
  status: ReferralStatus;
  formId: string;
  formVersion: number;
  names: string;
  referrer: string;
  submittedAt: string;
  version: number;
  /** What the status follows from. */
  facts: {
    contactStarted: boolean;
    requestId: string | null;
    subjectIds: string[];
    responses: Record<string, { final: boolean }>;
  };
}

/** The workers' inbox: every submitted referral of a council, and where it stands. */
export const inbox: Projection<InboxDocument, ReferralEvent> = {
  name: 'inbox',
  kind: referralKind,
  takes: new Set([
    'FormSubmitted',
    'InformationRequested',
    'InformationRequestRetracted',
    'ContactStarted',
    'ResponsePosted',
    'ReferralErased',
  ]),
  idOf: referralIdOf,
  indexes: [
    { key: { council: 1, submittedAt: -1, _id: 1 } },
    { key: { council: 1, status: 1, submittedAt: -1, _id: 1 } },
    { key: { council: 1, reference: 1 } },
  ],
  fold(documents, fact) {
    const [document] = documents;
    if (fact.type === 'FormSubmitted') return [submitted(document, fact)];
    if (!document) return documents;
    const after = change(document, fact);
    return after === document ? documents : [{ ...after, status: statusOf(after) }];
  },
};

function change(document: InboxDocument, fact: Recorded<ReferralEvent>): InboxDocument {
  const { facts } = document;
  switch (fact.type) {
    case 'InformationRequested':
      return { ...document, facts: { ...facts, requestId: fact.data.requestId } };
    case 'InformationRequestRetracted':
      return { ...document, facts: { ...facts, requestId: null } };
    case 'ContactStarted':
      return { ...document, facts: { ...facts, contactStarted: true } };
    case 'ResponsePosted': {
      const { subjectIds, final } = fact.data;
      const posted = Object.fromEntries(subjectIds.map((id) => [id, { final }]));
      return { ...document, facts: { ...facts, responses: { ...facts.responses, ...posted } } };
    }
    // Nothing personal is left; the row still says that there was a referral.
    case 'ReferralErased':
      return { ...document, names: '', referrer: '', status: 'ERASED' };
    default:
      return document;
  }
}

type Submitted = Recorded<Extract<ReferralEvent, { type: 'FormSubmitted' }>>;

function submitted(document: InboxDocument | undefined, fact: Submitted): InboxDocument {
  const { reference, version, formId, formVersion, subjectIds, subjects = [], referrer } = fact.data;
  const before = document?.facts ?? { contactStarted: false, responses: {} };
  const after = {
    _id: referralIdOf(fact.stream),
    stream: fact.stream,
    revision: fact.revision,
    council: fact.council,
    reference,
    formId,
    formVersion,
    names: subjects.map(({ forename, surname }) => `${forename} ${surname}`).join(', '),
    referrer: referrer ? `${referrer.forename} ${referrer.surname}` : '',
    submittedAt: fact.at,
    version,
    facts: { ...before, requestId: null, subjectIds },
  };
  return { ...after, status: statusOf(after) };
}

function statusOf({ facts, status }: { facts: InboxDocument['facts']; status?: ReferralStatus }): ReferralStatus {
  const { contactStarted, requestId, subjectIds, responses } = facts;
  return referralStatus({
    erased: status === 'ERASED',
    request: requestId === null ? null : { requestId },
    contactStarted,
    submission: { subjects: subjectIds.map((id) => ({ id })) },
    responses,
  });
}
