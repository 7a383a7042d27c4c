import { answerRows, changeRows, type AnswerChange, type FormText } from './answers.js';
import type { Routes } from './console.js';
import { operations } from './operations.js';
import { ApiProblem, type Visit } from './visit.js';

interface Referral {
  reference: string;
  revision: number;
  formId: string;
  status: string;
  versions: { version: number; formVersion: number; answers: Answers; subjects: Named[] }[];
  informationRequests: { id: string; state: string }[];
}
type Answers = Record<string, Record<string, unknown>>;
interface Named {
  id: string;
  forename: string;
  surname: string;
}

/** Problems that the page itself tells, with everything as it now is: nothing was done. */
const TOLD_HERE = ['BAD_INPUT', 'REVISION_CONFLICT', 'NOT_ALLOWED_NOW', 'FORBIDDEN', 'COMMAND_ID_REUSED'];

/** One referral: all there is to know of it, and what a worker does about it. */
export function referralRoutes(routes: Routes): void {
  routes.get('/referrals/:reference', (visit) => referralPage(visit));

  routes.post('/referrals/:reference', async (visit) => {
    const done = actions[visit.field('do') ?? ''];
    if (!done) return referralPage(visit, ['Choose what to do.']);
    try {
      const [operation, variables] = done(visit);
      await visit.ask(operation, variables);
      return await visit.go(`/console/referrals/${visit.param('reference')}?said=done`);
    } catch (error) {
      if (error instanceof ApiProblem && TOLD_HERE.includes(error.code)) return referralPage(visit, [error.message]);
      throw error;
    }
  });
}

const commanded = (visit: Visit) => ({
  commandId: visit.field('commandId'),
  reference: visit.param('reference'),
  expectedRevision: Number(visit.field('revision')),
});

/** Each action as the API takes it. */
const actions: Record<string, (visit: Visit) => [operation: string, variables: object]> = {
  contact: (visit) => [operations.startContact, commanded(visit)],
  return: (visit) => {
    const [questionId, note] = [visit.field('questionId'), visit.field('note')];
    const input = {
      ...commanded(visit),
      reasonCode: visit.field('reasonCode') ?? '',
      comments: visit.field('comments') ?? '',
      questions: questionId && note ? [{ questionId, note }] : null,
      dueOn: dateOf(visit, 'dueOn'),
      redirectToFormId: visit.field('redirectToFormId'),
    };
    return [operations.return, { input }];
  },
  retract: (visit) => {
    const { commandId, reference } = commanded(visit);
    const said = { requestId: visit.field('requestId'), reason: visit.field('reason') ?? '' };
    return [operations.retract, { input: { commandId, reference, ...said } }];
  },
  respond: (visit) => {
    const said = { outcomeCode: visit.field('outcomeCode') ?? '', message: visit.field('message') };
    const about = { subjectId: visit.field('subjectId'), final: visit.field('final') === 'true' };
    return [operations.respond, { input: { ...commanded(visit), ...about, ...said } }];
  },
  resend: (visit) => [operations.resendMail, { commandId: visit.field('commandId'), id: visit.field('deliveryId') }],
};

/** A date typed as three numbers, as the API takes it; null where nothing was typed. */
function dateOf(visit: Visit, name: string): string | null {
  const [year, month, day] = ['year', 'month', 'day'].map((part) => visit.field(`${name}-${part}`));
  if (!year && !month && !day) return null;
  return [year, month?.padStart(2, '0'), day?.padStart(2, '0')].join('-');
}

async function referralPage(visit: Visit, mistakes: string[] = []): Promise<string> {
  const reference = visit.param('reference');
  const referral = await visit.ask<Referral>(operations.referral, { reference });
  const newest = referral.versions.at(-1);
  const [council, form, changes] = await Promise.all([
    visit.ask<{ formGroups: { forms: object[] }[] }>(operations.council),
    newest
      ? visit.ask<FormText>(operations.form, { id: referral.formId, version: newest.formVersion })
      : Promise.resolve({ sections: [] }),
    newest && newest.version > 1
      ? visit.ask<{ changes: AnswerChange[] }>(operations.changes, {
          reference,
          from: newest.version - 1,
          to: newest.version,
        })
      : Promise.resolve({ changes: [] }),
  ]);
  const questions = form.sections.flatMap((section) => section.questions.filter(({ kind }) => kind !== 'INFORMATION'));
  return visit.show(
    'referral',
    `Referral ${reference}`,
    {
      referral,
      council,
      forms: council.formGroups.flatMap((group) => group.forms),
      questions,
      labels: Object.fromEntries(questions.map(({ id, label }) => [id, label])),
      sections: newest ? answerRows(form, newest.answers, newest.subjects) : [],
      changes: changeRows(changes.changes),
      open: referral.informationRequests.find(({ state }) => state === 'OPEN'),
    },
    mistakes,
  );
}
