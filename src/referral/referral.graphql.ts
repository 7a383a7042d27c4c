import type { RequestContext } from '../session/request-context.js';
import { availableActions } from './available-actions.js';
import { subjectStatus } from './referral-status.js';
import { newestVersion, statusFacts, viewStatus, type ReferralView } from './referral.view.js';
import { formOf } from './saved-form.view.js';
import { submittedFormView } from './submitted-form.view.js';

/** The contract's Referral, as the viewer's role sees it. */
export function referralGraph(ctx: RequestContext, view: ReferralView) {
  const newest = newestVersion(view)!;
  const { accountId, referrer } = view;
  const mayAct = ctx.viewer.role === 'WORKER' || ctx.viewer.role === 'SERVICE';
  return {
    id: view.id,
    reference: view.reference,
    revision: view.revision,
    status: viewStatus(view),
    formId: newest.formId,
    form: formOf(ctx.council, newest).title,
    referrer: { accountId, ...referrer },
    subjects: subjectProgress(view),
    versions: view.versions.map(({ version }) => submittedFormView(ctx, view, version)),
    informationRequests: view.requests,
    receipts: view.receipts,
    availableActions: availableActions(statusFacts(view), mayAct),
    view,
  };
}

/** The contract's SubjectProgress, for every subject of the newest version. */
export function subjectProgress(view: ReferralView) {
  const facts = statusFacts(view);
  return (newestVersion(view)?.subjects ?? []).map((subject) => {
    const posted = view.responses[subject.id];
    return {
      subject,
      status: subjectStatus(facts, subject.id),
      response: posted?.response ?? null,
      responseDate: posted?.responseDate ?? null,
      sentBy: posted?.sentBy ?? null,
      final: posted?.final ?? false,
    };
  });
}
