import type { StreamKind } from '../core/decider.js';
import type { Person } from '../core/person.js';

/** The referrer as they were when they began or sent a form: what mails are addressed by. */
export type ReferrerFacts = Person;

/** A person whom the form is about. */
export interface Subject {
  id: string;
  forename: string;
  surname: string;
  dateOfBirth?: string | null;
}

export interface Answers {
  [sectionId: string]: { [questionId: string]: unknown };
}

/** A file that was checked and may be read. `sha256` in hexadecimal, `byteSize` in bytes. */
export interface AttachedFile {
  id: string;
  fileName: string;
  mediaType: string;
  byteSize: number;
  sha256: string;
}

export interface QuestionNote {
  questionId: string;
  note: string;
}

/**
 * The facts of a referral, from the first click to its end. Their names are permanent. `savedRevision` counts the
 * changes of the saved form, `revision` those of the referral as workers see it; instants are ISO text, in UTC.
 */
export type ReferralEvent =
  | {
      type: 'FormStarted';
      data: {
        accountId: string;
        formId: string;
        formVersion: number;
        savedRevision: number;
        expiresAt: string;
        referrer: ReferrerFacts;
        answers: Answers;
      };
    }
  /** All subjects, replacing those before. */
  | { type: 'SubjectsNamed'; data: { savedRevision: number; expiresAt: string; subjects: Subject[] } }
  /** `patch` is a JSON Merge Patch (RFC 7396) of the answers. */
  | { type: 'AnswersSaved'; data: { savedRevision: number; expiresAt: string; patch: object } }
  | {
      type: 'AttachmentAnnounced';
      data: { attachmentId: string; fileName: string; mediaType: string; byteSize: number };
    }
  | { type: 'AttachmentReceived'; data: { attachmentId: string; byteSize: number; sha256: string } }
  | { type: 'AttachmentCleared'; data: { attachmentId: string } }
  | { type: 'AttachmentRefused'; data: { attachmentId: string; problem: string } }
  | { type: 'AttachmentRemoved'; data: { attachmentId: string } }
  /** `requestId` where what ends is the answer to a request: the referral itself goes on. */
  | { type: 'FormDiscarded'; data: { requestId: string | null } }
  | { type: 'SavedFormExpired'; data: { requestId: string | null } }
  | {
      type: 'FormSubmitted';
      data: {
        accountId: string;
        reference: string;
        version: number;
        formId: string;
        formVersion: number;
        /** The request for information that this version answers. */
        requestId: string | null;
        revision: number;
        subjectIds: string[];
        referrer: ReferrerFacts;
        subjects: Subject[];
        answers: Answers;
        attachments: AttachedFile[];
      };
    }
  | {
      type: 'InformationRequested';
      data: {
        requestId: string;
        /** The version that is returned. */
        version: number;
        revision: number;
        reasonCode: string;
        dueOn: string | null;
        redirectToFormId: string | null;
        comments: string;
        questions: QuestionNote[];
      };
    }
  | {
      type: 'AmendmentStarted';
      data: {
        accountId: string;
        requestId: string;
        formId: string;
        formVersion: number;
        savedRevision: number;
        expiresAt: string;
        referrer: ReferrerFacts;
        subjects: Subject[];
        answers: Answers;
        attachments: AttachedFile[];
        /** Where another form was opened: the answers that have no place in it, as sectionId.questionId. */
        unmapped: string[];
      };
    }
  | { type: 'InformationRequestRetracted'; data: { requestId: string; revision: number; reason: string } }
  /** `response` is the council's automated response, as it was then. */
  | { type: 'ContactStarted'; data: { revision: number; subjectIds: string[]; response: string } }
  | {
      type: 'ResponsePosted';
      data: {
        revision: number;
        subjectIds: string[];
        outcomeCode: string;
        /** True where the contact for these subjects ends with it. */
        final: boolean;
        outcome: string;
        message: string | null;
      };
    }
  | { type: 'ReceiptAcknowledged'; data: { system: string; version: number; externalId: string | null } }
  | { type: 'LegalHoldPlaced'; data: { reason: string } }
  | { type: 'LegalHoldLifted'; data: { reason: string } }
  | { type: 'ReferralErased'; data: { cause: 'records-officer' | 'retention'; reason: string } };

export const referralKind: StreamKind<ReferralEvent> = {
  category: 'referral',
  keyOwner: (stream) => stream,
  isErasure: erasesReferral,
  clear: {
    FormStarted: ['accountId', 'formId', 'formVersion', 'savedRevision', 'expiresAt'],
    SubjectsNamed: ['savedRevision', 'expiresAt'],
    AnswersSaved: ['savedRevision', 'expiresAt'],
    AttachmentAnnounced: ['attachmentId', 'mediaType', 'byteSize'],
    AttachmentReceived: ['attachmentId', 'byteSize'],
    AttachmentCleared: ['attachmentId'],
    AttachmentRefused: ['attachmentId'],
    AttachmentRemoved: ['attachmentId'],
    FormDiscarded: ['requestId'],
    SavedFormExpired: ['requestId'],
    FormSubmitted: [
      'accountId',
      'reference',
      'version',
      'formId',
      'formVersion',
      'requestId',
      'revision',
      'subjectIds',
    ],
    InformationRequested: ['requestId', 'version', 'revision', 'reasonCode', 'dueOn', 'redirectToFormId'],
    AmendmentStarted: ['accountId', 'requestId', 'formId', 'formVersion', 'savedRevision', 'expiresAt'],
    InformationRequestRetracted: ['requestId', 'revision'],
    ContactStarted: ['revision', 'subjectIds'],
    ResponsePosted: ['revision', 'subjectIds', 'outcomeCode', 'final'],
    ReceiptAcknowledged: ['system', 'version', 'externalId'],
    LegalHoldPlaced: [],
    LegalHoldLifted: [],
    // The reason stays readable after the key is gone: officers are told to name nobody in it.
    ReferralErased: ['cause', 'reason'],
  },
};

/** Whether an event ends all that its referral holds. Told from what is stored in the clear. */
function erasesReferral({ type, data }: { type: string; data: object }): boolean {
  if (type === 'ReferralErased') return true;
  // The answer to a request for information ends alone: the referral goes on.
  const endsDraft = type === 'FormDiscarded' || type === 'SavedFormExpired';
  return endsDraft && (data as { requestId?: unknown }).requestId === null;
}

export function referralStream(referralId: string): string {
  return `referral-${referralId}`;
}

/** The id in a referral's stream name. */
export function referralIdOf(stream: string): string {
  return stream.slice('referral-'.length);
}

/** The list's Response: "Response: Progressed to Family Intensive Support" (guide L). */
export function responseText({ outcome = '', message }: { outcome?: string; message?: string | null }): string {
  return message ? `Response: ${outcome}. ${message}` : `Response: ${outcome}`;
}

/** The id of a referral's nth request for information: it tells which referral it belongs to, so nothing is looked up. */
export function requestIdOf(referralId: string, n: number): string {
  return `${referralId}-${n}`;
}

/** The referral that a request's id belongs to; nonsense gives the id of no referral. */
export function referralOfRequest(requestId: string): string {
  return requestId.replace(/-\d+$/, '');
}

/** A reference belongs to the referral that reserved it first. */
export type ReferenceReservationEvent = { type: 'ReferenceReserved'; data: { referralId: string } };

export const referenceReservationKind: StreamKind<ReferenceReservationEvent> = {
  category: 'reference',
  clear: { ReferenceReserved: ['referralId'] },
};

/** Who read a referral or an account, and why: sealed under the key of what was read. */
export type AccessEvent =
  | { type: 'ReferralRead'; data: { operation: string; reason: string | null } }
  | { type: 'AccountRead'; data: { operation: string; reason: string } };

export const accessKind: StreamKind<AccessEvent> = {
  category: 'access',
  keyOwner: (stream) => stream.replace(/^access-(?!account-)/, 'referral-').replace(/^access-account-/, 'account-'),
  isErasure: (event) => erasesReferral(event) || event.type === 'AccountErased',
  clear: { ReferralRead: ['operation'], AccountRead: ['operation'] },
};
