import type { Council } from '../council/council.js';
import { DomainError } from '../core/problem.js';
import { subjectProgress } from '../referral/referral.graphql.js';
import type { ReferralEvent } from '../referral/referral.events.js';
import { emptyView, evolveView, newestVersion, openRequest, viewStatus } from '../referral/referral.view.js';
import { formOf } from '../referral/saved-form.view.js';
import type { WholeHistory } from './history.js';

/** As at an instant, or after a revision: one of the two. */
export interface Moment {
  at?: Date | null;
  revision?: number | null;
}

/** The contract's ReferralAsAt: the same fold as today's, stopped earlier; with the form version then in force. */
export function asItStood(id: string, history: WholeHistory<ReferralEvent>, moment: Moment, council: Council) {
  const { at, revision } = moment;
  if ((at == null) === (revision == null)) {
    throw new DomainError('BAD_INPUT', 'Say as at which instant, or after which revision: one of the two.', 'at');
  }
  const field = at ? 'at' : 'revision';
  const upTo = history.listed.filter((fact) => (at ? fact.at <= at.toISOString() : fact.revision <= revision!));
  const last = upTo.at(-1);
  if (!last || (revision != null && last.revision !== revision)) {
    throw new DomainError('NOT_FOUND', 'The referral has no fact that early or that late.', field);
  }
  const broken = history.verification.firstBrokenRevision;
  if (broken !== null && last.revision >= broken) {
    const message = `It was altered from revision ${broken} on: how it stood from then on cannot be told.`;
    throw new DomainError('NOT_ALLOWED_NOW', message, field);
  }
  const view = history.facts.slice(0, upTo.length).reduce(evolveView, emptyView(id));
  const version = newestVersion(view);
  if (!version) throw new DomainError('NOT_FOUND', 'The form had not been submitted then.', field);
  const { formId, formVersion } = version;
  return {
    reference: view.reference,
    revision: last.revision,
    at: last.at,
    status: viewStatus(view),
    currentVersion: version.version,
    formId,
    formVersion,
    form: formOf(council, version).title,
    formDefinition: formOf(council, version).definition,
    subjects: subjectProgress(view),
    openRequest: openRequest(view) ?? null,
    onLegalHold: view.held,
    answers: last.erased ? null : version.answers,
  };
}
