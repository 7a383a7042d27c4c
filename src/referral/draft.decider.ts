import { DomainError } from '../core/problem.js';
import type { Answers, AttachedFile, ReferralEvent, ReferrerFacts, Subject } from './referral.events.js';
import type { Draft, DraftEnd, ReferralState, Submission } from './referral.state.js';
import { mergePatch } from '../core/merge-patch.js';

/** A problem with one answer, as the form's check tells it. */
export interface AnswerProblem {
  sectionId: string;
  questionId: string;
  subjectId: string | null;
  row: number | null;
  code: string;
  message: string;
}

/**
 * What the draft's form knows of answers: pure. Commands bring the look-up rather than the rules, because only the
 * decision knows which form the draft is in: another process may have opened it anew in another form.
 */
export interface FormRules {
  /** What makes answers unfit even for a draft. */
  refuse(answers: Answers): AnswerProblem[];
  check(
    answers: Answers,
    subjects: readonly Subject[],
    referrer: ReferrerFacts,
  ): { complete: boolean; problems: AnswerProblem[] };
  /** The answers that are asked for now: what is kept at submission. */
  visible(answers: Answers, subjects: readonly Subject[], referrer: ReferrerFacts): Answers;
}

/** What opens the answer to a request: the returned version's form, or the one it redirects to. */
export interface AmendedForm {
  formId: string;
  formVersion: number;
  answers: Answers;
  unmapped: string[];
}

/** What the referrer does with a saved form. `accountId` is whoever asks; instants are ISO text. */
export type DraftCommand =
  | {
      type: 'StartForm';
      accountId: string;
      formId: string;
      formVersion: number;
      referrer: ReferrerFacts;
      answers: Answers;
      expiresAt: string;
      /** Whom it is about, where it is begun from another saved form. */
      subjects?: Subject[];
    }
  | {
      type: 'SaveForm';
      accountId: string;
      expectedRevision: number;
      patch?: object;
      subjects?: Subject[];
      form: (draft: Draft) => FormRules;
      now: string;
      expiresAt: string;
    }
  | { type: 'DiscardForm'; accountId: string; now: string }
  /** A records officer's, with the account: whatever its day. */
  | { type: 'EndDraft' }
  /** The sweep's: drafts whose day has come. */
  | { type: 'ExpireForm'; now: string }
  | {
      type: 'SubmitForm';
      accountId: string;
      expectedRevision: number;
      /** Reserved for this referral before. */
      reference: string;
      form: (draft: Draft) => FormRules;
      /** Whether a newer version replaced the draft's so long ago that the council takes no first submission in it. */
      pastGrace: (draft: Draft) => boolean;
      referrer: ReferrerFacts;
      now: string;
    }
  | {
      type: 'StartAmendment';
      accountId: string;
      requestId: string;
      open: (submission: Submission, redirectToFormId: string | null) => AmendedForm;
      now: string;
      expiresAt: string;
    };

export function decideDraft(command: DraftCommand, state: ReferralState): ReferralEvent[] {
  switch (command.type) {
    case 'StartForm': {
      // The stream is named by the command: whatever it holds already was begun by this very command.
      if (state.status !== 'none') return [];
      const { type: _type, subjects, ...data } = command;
      const started: ReferralEvent = { type: 'FormStarted', data: { ...data, savedRevision: 1 } };
      if (!subjects?.length) return [started];
      return [started, { type: 'SubjectsNamed', data: { savedRevision: 2, expiresAt: data.expiresAt, subjects } }];
    }
    case 'SaveForm':
      return save(command, state);
    case 'DiscardForm': {
      const { requestId } = ownDraft(command, state);
      return [{ type: 'FormDiscarded', data: { requestId } }];
    }
    case 'EndDraft':
      return state.draft && !state.held ? [{ type: 'FormDiscarded', data: { requestId: state.draft.requestId } }] : [];
    case 'ExpireForm': {
      if (!state.draft || command.now < state.draft.expiresAt || state.held) return [];
      return [{ type: 'SavedFormExpired', data: { requestId: state.draft.requestId } }];
    }
    case 'SubmitForm':
      return submit(command, state);
    case 'StartAmendment':
      return amend(command, state);
  }
}

/** The asker's own saved form as it stands; NOT_FOUND where it is another's, FORM_ENDED where it is no more. */
export function ownDraft({ accountId, now }: { accountId: string; now: string }, state: ReferralState): Draft {
  if (state.status === 'none' || state.accountId !== accountId || state.erased) throw notFound();
  const { draft } = state;
  if (!draft) throw new DomainError('FORM_ENDED', endings[state.draftEnd ?? 'submitted'](state), 'id');
  if (now >= draft.expiresAt) throw new DomainError('FORM_ENDED', endings.expired(state), 'id');
  return draft;
}

const endings: Record<DraftEnd, (state: ReferralState) => string> = {
  submitted: ({ submission }) => `This form was submitted. Its reference is ${submission?.reference}.`,
  discarded: () => 'This saved form was discarded.',
  expired: () => 'This saved form was kept as long as the council keeps them, and then erased.',
  retracted: () => 'The request for more information was retracted: nothing needs to be sent any more.',
};

type Save = Extract<DraftCommand, { type: 'SaveForm' }>;

function save(command: Save, state: ReferralState): ReferralEvent[] {
  const { patch, subjects, expiresAt } = command;
  const draft = ownDraft(command, state);
  const form = command.form(draft);
  holdRevision(command.expectedRevision, state);
  if (patch) {
    const problems = form.refuse(mergePatch(draft.answers, patch) as Answers);
    if (problems.length > 0) {
      const [{ sectionId, questionId, message }] = problems as [AnswerProblem];
      throw new DomainError('BAD_INPUT', message, `answersPatch.${sectionId}.${questionId}`, { problems });
    }
  }
  const savedRevision = state.savedRevision + 1;
  const facts: ReferralEvent[] = [];
  if (subjects) facts.push({ type: 'SubjectsNamed', data: { savedRevision, expiresAt, subjects } });
  // A save that changes nothing is a save all the same: it is counted, and the thirty days begin again.
  if (patch || !subjects) facts.push({ type: 'AnswersSaved', data: { savedRevision, expiresAt, patch: patch ?? {} } });
  return facts;
}

type Submit = Extract<DraftCommand, { type: 'SubmitForm' }>;

function submit(command: Submit, state: ReferralState): ReferralEvent[] {
  const { accountId, referrer, reference } = command;
  const draft = ownDraft(command, state);
  const form = command.form(draft);
  holdRevision(command.expectedRevision, state);
  // What the council returned is answered in the version in which it was sent, whatever its age.
  if (draft.requestId === null && command.pastGrace(draft)) {
    const message =
      'This form has changed since you began it, and the council takes the earlier version no more. ' +
      'Start a new one from this saved form: it begins with your answers.';
    throw new DomainError('NOT_ALLOWED_NOW', message, 'id');
  }
  const { complete, problems } = form.check(draft.answers, draft.subjects, referrer);
  if (!complete) {
    const message = 'Some mandatory questions have no answer yet, or an answer is not right.';
    throw new DomainError('FORM_INCOMPLETE', message, 'id', { problems });
  }
  const pending = draft.attachments.find(({ status }) => status !== 'AVAILABLE');
  if (pending) {
    const message = 'A file has not been uploaded, is still being checked, or was refused. Wait for it, or remove it.';
    throw new DomainError('FORM_INCOMPLETE', message, 'attachments', { attachmentId: pending.id });
  }
  const { formId, formVersion, requestId, subjects } = draft;
  const attachments = draft.attachments.map(({ id, fileName, mediaType, byteSize, sha256 }): AttachedFile => ({
    id,
    fileName,
    mediaType,
    byteSize,
    sha256: sha256!,
  }));
  return [
    {
      type: 'FormSubmitted',
      data: {
        accountId,
        reference: state.submission?.reference ?? reference,
        version: (state.submission?.version ?? 0) + 1,
        formId,
        formVersion,
        requestId,
        revision: state.revision + 1,
        subjectIds: subjects.map(({ id }) => id),
        referrer,
        subjects,
        answers: form.visible(draft.answers, subjects, referrer),
        attachments,
      },
    },
  ];
}

type Amend = Extract<DraftCommand, { type: 'StartAmendment' }>;

function amend(command: Amend, state: ReferralState): ReferralEvent[] {
  const { accountId, requestId, now, expiresAt } = command;
  if (state.accountId !== accountId || state.erased || !state.submission) throw notFound('requestId');
  const ended = state.endedRequests[requestId];
  if (ended) {
    const message = ended === 'answered' ? 'This request was answered already.' : endings.retracted(state);
    throw new DomainError('FORM_ENDED', message, 'requestId');
  }
  if (state.request?.id !== requestId) throw notFound('requestId');
  if (state.draft && now < state.draft.expiresAt) return [];
  const { subjects, attachments } = state.submission;
  const savedRevision = state.savedRevision + 1;
  const opened = command.open(state.submission, state.request.redirectToFormId);
  const carried = { referrer: state.referrer, subjects, attachments };
  return [
    { type: 'AmendmentStarted', data: { accountId, requestId, savedRevision, expiresAt, ...carried, ...opened } },
  ];
}

function holdRevision(expectedRevision: number, { savedRevision }: ReferralState): void {
  if (expectedRevision === savedRevision) return;
  throw new DomainError(
    'REVISION_CONFLICT',
    'This form was changed elsewhere, perhaps in another window. Load it again before you save.',
    'expectedRevision',
    { currentRevision: savedRevision },
  );
}

function notFound(field = 'id'): DomainError {
  return new DomainError('NOT_FOUND', 'There is no such form in your account.', field);
}
