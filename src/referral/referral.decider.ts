import type { Decider } from '../core/decider.js';
import { DomainError } from '../core/problem.js';
import { decideAttachment, type AttachmentCommand } from './attachment.decider.js';
import { whyNot, type StaffAction } from './available-actions.js';
import { decideDraft, type DraftCommand } from './draft.decider.js';
import { referralKind, requestIdOf, type QuestionNote, type ReferralEvent } from './referral.events.js';
import { evolveReferral, noReferral, receiptKey, type ReferralState } from './referral.state.js';

/** What the council's side does. `council` is the one the actor belongs to. */
export type StaffCommand =
  | { type: 'StartContact'; council: string; expectedRevision: number; response: string }
  | {
      type: 'RequestInformation';
      council: string;
      expectedRevision: number;
      referralId: string;
      reasonCode: string;
      comments: string;
      questions: QuestionNote[];
      dueOn: string | null;
      redirectToFormId: string | null;
    }
  | { type: 'RetractInformationRequest'; council: string; requestId: string; reason: string }
  | {
      type: 'PostResponse';
      council: string;
      expectedRevision: number;
      /** Null: every subject of the newest version whose contact has not ended. */
      subjectId: string | null;
      outcomeCode: string;
      outcome: string;
      message: string | null;
      final: boolean;
    }
  | { type: 'AcknowledgeReceipt'; council: string; system: string; version: number; externalId: string | null }
  | { type: 'SetLegalHold'; council: string; held: boolean; reason: string }
  | { type: 'EraseReferral'; council: string; reason: string }
  /** After an older backup was put back: what was erased since is erased again, and no hold of then holds it. */
  | { type: 'EraseAgain'; council: string; reason: string }
  /** The retention sweep's: of a referral that has been at rest since `settledBefore` or longer, ISO text. */
  | { type: 'EndRetention'; council: string; settledBefore: string; reason: string };

export type ReferralCommand = DraftCommand | AttachmentCommand | StaffCommand;

/** All that can be decided about a referral: by its referrer as long as it is a saved form, by the council after. */
export const referralDecider: Decider<ReferralCommand, ReferralState, ReferralEvent> = {
  kind: referralKind,
  initialState: noReferral,
  evolve: evolveReferral,
  decide(command, state) {
    switch (command.type) {
      case 'StartForm':
      case 'SaveForm':
      case 'DiscardForm':
      case 'EndDraft':
      case 'ExpireForm':
      case 'SubmitForm':
      case 'StartAmendment':
        return decideDraft(command, state);
      case 'AnnounceAttachment':
      case 'ReceiveAttachment':
      case 'ClearAttachment':
      case 'RefuseAttachment':
      case 'RemoveAttachment':
        return decideAttachment(command, state);
      default:
        return decideStaff(command, state);
    }
  },
};

function decideStaff(command: StaffCommand, state: ReferralState): ReferralEvent[] {
  if (!state.submission || state.council !== command.council) {
    throw new DomainError('NOT_FOUND', 'There is no such referral.', 'reference');
  }
  const revision = state.revision + 1;
  switch (command.type) {
    case 'StartContact': {
      hold(command.expectedRevision, state);
      allow('startContact', state);
      const subjectIds = state.submission.subjects.map(({ id }) => id);
      return [{ type: 'ContactStarted', data: { revision, subjectIds, response: command.response } }];
    }
    case 'RequestInformation': {
      const { referralId, reasonCode, comments, questions, dueOn, redirectToFormId } = command;
      hold(command.expectedRevision, state);
      allow('returnForInformation', state);
      const { version } = state.submission;
      const requestId = requestIdOf(referralId, Object.keys(state.endedRequests).length + 1);
      const request = { requestId, version, revision, reasonCode, dueOn, redirectToFormId, comments, questions };
      return [{ type: 'InformationRequested', data: request }];
    }
    case 'RetractInformationRequest':
      return retract(command, state, revision);
    case 'PostResponse':
      return respond(command, state, revision);
    case 'AcknowledgeReceipt': {
      allow('acknowledgeReceipt', state);
      const { system, version, externalId } = command;
      if (version < 1 || version > state.submission.version) {
        throw new DomainError('BAD_INPUT', `This referral has versions 1 to ${state.submission.version}.`, 'version');
      }
      // A system that says so twice has said it once.
      if (state.receipts.includes(receiptKey(command))) return [];
      return [{ type: 'ReceiptAcknowledged', data: { system, version, externalId } }];
    }
    case 'SetLegalHold': {
      if (state.erased) {
        throw new DomainError(
          'NOT_ALLOWED_NOW',
          'This referral was erased: there is nothing left to hold.',
          'reference',
        );
      }
      if (state.held === command.held) return [];
      return [{ type: command.held ? 'LegalHoldPlaced' : 'LegalHoldLifted', data: { reason: command.reason } }];
    }
    case 'EraseReferral': {
      if (state.erased) return [];
      if (state.held) {
        throw new DomainError(
          'LEGAL_HOLD',
          'This referral is on legal hold. Lift the hold before you erase it.',
          'reference',
        );
      }
      return [{ type: 'ReferralErased', data: { cause: 'records-officer', reason: command.reason } }];
    }
    case 'EraseAgain':
      return state.erased
        ? []
        : [{ type: 'ReferralErased', data: { cause: 'records-officer', reason: command.reason } }];
    case 'EndRetention': {
      const { settledAt } = state.rest;
      if (state.erased || state.held || settledAt === null || settledAt > command.settledBefore) return [];
      return [{ type: 'ReferralErased', data: { cause: 'retention', reason: command.reason } }];
    }
  }
}

type Retract = Extract<StaffCommand, { type: 'RetractInformationRequest' }>;

/** A retraction that meets a resubmission: whichever was stored first stands, and the other hears why. */
function retract({ requestId, reason }: Retract, state: ReferralState, revision: number): ReferralEvent[] {
  const ended = state.endedRequests[requestId];
  if (ended === 'retracted')
    throw new DomainError('NOT_ALLOWED_NOW', 'This request was retracted already.', 'requestId');
  if (ended === 'answered') {
    const { version } = state.submission!;
    throw new DomainError(
      'NOT_ALLOWED_NOW',
      `This request was answered: the newest version is ${version}.`,
      'requestId',
    );
  }
  if (state.request?.id !== requestId) {
    throw new DomainError('NOT_FOUND', 'This referral has no such request for information.', 'requestId');
  }
  allow('retractInformationRequest', state);
  return [{ type: 'InformationRequestRetracted', data: { requestId, revision, reason } }];
}

type Respond = Extract<StaffCommand, { type: 'PostResponse' }>;

function respond(command: Respond, state: ReferralState, revision: number): ReferralEvent[] {
  const { subjectId, outcomeCode, outcome, message, final } = command;
  hold(command.expectedRevision, state);
  allow('respond', state);
  const ids = state.submission!.subjects.map(({ id }) => id);
  if (subjectId !== null && !ids.includes(subjectId)) {
    throw new DomainError('NOT_FOUND', 'The newest version of this referral has no such subject.', 'subjectId');
  }
  if (subjectId !== null && state.responses[subjectId]?.final) {
    throw new DomainError('NOT_ALLOWED_NOW', 'The contact for this subject has ended.', 'subjectId');
  }
  const subjectIds = subjectId !== null ? [subjectId] : ids.filter((id) => !state.responses[id]?.final);
  return [{ type: 'ResponsePosted', data: { revision, subjectIds, outcomeCode, final, outcome, message } }];
}

function allow(action: StaffAction, state: ReferralState): void {
  const reason = whyNot(action, state);
  if (reason) throw new DomainError('NOT_ALLOWED_NOW', reason);
}

/** The caller decided on a revision: where the referral has moved on, they look again before they act. */
function hold(expectedRevision: number, { revision }: ReferralState): void {
  if (expectedRevision === revision) return;
  throw new DomainError(
    'REVISION_CONFLICT',
    'This referral has changed since you read it. Look at it again, then repeat what you want to do.',
    'expectedRevision',
    { currentRevision: revision },
  );
}
