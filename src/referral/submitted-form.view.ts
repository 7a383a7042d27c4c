import type { Council } from '../council/council.js';
import type { RequestContext } from '../session/request-context.js';
import { DomainError } from '../core/problem.js';
import { newestVersion, type ReferralView, type RequestRecord } from './referral.view.js';
import { formOf } from './saved-form.view.js';

/** The contract's SubmittedForm: the newest version unless one is given. */
export function submittedFormView({ council }: RequestContext, view: ReferralView, version?: number | null) {
  const found = version == null ? newestVersion(view) : view.versions.find((sent) => sent.version === version);
  if (!found) throw new DomainError('NOT_FOUND', 'This referral has no such version.', 'version');
  const form = formOf(council, found).title;
  return { ...found, id: view.id, reference: view.reference, form };
}

/** The contract's InformationRequest, as its referrer sees it. */
export function requestView(ctx: RequestContext, view: ReferralView, requestId: string) {
  const request = view.requests.find(({ id }) => id === requestId);
  if (!request) throw new DomainError('NOT_FOUND', 'There is no such request for information.', 'requestId');
  const returned = view.versions.find(({ version }) => version === request.version)!;
  return requestRow(ctx, request, {
    referralId: view.id,
    reference: view.reference,
    form: formOf(ctx.council, returned).title,
    name: `${view.referrer.forename} ${view.referrer.surname}`,
  });
}

/** What the returned version says that has no place in the form to which its request redirects. */
export function unmappedAnswers(council: Council, view: ReferralView, requestId: string, unmapped: readonly string[]) {
  const request = view.requests.find(({ id }) => id === requestId);
  const returned = view.versions.find(({ version }) => version === request?.version);
  if (!returned) return [];
  const form = formOf(council, returned);
  return unmapped.map((ref) => {
    const [sectionId, questionId] = ref.split('.') as [string, string];
    const value = returned.answers[sectionId]?.[questionId] ?? null;
    return { sectionId, questionId, label: form.questionLabel(sectionId, questionId), value: { value } };
  });
}

/** A row of "Forms requesting more information". */
export function requestRow(
  { council }: RequestContext,
  request: Pick<
    RequestRecord,
    'id' | 'version' | 'requestedAt' | 'reasonCode' | 'comments' | 'questions' | 'dueOn' | 'redirectToFormId'
  >,
  of: { referralId: string; reference: string; form: string; name: string },
) {
  const { id, version, requestedAt, reasonCode, comments, questions, dueOn, redirectToFormId } = request;
  const redirectTo = redirectToFormId ? council.form(redirectToFormId) : undefined;
  const detail = council.informationReasons.find(({ code }) => code === reasonCode)?.label ?? reasonCode;
  return {
    ...of,
    id,
    version,
    dateRequested: requestedAt,
    detail,
    reasonCode,
    comments,
    questions,
    dueOn,
    redirectToForm: redirectTo?.definition ?? null,
  };
}
