import type { Council } from '../council/council.js';
import type { AnswerCheck, Form } from '../council/form.js';
import { lastDayOf } from '../council/retired-form.js';
import { DAY } from '../core/clock.js';
import type { RequestContext } from '../session/request-context.js';
import type { ReferrerFacts } from './referral.events.js';
import type { Draft } from './referral.state.js';

/** What a saved form is shown from: the write side's state, or the read model's document. */
export interface SavedFormSource {
  savedRevision: number;
  referrer: ReferrerFacts;
  draft: Draft;
}

/** The contract's SavedForm; what costs something is worked out only where it is asked for. */
export function savedFormView(
  { council, now }: RequestContext,
  id: string,
  { draft, savedRevision, referrer }: SavedFormSource,
) {
  const form = formOf(council, draft);
  let checked: AnswerCheck | undefined;
  const check = () => (checked ??= form.check(draft.answers, draft.subjects, referrer));
  const { formId, formVersion, startedAt, savedAt, expiresAt, subjects, answers, attachments, requestId, unmapped } =
    draft;
  return {
    id,
    revision: savedRevision,
    formId,
    formVersion,
    description: form.title,
    name: subjectNames(subjects),
    startedAt,
    savedAt,
    daysLeft: Math.max(0, Math.ceil((Date.parse(expiresAt) - now.getTime()) / DAY)),
    expiresAt,
    percentComplete: () => check().percentComplete,
    subjects,
    answers,
    attachments,
    check,
    requestId,
    unmapped,
    submittableUntil: requestId === null ? lastDayOf(form, council) : null,
  };
}

/** The form that a draft was begun with. Boot holds every version that a draft may need. */
export function formOf(council: Council, { formId, formVersion }: { formId: string; formVersion: number }): Form {
  const form = council.form(formId, formVersion);
  if (!form) throw new Error(`${council.id} has no form ${formId} version ${formVersion}`);
  return form;
}

/** The list's Name: "Violet Plant, Lili Plant". */
export function subjectNames(subjects: readonly { forename: string; surname: string }[]): string {
  return subjects.map(({ forename, surname }) => `${forename} ${surname}`).join(', ');
}
