import type { Recorded } from '../core/decider.js';
import {
  responseText,
  type Answers,
  type AttachedFile,
  type QuestionNote,
  type ReferralEvent,
  type ReferrerFacts,
  type Subject,
} from './referral.events.js';
import { referralStatus, type ReferralStatus } from './referral-status.js';

/** One version as it was sent. */
export interface SubmittedVersion {
  version: number;
  /** The command that sent it. */
  commandId: string;
  formId: string;
  formVersion: number;
  submittedAt: string;
  submittedBy: string;
  subjects: Subject[];
  answers: Answers;
  attachments: AttachedFile[];
}

export interface RequestRecord {
  id: string;
  /** The version that was returned. */
  version: number;
  state: 'OPEN' | 'ANSWERED' | 'RETRACTED';
  requestedBy: string;
  requestedAt: string;
  reasonCode: string;
  comments: string;
  questions: QuestionNote[];
  dueOn: string | null;
  redirectToFormId: string | null;
  endedAt: string | null;
  retractionReason: string | null;
}

export interface PostedResponse {
  response: string;
  responseDate: string;
  sentBy: string;
  final: boolean;
}

/** A referral as people see it: every version, request and response. Folded from its stream, whole or up to a fact. */
export interface ReferralView {
  id: string;
  council: string;
  accountId: string;
  reference: string;
  revision: number;
  erased: boolean;
  referrer: ReferrerFacts;
  contactStarted: boolean;
  versions: SubmittedVersion[];
  requests: RequestRecord[];
  /** By subject: responses of the council, the automated one included. */
  responses: Record<string, PostedResponse>;
  /** By subject: responses that were decided, the automated one not. */
  decided: Record<string, { final: boolean }>;
  receipts: { system: string; version: number; externalId: string | null; receivedAt: string }[];
  held: boolean;
}

const nobody: ReferrerFacts = { forename: '', surname: '', email: '', professional: false };

export function emptyView(id: string): ReferralView {
  return {
    id,
    council: '',
    accountId: '',
    reference: '',
    revision: 0,
    erased: false,
    referrer: nobody,
    contactStarted: false,
    versions: [],
    requests: [],
    responses: {},
    decided: {},
    receipts: [],
    held: false,
  };
}

/** Folds one fact into the view; what is not for the council's eyes (drafts) leaves it as it is. */
export function evolveView(view: ReferralView, fact: Recorded<ReferralEvent>): ReferralView {
  switch (fact.type) {
    case 'FormStarted':
      return { ...view, council: fact.council, accountId: fact.data.accountId };
    case 'FormSubmitted': {
      const { reference, revision, requestId, referrer = nobody } = fact.data;
      const versions = [...view.versions, submittedVersion(fact)];
      const requests = endRequest(view.requests, requestId, { state: 'ANSWERED', endedAt: fact.at });
      return { ...view, reference, revision, referrer, versions, requests };
    }
    case 'InformationRequested': {
      const { requestId: id, revision, version, reasonCode, dueOn, redirectToFormId } = fact.data;
      const { comments = '', questions = [] } = fact.data;
      const asked = { id, version, reasonCode, comments, questions, dueOn, redirectToFormId };
      const by = { requestedBy: fact.by.name, requestedAt: fact.at };
      const open = { state: 'OPEN' as const, endedAt: null, retractionReason: null };
      return { ...view, revision, requests: [...view.requests, { ...asked, ...by, ...open }] };
    }
    case 'InformationRequestRetracted': {
      const { requestId, revision, reason = '' } = fact.data;
      const ended = { state: 'RETRACTED' as const, endedAt: fact.at, retractionReason: reason };
      return { ...view, revision, requests: endRequest(view.requests, requestId, ended) };
    }
    case 'ContactStarted': {
      const { revision, subjectIds, response = '' } = fact.data;
      const posted = { response, responseDate: fact.at, sentBy: fact.by.name, final: false };
      return { ...view, revision, contactStarted: true, responses: postTo(view.responses, subjectIds, posted) };
    }
    case 'ResponsePosted': {
      const { revision, subjectIds, final } = fact.data;
      const posted = { response: responseText(fact.data), responseDate: fact.at, sentBy: fact.by.name, final };
      const decided = { ...view.decided, ...Object.fromEntries(subjectIds.map((id) => [id, { final }])) };
      return { ...view, revision, decided, responses: postTo(view.responses, subjectIds, posted) };
    }
    case 'ReceiptAcknowledged':
      return { ...view, receipts: [...view.receipts, { ...fact.data, receivedAt: fact.at }] };
    case 'LegalHoldPlaced':
    case 'LegalHoldLifted':
      return { ...view, held: fact.type === 'LegalHoldPlaced' };
    case 'ReferralErased':
      return { ...view, erased: true };
    default:
      return view;
  }
}

export function openRequest(view: ReferralView): RequestRecord | undefined {
  return view.requests.find(({ state }) => state === 'OPEN');
}

export function newestVersion(view: ReferralView): SubmittedVersion | undefined {
  return view.versions.at(-1);
}

/** What the status of the referral and of its subjects is worked out from. */
export function statusFacts(view: ReferralView) {
  const { erased, contactStarted, decided: responses } = view;
  return {
    erased,
    contactStarted,
    responses,
    request: openRequest(view) ?? null,
    submission: newestVersion(view) ?? null,
  };
}

export function viewStatus(view: ReferralView): ReferralStatus {
  return referralStatus(statusFacts(view));
}

type Submitted = Extract<ReferralEvent, { type: 'FormSubmitted' }>;

function submittedVersion(fact: Recorded<Submitted>): SubmittedVersion {
  const { version, formId, formVersion, subjects = [], answers = {}, attachments = [], referrer = nobody } = fact.data;
  const submittedBy = `${referrer.forename} ${referrer.surname}`.trim();
  const sent = { submittedAt: fact.at, submittedBy, commandId: fact.commandId };
  return { version, formId, formVersion, ...sent, subjects, answers, attachments };
}

function endRequest(requests: RequestRecord[], id: string | null, end: Partial<RequestRecord>): RequestRecord[] {
  return requests.map((request) => (request.id === id ? { ...request, ...end } : request));
}

function postTo(responses: Record<string, PostedResponse>, subjectIds: string[], posted: PostedResponse) {
  return { ...responses, ...Object.fromEntries(subjectIds.map((id) => [id, posted])) };
}
