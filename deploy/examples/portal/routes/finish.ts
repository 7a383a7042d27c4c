import { answerText } from '../forms/answer-text.js';
import { Problem } from '../api.js';
import { mistakesOf } from '../mistakes.js';
import { openForm, visibleSections, type Opened } from '../opened-form.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { Answers, AnswerProblem, Form, SavedForm, Section, Subject } from '../types.js';
import type { Mistake, Visit } from '../visit.js';
import { Asked } from '../forms/asked.js';

/** Check your answers, and submit. */
export function finishRoutes(routes: Routes): void {
  routes.get('/saved-forms/:id/check', async (visit) => checkPage(visit, await openForm(visit)));

  routes.post('/saved-forms/:id/submit', async (visit) => {
    const id = visit.param('id');
    const expectedRevision = Number(visit.fields.text('revision'));
    try {
      const said = { commandId: visit.commandId, id, expectedRevision };
      const sent = await visit.api.ask<{ reference: string; version: number }>(operations.submitForm, said);
      return await visit.go(`/submitted-forms/${sent.reference}/confirmation?version=${sent.version}`);
    } catch (error) {
      if (error instanceof Problem && error.code === 'NOT_FOUND') throw error;
      return checkPage(
        visit,
        await openForm(visit),
        mistakesOf(error, () => undefined),
      );
    }
  });
}

export interface SummarySection {
  title: string;
  rows: { id: string; label: string; text: string; problem?: string; href?: string }[];
}

/** Every question that is asked, with its answer in words. `href` gives the page on which a section is changed. */
export function summary(
  about: { form: Form; answers: Answers; subjects: Subject[]; professional: boolean; problems?: AnswerProblem[] },
  sections: Section[],
  href?: (section: Section) => string,
): SummarySection[] {
  const asked = new Asked(about);
  return sections.map((section) => ({
    title: `${section.number}. ${section.title}`,
    rows: section.questions
      .filter((question) => question.kind !== 'INFORMATION' && asked.somebody(section, question))
      .map((question) => ({
        id: question.id,
        label: question.label,
        text: answerText(question, about.answers[section.id]?.[question.id], about.subjects),
        problem: about.problems?.find(
          ({ sectionId, questionId }) => sectionId === section.id && questionId === question.id,
        )?.message,
        href: href?.(section),
      })),
  }));
}

function checkPage(visit: Visit, opened: Opened, mistakes: Mistake[] = []): Promise<string> {
  const { saved, form, account } = opened;
  const href = ({ id }: Section) => `/saved-forms/${saved.id}/sections/${id}`;
  const about = { form, ...pick(saved), professional: account.professional };
  const data = { saved, form, sections: summary(about, visibleSections(opened), href) };
  return visit.show('check', 'Check your answers', data, mistakes);
}

function pick({ answers, subjects, check: { problems } }: SavedForm) {
  return { answers, subjects, problems };
}
