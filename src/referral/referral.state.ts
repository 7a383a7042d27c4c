import type { Recorded } from '../core/decider.js';
import { restAfter, unrest, type Rest } from './referral-status.js';
import { mergePatch } from '../core/merge-patch.js';
import type { Answers, AttachedFile, ReferralEvent, ReferrerFacts, Subject } from './referral.events.js';

export interface DraftAttachment extends Omit<AttachedFile, 'sha256'> {
  status: 'AWAITING_UPLOAD' | 'CHECKING' | 'AVAILABLE' | 'REJECTED';
  sha256: string | null;
  problem: string | null;
}

/** A saved form: not yet sent, or the answer to a request for information. */
export interface Draft {
  formId: string;
  formVersion: number;
  startedAt: string;
  savedAt: string;
  expiresAt: string;
  subjects: Subject[];
  answers: Answers;
  attachments: DraftAttachment[];
  /** The request that it answers; null for a first submission. */
  requestId: string | null;
  unmapped: string[];
}

/** The newest version as it was sent. */
export interface Submission {
  reference: string;
  version: number;
  formId: string;
  formVersion: number;
  subjects: Subject[];
  answers: Answers;
  attachments: AttachedFile[];
}

/** How the last saved form came to its end. */
export type DraftEnd = 'discarded' | 'expired' | 'submitted' | 'retracted';

export interface ReferralState {
  /** `none`: nothing happened yet; `ended`: discarded, expired or erased before or after it was sent. */
  status: 'none' | 'live' | 'ended';
  erased: boolean;
  council: string;
  accountId: string;
  referrer: ReferrerFacts;
  savedRevision: number;
  revision: number;
  draft: Draft | null;
  draftEnd: DraftEnd | null;
  submission: Submission | null;
  /** The open request for information. */
  request: { id: string; redirectToFormId: string | null } | null;
  endedRequests: Record<string, 'answered' | 'retracted'>;
  contactStarted: boolean;
  /** By subject: whether a response was posted, and whether it was the last. */
  responses: Record<string, { final: boolean }>;
  receipts: string[];
  held: boolean;
  rest: Rest;
}

const nobody: ReferrerFacts = { forename: '', surname: '', email: '', professional: false };

export const noReferral: ReferralState = {
  status: 'none',
  erased: false,
  council: '',
  accountId: '',
  referrer: nobody,
  savedRevision: 0,
  revision: 0,
  draft: null,
  draftEnd: null,
  submission: null,
  request: null,
  endedRequests: {},
  contactStarted: false,
  responses: {},
  receipts: [],
  held: false,
  rest: unrest,
};

/** Folds one fact. Members that were erased with their key are taken as empty: a fold never fails. */
export function evolveReferral(state: ReferralState, fact: Recorded<ReferralEvent>): ReferralState {
  switch (fact.type) {
    case 'FormStarted': {
      const { accountId, referrer = nobody, savedRevision } = fact.data;
      const draft = { ...newDraft(fact), requestId: null, subjects: [], attachments: [], unmapped: [] };
      return { ...state, status: 'live', council: fact.council, accountId, referrer, savedRevision, draft };
    }
    case 'SubjectsNamed':
    case 'AnswersSaved':
      return saved(state, fact);
    case 'AttachmentAnnounced': {
      const { attachmentId: id, fileName = '', mediaType, byteSize } = fact.data;
      const added = {
        id,
        fileName,
        mediaType,
        byteSize,
        status: 'AWAITING_UPLOAD' as const,
        sha256: null,
        problem: null,
      };
      return withDraft(state, (draft) => ({ ...draft, attachments: [...draft.attachments, added] }));
    }
    case 'AttachmentReceived': {
      const { byteSize, sha256 } = fact.data;
      return withAttachment(state, fact.data.attachmentId, { status: 'CHECKING', byteSize, sha256 });
    }
    case 'AttachmentCleared':
      return withAttachment(state, fact.data.attachmentId, { status: 'AVAILABLE' });
    case 'AttachmentRefused':
      return withAttachment(state, fact.data.attachmentId, { status: 'REJECTED', problem: fact.data.problem });
    case 'AttachmentRemoved': {
      const { attachmentId } = fact.data;
      return withDraft(state, (draft) => ({
        ...draft,
        attachments: draft.attachments.filter(({ id }) => id !== attachmentId),
      }));
    }
    case 'FormDiscarded':
    case 'SavedFormExpired': {
      const draftEnd = fact.type === 'FormDiscarded' ? ('discarded' as const) : ('expired' as const);
      return { ...state, status: fact.data.requestId ? 'live' : 'ended', draft: null, draftEnd };
    }
    case 'FormSubmitted': {
      const { requestId, revision, referrer = nobody } = fact.data;
      const { reference, version, formId, formVersion, subjects = [], answers = {}, attachments = [] } = fact.data;
      return {
        ...state,
        revision,
        referrer,
        draft: null,
        draftEnd: 'submitted',
        submission: { reference, version, formId, formVersion, subjects, answers, attachments },
        request: null,
        rest: { ...state.rest, settledAt: null },
        endedRequests: requestId ? { ...state.endedRequests, [requestId]: 'answered' } : state.endedRequests,
      };
    }
    case 'InformationRequested': {
      const { requestId: id, redirectToFormId, revision } = fact.data;
      return { ...state, revision, request: { id, redirectToFormId }, rest: { ...state.rest, settledAt: null } };
    }
    case 'AmendmentStarted': {
      const { requestId, savedRevision, subjects = [], attachments = [], unmapped = [] } = fact.data;
      const carried = attachments.map((file) => ({ ...file, status: 'AVAILABLE' as const, problem: null }));
      const draft = { ...newDraft(fact), requestId, subjects, attachments: carried, unmapped };
      return { ...state, savedRevision, draft, draftEnd: null };
    }
    case 'InformationRequestRetracted': {
      const endedRequests = { ...state.endedRequests, [fact.data.requestId]: 'retracted' as const };
      const draftEnd = state.draft ? ('retracted' as const) : state.draftEnd;
      const rest = restAfter(fact.at, state.rest.respondedVersion, { ...state, request: null });
      return { ...state, revision: fact.data.revision, request: null, rest, endedRequests, draft: null, draftEnd };
    }
    case 'ContactStarted':
      return { ...state, revision: fact.data.revision, contactStarted: true };
    case 'ResponsePosted': {
      const { subjectIds, final, revision } = fact.data;
      const posted = Object.fromEntries(subjectIds.map((id) => [id, { final }]));
      const responses = { ...state.responses, ...posted };
      const rest = restAfter(fact.at, state.submission?.version ?? 0, { ...state, responses });
      return { ...state, revision, responses, rest };
    }
    case 'ReceiptAcknowledged':
      return { ...state, receipts: [...state.receipts, receiptKey(fact.data)] };
    case 'LegalHoldPlaced':
      return { ...state, held: true };
    case 'LegalHoldLifted':
      return { ...state, held: false };
    case 'ReferralErased':
      return { ...state, ...nothingPersonal(state), status: 'ended', erased: true };
    default:
      return state;
  }
}

/** What stays in memory of an erased referral: its reference and its versions. */
function nothingPersonal({ submission }: ReferralState): Partial<ReferralState> {
  const emptied = submission && { ...submission, subjects: [], answers: {}, attachments: [] };
  return { draft: null, referrer: nobody, submission: emptied };
}

/** What makes two receipts the same. */
export function receiptKey({ system, version }: { system: string; version: number }): string {
  return `${version}/${system}`;
}

type Started = Extract<ReferralEvent, { type: 'FormStarted' | 'AmendmentStarted' }>;

function newDraft(fact: Recorded<Started>) {
  const { formId, formVersion, expiresAt, answers = {} } = fact.data;
  return { formId, formVersion, expiresAt, answers, startedAt: fact.at, savedAt: fact.at };
}

type Saved = Extract<ReferralEvent, { type: 'SubjectsNamed' | 'AnswersSaved' }>;

function saved(state: ReferralState, fact: Recorded<Saved>): ReferralState {
  const { savedRevision, expiresAt } = fact.data;
  const change =
    fact.type === 'SubjectsNamed'
      ? () => ({ subjects: fact.data.subjects ?? [] })
      : (draft: Draft) => ({ answers: mergePatch(draft.answers, fact.data.patch ?? {}) as Answers });
  return withDraft({ ...state, savedRevision }, (draft) => ({
    ...draft,
    ...change(draft),
    expiresAt,
    savedAt: fact.at,
  }));
}

function withDraft(state: ReferralState, change: (draft: Draft) => Draft): ReferralState {
  return state.draft ? { ...state, draft: change(state.draft) } : state;
}

function withAttachment(state: ReferralState, id: string, change: Partial<DraftAttachment>): ReferralState {
  return withDraft(state, (draft) => ({
    ...draft,
    attachments: draft.attachments.map((attachment) =>
      attachment.id === id ? { ...attachment, ...change } : attachment,
    ),
  }));
}
