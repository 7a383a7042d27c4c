import { answerText } from '../forms/answer-text.js';
import { mayAttach, openForm, visibleSections } from '../opened-form.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { Page, Question, SavedForm } from '../types.js';

/** My saved forms, and the overview of one of them. */
export function savedFormRoutes(routes: Routes): void {
  routes.get('/saved-forms', async (visit) => {
    const group = visit.query('group') ?? null;
    const list = await visit.api.ask<Page<SavedForm>>(operations.savedForms, { after: visit.query('after'), group });
    return visit.show('saved-forms', 'My saved forms', { list, group });
  });

  routes.get('/saved-forms/:id', async (visit) => {
    const opened = await openForm(visit);
    const { saved, form } = opened;
    const wrong = new Set(saved.check.problems.map(({ sectionId }) => sectionId));
    const visible = visibleSections(opened);
    const sections = visible.map(({ id, number, title, questions }) => ({
      title: { text: `${number}. ${title}` },
      href: `/saved-forms/${saved.id}/sections/${id}`,
      status: statusOf(wrong.has(id), questions),
    }));
    // As it was begun: nothing was saved yet, and the first page may only tell what is to come.
    const isNew = saved.revision === 1;
    const next = isNew ? visible[0] : visible.find(({ id }) => wrong.has(id));
    const unmapped = saved.unmappedAnswers.map(({ label, value }) => ({ label, text: answerText(null, value.value) }));
    const data = { saved, form, sections, unmapped, attach: mayAttach(visit, opened), isNew, next };
    return visit.show('overview', form.title, data);
  });

  routes.get('/saved-forms/:id/discard', async (visit) => {
    const { saved } = await openForm(visit);
    return visit.show('discard', 'Delete this saved form?', { saved });
  });

  routes.post('/saved-forms/:id/discard', async (visit) => {
    await visit.api.ask(operations.discardForm, { commandId: visit.commandId, id: visit.param('id') });
    return visit.go('/saved-forms', 'The form is deleted.');
  });
}

function statusOf(isWrong: boolean, questions: Question[]): object {
  if (isWrong) return { tag: { text: 'To do', classes: 'govuk-tag--blue' } };
  return { text: questions.every(({ kind }) => kind === 'INFORMATION') ? 'To read' : 'Completed' };
}
