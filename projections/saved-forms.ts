import { mergePatch } from '../src/core/merge-patch.js';
import type { Recorded } from '../src/core/decider.js';
import {
  referralIdOf,
  referralKind,
  type Answers,
  type ReferralEvent,
  type ReferrerFacts,
  type Subject,
} from '../src/referral/referral.events.js';
import type { Projection, ViewDocument } from './projection.js';

/** One row of "Saved Forms": a form not yet sent, or the answer to a request for information. */
export interface SavedFormDocument extends ViewDocument {
  council: string;
  accountId: string;
  savedRevision: number;
  formId: string;
  startedAt: string;
  expiresAt: string;
  draft: SavedDraft;
  referrer: ReferrerFacts;
}

interface SavedAttachment {
  id: string;
  fileName: string;
  mediaType: string;
  byteSize: number;
  status: 'AWAITING_UPLOAD' | 'CHECKING' | 'AVAILABLE' | 'REJECTED';
  sha256: string | null;
  problem: string | null;
}

interface SavedDraft {
  formId: string;
  formVersion: number;
  startedAt: string;
  savedAt: string;
  expiresAt: string;
  subjects: Subject[];
  answers: Answers;
  attachments: SavedAttachment[];
  requestId: string | null;
  unmapped: string[];
}

/** "Saved Forms": what a referrer has begun and not sent. */
export const savedForms: Projection<SavedFormDocument, ReferralEvent> = {
  name: 'saved-forms',
  kind: referralKind,
  takes: new Set([
    'FormStarted',
    'AmendmentStarted',
    'SubjectsNamed',
    'AnswersSaved',
    'AttachmentAnnounced',
    'AttachmentReceived',
    'AttachmentCleared',
    'AttachmentRefused',
    'AttachmentRemoved',
    'FormDiscarded',
    'SavedFormExpired',
    'FormSubmitted',
    'InformationRequestRetracted',
    'ReferralErased',
  ]),
  idOf: referralIdOf,
  endings: new Set([
    'FormStarted',
    'AmendmentStarted',
    'FormDiscarded',
    'SavedFormExpired',
    'FormSubmitted',
    'InformationRequestRetracted',
    'ReferralErased',
  ]),
  indexes: [
    { key: { council: 1, accountId: 1, startedAt: -1, _id: 1 } },
    { key: { expiresAt: 1, _id: 1 } },
    { key: { council: 1, expiresAt: 1, _id: 1 } },
    { key: { 'draft.attachments.status': 1, _id: 1 } },
  ],
  fold(documents, fact) {
    if (fact.type === 'FormStarted' || fact.type === 'AmendmentStarted') return fact.erased ? [] : [begun(fact)];
    const [document] = documents;
    if (!document) return documents;
    if (fact.erased) return [];
    const after = change(document, fact);
    return after === document ? documents : after ? [after] : [];
  },
};

function change(document: SavedFormDocument, fact: Recorded<ReferralEvent>): SavedFormDocument | null {
  switch (fact.type) {
    case 'SubjectsNamed': {
      const { subjects, savedRevision, expiresAt } = fact.data;
      return withDraft({ ...document, savedRevision, expiresAt }, { subjects, expiresAt, savedAt: fact.at });
    }
    case 'AnswersSaved': {
      const { patch, savedRevision, expiresAt } = fact.data;
      const answers = mergePatch(document.draft.answers, patch) as Answers;
      return withDraft({ ...document, savedRevision, expiresAt }, { answers, expiresAt, savedAt: fact.at });
    }
    case 'AttachmentAnnounced': {
      const { attachmentId: id, fileName, mediaType, byteSize } = fact.data;
      const added = {
        id,
        fileName,
        mediaType,
        byteSize,
        status: 'AWAITING_UPLOAD' as const,
        sha256: null,
        problem: null,
      };
      return withAttachments(document, (attachments) => [...attachments, added]);
    }
    case 'AttachmentReceived': {
      const { attachmentId, byteSize, sha256 } = fact.data;
      return withAttachment(document, attachmentId, { status: 'CHECKING', byteSize, sha256 });
    }
    case 'AttachmentCleared':
      return withAttachment(document, fact.data.attachmentId, { status: 'AVAILABLE' });
    case 'AttachmentRefused':
      return withAttachment(document, fact.data.attachmentId, { status: 'REJECTED', problem: fact.data.problem });
    case 'AttachmentRemoved':
      return withAttachments(document, (all) => all.filter(({ id }) => id !== fact.data.attachmentId));
    case 'FormDiscarded':
    case 'SavedFormExpired':
    case 'FormSubmitted':
    case 'InformationRequestRetracted':
    case 'ReferralErased':
      return null;
    default:
      return document;
  }
}

type Begun = Extract<ReferralEvent, { type: 'FormStarted' | 'AmendmentStarted' }>;

function begun(fact: Recorded<Begun>): SavedFormDocument {
  const { accountId, formId, formVersion, savedRevision, expiresAt, referrer, answers } = fact.data;
  const amends = fact.type === 'AmendmentStarted' ? fact.data : undefined;
  const carried = amends?.attachments.map((file) => ({ ...file, status: 'AVAILABLE' as const, problem: null }));
  return {
    _id: referralIdOf(fact.stream),
    stream: fact.stream,
    revision: fact.revision,
    council: fact.council,
    accountId,
    savedRevision,
    formId,
    startedAt: fact.at,
    expiresAt,
    referrer,
    draft: {
      formId,
      formVersion,
      startedAt: fact.at,
      savedAt: fact.at,
      expiresAt,
      subjects: amends?.subjects ?? [],
      answers,
      attachments: carried ?? [],
      requestId: amends?.requestId ?? null,
      unmapped: amends?.unmapped ?? [],
    },
  };
}

function withDraft(document: SavedFormDocument, changed: Partial<SavedDraft>): SavedFormDocument {
  return { ...document, draft: { ...document.draft, ...changed } };
}

function withAttachments(document: SavedFormDocument, change: (all: SavedAttachment[]) => SavedAttachment[]) {
  return withDraft(document, { attachments: change(document.draft.attachments) });
}

function withAttachment(document: SavedFormDocument, id: string, changed: Partial<SavedAttachment>) {
  return withAttachments(document, (all) => all.map((one) => (one.id === id ? { ...one, ...changed } : one)));
}
