import type { Recorded } from '../src/core/decider.js';
import { referralKind, responseText, type QuestionNote, type ReferralEvent } from '../src/referral/referral.events.js';
import type { Projection, ViewDocument } from './projection.js';

interface Common extends ViewDocument {
  council: string;
  accountId: string;
  reference: string;
  version: number;
  formId: string;
  formVersion: number;
}

/** One row of "Recently Submitted Forms": one subject of one submission. */
export interface SubmittedRowDocument extends Common {
  kind: 'row';
  subjectId: string;
  /** The subject's name. */
  name: string;
  /** The referrer's name. */
  referrer: string;
  /** When it was submitted. */
  at: string;
  response: string;
  responseDate: string | null;
  sentBy: string | null;
}

/** One row of "Forms requesting more information": an open request. */
export interface RequestDocument extends Common {
  kind: 'request';
  requestId: string;
  /** The referrer's name. */
  name: string;
  /** When it was requested. */
  at: string;
  reasonCode: string;
  comments: string;
  questions: QuestionNote[];
  dueOn: string | null;
  redirectToFormId: string | null;
}

export type SubmittedFormsDocument = SubmittedRowDocument | RequestDocument;

/** What a row says until there is a response (guide L). */
export const NO_RESPONSE = 'No response posted';

/** "My Submitted Forms": a row a subject for each submission, and the open requests for information. */
export const submittedForms: Projection<SubmittedFormsDocument, ReferralEvent> = {
  name: 'submitted-forms',
  kind: referralKind,
  takes: new Set([
    'FormSubmitted',
    'InformationRequested',
    'InformationRequestRetracted',
    'ContactStarted',
    'ResponsePosted',
    'ReferralErased',
  ]),
  indexes: [{ key: { council: 1, accountId: 1, kind: 1, at: -1, _id: 1 } }, { key: { stream: 1 } }],
  fold(documents, fact) {
    if (fact.type === 'ReferralErased') return [];
    if (fact.erased) return documents;
    switch (fact.type) {
      case 'FormSubmitted': {
        const earlier = withoutRequest(documents, fact.data.requestId);
        const responses = new Map(earlier.flatMap((one) => (one.kind === 'row' ? [[one.subjectId, one]] : [])));
        return [
          ...earlier,
          ...fact.data.subjects.map((subject, place) => row(fact, subject, place, responses.get(subject.id))),
        ];
      }
      case 'InformationRequested':
        return [...withoutRequest(documents, fact.data.requestId), request(documents, fact)];
      case 'InformationRequestRetracted':
        return withoutRequest(documents, fact.data.requestId);
      case 'ContactStarted':
        return respond(documents, fact, fact.data.response);
      case 'ResponsePosted':
        return respond(documents, fact, responseText(fact.data));
      default:
        return documents;
    }
  },
};

type Submitted = Recorded<Extract<ReferralEvent, { type: 'FormSubmitted' }>>;

function row(
  fact: Submitted,
  subject: { id: string; forename: string; surname: string },
  place: number,
  earlier: SubmittedRowDocument | undefined,
): SubmittedRowDocument {
  const { accountId, reference, version, formId, formVersion, referrer } = fact.data;
  return {
    // The place keeps the subjects of one submission in their order, beneath one date.
    _id: `${fact.stream}/${String(version).padStart(4, '0')}/${String(place).padStart(3, '0')}`,
    stream: fact.stream,
    revision: fact.revision,
    kind: 'row',
    council: fact.council,
    accountId,
    reference,
    version,
    formId,
    formVersion,
    subjectId: subject.id,
    name: `${subject.forename} ${subject.surname}`,
    referrer: `${referrer.forename} ${referrer.surname}`,
    at: fact.at,
    // What was said about a person stays said when more information is sent.
    response: earlier?.response ?? NO_RESPONSE,
    responseDate: earlier?.responseDate ?? null,
    sentBy: earlier?.sentBy ?? null,
  };
}

type Requested = Recorded<Extract<ReferralEvent, { type: 'InformationRequested' }>>;

function request(documents: readonly SubmittedFormsDocument[], fact: Requested): RequestDocument {
  const { requestId, version, reasonCode, comments, questions, dueOn, redirectToFormId } = fact.data;
  const rows = documents.filter((document) => document.kind === 'row');
  const returned = rows.find((document) => document.version === version);
  if (!returned) throw new Error(`${fact.stream} has no version ${version} to return`);
  const { accountId, reference, formId, formVersion, referrer } = returned;
  return {
    _id: requestId,
    stream: fact.stream,
    revision: fact.revision,
    kind: 'request',
    council: fact.council,
    accountId,
    reference,
    version,
    formId,
    formVersion,
    requestId,
    name: referrer,
    at: fact.at,
    reasonCode,
    comments,
    questions,
    dueOn,
    redirectToFormId,
  };
}

function withoutRequest(documents: readonly SubmittedFormsDocument[], requestId: string | null) {
  return documents.filter((document) => document.kind !== 'request' || document.requestId !== requestId);
}

/** A response stands beside every submission in which the person is named. */
function respond(
  documents: readonly SubmittedFormsDocument[],
  fact: Recorded<Extract<ReferralEvent, { type: 'ContactStarted' | 'ResponsePosted' }>>,
  response: string,
): SubmittedFormsDocument[] {
  const { subjectIds } = fact.data;
  return documents.map((document) =>
    document.kind === 'row' && subjectIds.includes(document.subjectId)
      ? { ...document, response, responseDate: fact.at, sentBy: fact.by.name }
      : document,
  );
}
