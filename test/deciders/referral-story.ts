import type { AnswerProblem, DraftCommand, FormRules } from '../../src/referral/draft.decider.js';
import type { StaffCommand } from '../../src/referral/referral.decider.js';
import type { AttachmentCommand } from '../../src/referral/attachment.decider.js';
import {
  requestIdOf,
  type ReferralEvent,
  type ReferrerFacts,
  type Subject,
} from '../../src/referral/referral.events.js';
import { NOON, noonPlus } from '../support/given.js';

/** The words that the tests of a referral are told in: facts, and the commands that lead to them. */

export const DAY = 24 * 60 * 60_000;
export const REFERRAL = '0b9d2c44-51d7-4c53-8a45-8d3f1f7ea002';
export const REFERENCE = 'LCC2C-4F6H-7K9MPR';
export const COUNCIL = 'lancashire';
export const AMIRA = 'amira';
export const EXPIRES = noonPlus(30 * DAY);
export const SHA = 'ab'.repeat(32);

export const amira: ReferrerFacts = {
  forename: 'Amira',
  surname: 'Castellane',
  email: 'amira@example.org',
  professional: true,
};
export const isla: Subject = { id: 's-isla', forename: 'Isla', surname: 'Hargreaves', dateOfBirth: '2015-06-21' };
export const noah: Subject = { id: 's-noah', forename: 'Noah', surname: 'Hargreaves', dateOfBirth: null };
export const firstRequest = requestIdOf(REFERRAL, 1);
export const secondRequest = requestIdOf(REFERRAL, 2);

export type EventOf<T extends ReferralEvent['type']> = Extract<ReferralEvent, { type: T }>;
type Data<T extends ReferralEvent['type']> = EventOf<T>['data'];

export const formStarted = (data: Partial<Data<'FormStarted'>> = {}): EventOf<'FormStarted'> => ({
  type: 'FormStarted',
  data: {
    accountId: AMIRA,
    formId: 'request-for-support',
    formVersion: 1,
    savedRevision: 1,
    expiresAt: EXPIRES,
    referrer: amira,
    answers: { you: { name: 'Amira' } },
    ...data,
  },
});
export const subjectsNamed = (savedRevision: number, ...subjects: Subject[]): EventOf<'SubjectsNamed'> => ({
  type: 'SubjectsNamed',
  data: { savedRevision, expiresAt: EXPIRES, subjects },
});
export const answersSaved = (savedRevision: number, patch: object = {}): EventOf<'AnswersSaved'> => ({
  type: 'AnswersSaved',
  data: { savedRevision, expiresAt: EXPIRES, patch },
});
export const announced = (attachmentId = 'f-1'): EventOf<'AttachmentAnnounced'> => ({
  type: 'AttachmentAnnounced',
  data: { attachmentId, fileName: 'report.pdf', mediaType: 'application/pdf', byteSize: 100 },
});
export const received = (attachmentId = 'f-1'): EventOf<'AttachmentReceived'> => ({
  type: 'AttachmentReceived',
  data: { attachmentId, byteSize: 99, sha256: SHA },
});
export const cleared = (attachmentId = 'f-1'): EventOf<'AttachmentCleared'> => ({
  type: 'AttachmentCleared',
  data: { attachmentId },
});
export const refused = (attachmentId = 'f-1'): EventOf<'AttachmentRefused'> => ({
  type: 'AttachmentRefused',
  data: { attachmentId, problem: 'This is not a PDF.' },
});
export const removed = (attachmentId = 'f-1'): EventOf<'AttachmentRemoved'> => ({
  type: 'AttachmentRemoved',
  data: { attachmentId },
});
export const discarded = (requestId: string | null = null): EventOf<'FormDiscarded'> => ({
  type: 'FormDiscarded',
  data: { requestId },
});
export const expired = (requestId: string | null = null): EventOf<'SavedFormExpired'> => ({
  type: 'SavedFormExpired',
  data: { requestId },
});
export const formSubmitted = (data: Partial<Data<'FormSubmitted'>> = {}): EventOf<'FormSubmitted'> => ({
  type: 'FormSubmitted',
  data: {
    accountId: AMIRA,
    reference: REFERENCE,
    version: 1,
    formId: 'request-for-support',
    formVersion: 1,
    requestId: null,
    revision: 1,
    subjectIds: [isla.id, noah.id],
    referrer: amira,
    subjects: [isla, noah],
    answers: { you: { name: 'Amira' } },
    attachments: [],
    ...data,
  },
});
export const informationRequested = (
  data: Partial<Data<'InformationRequested'>> = {},
): EventOf<'InformationRequested'> => ({
  type: 'InformationRequested',
  data: {
    requestId: firstRequest,
    version: 1,
    revision: 2,
    reasonCode: 'INSUFFICIENT_DETAIL',
    dueOn: '2026-12-04',
    redirectToFormId: null,
    comments: 'Which school?',
    questions: [{ questionId: 'school', note: 'Name it' }],
    ...data,
  },
});
export const amendmentStarted = (data: Partial<Data<'AmendmentStarted'>> = {}): EventOf<'AmendmentStarted'> => ({
  type: 'AmendmentStarted',
  data: {
    accountId: AMIRA,
    requestId: firstRequest,
    formId: 'request-for-support',
    formVersion: 1,
    savedRevision: 3,
    expiresAt: EXPIRES,
    referrer: amira,
    subjects: [isla, noah],
    answers: { you: { name: 'Amira' } },
    attachments: [],
    unmapped: [],
    ...data,
  },
});
export const requestRetracted = (revision = 3, requestId = firstRequest): EventOf<'InformationRequestRetracted'> => ({
  type: 'InformationRequestRetracted',
  data: { requestId, revision, reason: 'Found it in the file.' },
});
export const contactStarted = (revision = 2, ...subjects: Subject[]): EventOf<'ContactStarted'> => ({
  type: 'ContactStarted',
  data: {
    revision,
    subjectIds: (subjects.length ? subjects : [isla, noah]).map(({ id }) => id),
    response: 'Received.',
  },
});
export const responsePosted = (
  revision: number,
  subjects: Subject[],
  final: boolean,
  data: Partial<Data<'ResponsePosted'>> = {},
): EventOf<'ResponsePosted'> => ({
  type: 'ResponsePosted',
  data: {
    revision,
    subjectIds: subjects.map(({ id }) => id),
    outcomeCode: 'FIS',
    final,
    outcome: 'Progressed to Family Intensive Support',
    message: null,
    ...data,
  },
});
export const receipt = (version = 1, system = 'mosaic'): EventOf<'ReceiptAcknowledged'> => ({
  type: 'ReceiptAcknowledged',
  data: { system, version, externalId: 'M-1' },
});
export const holdPlaced: EventOf<'LegalHoldPlaced'> = { type: 'LegalHoldPlaced', data: { reason: 'Court order' } };
export const holdLifted: EventOf<'LegalHoldLifted'> = { type: 'LegalHoldLifted', data: { reason: 'Case closed' } };
export const erased: EventOf<'ReferralErased'> = {
  type: 'ReferralErased',
  data: { cause: 'records-officer', reason: 'Asked for' },
};

/** A form begun, with its two children. */
export const begun = [formStarted(), subjectsNamed(2, isla, noah)];
/** Begun and sent. */
export const sent = [...begun, formSubmitted()];
/** Sent, and returned for information. */
export const returned = [...sent, informationRequested()];
/** Returned, and its answer begun. */
export const amending = [...returned, amendmentStarted()];
/** Answered. */
export const resubmitted = [...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3 })];

/** A form to which everything is an answer. */
export const anyForm: FormRules = {
  refuse: () => [],
  check: () => ({ complete: true, problems: [] }),
  visible: (answers) => answers,
};
export const missing: AnswerProblem = {
  sectionId: 'you',
  questionId: 'name',
  subjectId: null,
  row: null,
  code: 'REQUIRED',
  message: 'Enter your name.',
};

type Of<C extends { type: string }, T extends C['type']> = Omit<Extract<C, { type: T }>, 'type'>;
const command =
  <C extends { type: string }, T extends C['type']>(type: T, usual: Of<C, T>) =>
  (changed: Partial<Of<C, T>> = {}) =>
    ({ type, ...usual, ...changed }) as Extract<C, { type: T }>;

/** The expiry a later save would give. */
export const LATER = noonPlus(31 * DAY);

export const startForm = command<DraftCommand, 'StartForm'>('StartForm', {
  accountId: AMIRA,
  formId: 'request-for-support',
  formVersion: 1,
  referrer: amira,
  answers: { you: { name: 'Amira' } },
  expiresAt: EXPIRES,
});
export const saveForm = command<DraftCommand, 'SaveForm'>('SaveForm', {
  accountId: AMIRA,
  expectedRevision: 2,
  form: () => anyForm,
  now: NOON,
  expiresAt: LATER,
});
export const discardForm = command<DraftCommand, 'DiscardForm'>('DiscardForm', { accountId: AMIRA, now: NOON });
export const expireForm = command<DraftCommand, 'ExpireForm'>('ExpireForm', { now: EXPIRES });
export const submitForm = command<DraftCommand, 'SubmitForm'>('SubmitForm', {
  accountId: AMIRA,
  expectedRevision: 2,
  reference: REFERENCE,
  form: () => anyForm,
  pastGrace: () => false,
  referrer: amira,
  now: NOON,
});
export const startAmendment = command<DraftCommand, 'StartAmendment'>('StartAmendment', {
  accountId: AMIRA,
  requestId: firstRequest,
  open: ({ formId, formVersion, answers }) => ({ formId, formVersion, answers, unmapped: [] }),
  now: NOON,
  expiresAt: EXPIRES,
});
export const announce = command<AttachmentCommand, 'AnnounceAttachment'>('AnnounceAttachment', {
  accountId: AMIRA,
  attachmentId: 'f-1',
  fileName: 'report.pdf',
  mediaType: 'application/pdf',
  byteSize: 100,
  maxCount: 2,
  now: NOON,
});
export const receive = command<AttachmentCommand, 'ReceiveAttachment'>('ReceiveAttachment', {
  accountId: AMIRA,
  attachmentId: 'f-1',
  byteSize: 99,
  sha256: SHA,
  now: NOON,
});
export const clear = command<AttachmentCommand, 'ClearAttachment'>('ClearAttachment', { attachmentId: 'f-1' });
export const refuse = command<AttachmentCommand, 'RefuseAttachment'>('RefuseAttachment', {
  attachmentId: 'f-1',
  problem: 'This is not a PDF.',
});
export const remove = command<AttachmentCommand, 'RemoveAttachment'>('RemoveAttachment', {
  accountId: AMIRA,
  attachmentId: 'f-1',
  now: NOON,
});
export const startContact = command<StaffCommand, 'StartContact'>('StartContact', {
  council: COUNCIL,
  expectedRevision: 1,
  response: 'Received.',
});
export const requestInformation = command<StaffCommand, 'RequestInformation'>('RequestInformation', {
  council: COUNCIL,
  expectedRevision: 1,
  referralId: REFERRAL,
  reasonCode: 'INSUFFICIENT_DETAIL',
  comments: 'Which school?',
  questions: [{ questionId: 'school', note: 'Name it' }],
  dueOn: '2026-12-04',
  redirectToFormId: null,
});
export const retract = command<StaffCommand, 'RetractInformationRequest'>('RetractInformationRequest', {
  council: COUNCIL,
  requestId: firstRequest,
  reason: 'Found it in the file.',
});
export const respond = command<StaffCommand, 'PostResponse'>('PostResponse', {
  council: COUNCIL,
  expectedRevision: 1,
  subjectId: null,
  outcomeCode: 'FIS',
  outcome: 'Progressed to Family Intensive Support',
  message: null,
  final: false,
});
export const acknowledge = command<StaffCommand, 'AcknowledgeReceipt'>('AcknowledgeReceipt', {
  council: COUNCIL,
  system: 'mosaic',
  version: 1,
  externalId: 'M-1',
});
export const setHold = command<StaffCommand, 'SetLegalHold'>('SetLegalHold', {
  council: COUNCIL,
  held: true,
  reason: 'Court order',
});
export const erase = command<StaffCommand, 'EraseReferral'>('EraseReferral', {
  council: COUNCIL,
  reason: 'Asked for',
});
