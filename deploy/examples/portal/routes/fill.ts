import { answerText } from '../forms/answer-text.js';
import { noExtras, type Extras } from '../forms/control.js';
import { mergePatch } from '../forms/merge-patch.js';
import { SectionPage, sectionOf } from '../forms/section-page.js';
import { findAddress } from '../find-address.js';
import { Problem } from '../api.js';
import { mistakesOf } from '../mistakes.js';
import { after, before, openForm, visibleSections, type Opened } from '../opened-form.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { AnswerProblem, Answers, SavedForm, Section } from '../types.js';
import type { Mistake, Visit } from '../visit.js';

/** The pages of a form, one section each. Every button saves what is on the page; what differs is where it leads. */
export function fillRoutes(routes: Routes): void {
  routes.get('/saved-forms/:id/sections/:section', async (visit) => {
    const opened = await openForm(visit);
    const section = sectionAsked(visit, opened);
    const { subjects } = opened.form;
    // The people come first: the questions of this section are about them.
    if (section.id === subjects.section && opened.saved.subjects.length < Math.max(1, subjects.min)) {
      return visit.go(`/saved-forms/${opened.saved.id}/people`);
    }
    return sectionPage(visit, opened, section, opened.saved.answers, {});
  });

  routes.post('/saved-forms/:id/sections/:section', async (visit) => {
    const opened = await openForm(visit);
    const section = sectionAsked(visit, opened);
    const extras = noExtras();
    const sent = new Set(visit.fields.all('asked'));
    const found = await findAddress(visit, extras);
    const patch = pageOf(opened, section, opened.saved.answers, sent).patch(visit.fields, sent);
    removeRow(visit, section, patch);
    const typed = mergePatch(opened.saved.answers, patch) as Answers;
    try {
      opened.saved = await save(visit, opened.saved, patch);
    } catch (error) {
      const problems = error instanceof Problem ? (error.problems as AnswerProblem[]) : [];
      const mistakes = problems.length > 0 ? [] : conflictOr(error);
      return sectionPage(visit, opened, section, typed, { sent, extras, problems, mistakes });
    }
    const [asked = '', name = ''] = visit.fields.text('do').split(':');
    if (asked === 'save') return visit.go('/saved-forms', 'The form is saved.');
    if (asked === 'previous') return visit.go(before(opened, section.id));
    if (asked === 'people') return visit.go(`/saved-forms/${opened.saved.id}/people`);
    if (asked === 'overview') return visit.go(`/saved-forms/${opened.saved.id}`);
    if (asked === 'add') extras.moreRows.set(name, 1);
    const stay = { sent, extras, [asked]: name };
    if (asked === 'join') await copyToAll(visit, opened, section, name);
    if (asked !== 'continue') {
      return sectionPage(visit, opened, section, opened.saved.answers, { ...stay, mistakes: found });
    }
    return goOn(visit, opened, section, sent, extras);
  });
}

interface Shown {
  sent?: Set<string>;
  extras?: Extras;
  problems?: AnswerProblem[];
  mistakes?: Mistake[];
  split?: string;
  join?: string;
  /** Questions that came up through what was just answered. */
  further?: string[];
}

function sectionAsked(visit: Visit, { form }: Opened): Section {
  const section = sectionOf(form, visit.param('section'));
  if (!section) throw new Problem('NOT_FOUND', 'This form has no such page.');
  return section;
}

function pageOf(
  { form, saved, account }: Opened,
  section: Section,
  answers: Answers,
  sent?: Set<string>,
  changed = {},
) {
  const filled = { form, answers, subjects: saved.subjects, professional: account.professional };
  return new SectionPage(filled, section, sent, changed);
}

function save(visit: Visit, { id }: SavedForm, answersPatch: Answers, revision?: number): Promise<SavedForm> {
  const expectedRevision = revision ?? Number(visit.fields.text('revision'));
  const commandId = revision === undefined ? visit.commandId : crypto.randomUUID();
  return visit.api.ask<SavedForm>(operations.saveForm, { input: { commandId, id, expectedRevision, answersPatch } });
}

/** Onwards, unless something on this page is still to be put right, or new questions came up on it. */
async function goOn(visit: Visit, opened: Opened, section: Section, sent: Set<string>, extras: Extras) {
  const { answers, check } = opened.saved;
  const page = pageOf(opened, section, answers, sent);
  const further = page.items(noExtras()).filter(({ name, asked }) => asked && !sent.has(name));
  const names = new Set(further.map(({ name }) => name));
  const problems = check.problems.filter(
    (problem) => problem.sectionId === section.id && !names.has(page.nameOf(problem)),
  );
  if (further.length === 0 && problems.length === 0) return visit.go(after(visit, opened, section.id));
  return sectionPage(visit, opened, section, answers, { sent, extras, problems, further: [...names] });
}

/** One answer for all: the first that was given. */
async function copyToAll(visit: Visit, opened: Opened, section: Section, questionId: string): Promise<void> {
  const given = (opened.saved.answers[section.id]?.[questionId] ?? {}) as Record<string, unknown>;
  const subjects = opened.saved.subjects;
  const first = subjects.map(({ id }) => given[id]).find((answer) => answer !== undefined);
  if (first === undefined) return;
  const patch = { [section.id]: { [questionId]: Object.fromEntries(subjects.map(({ id }) => [id, first])) } };
  opened.saved = await save(visit, opened.saved, patch, opened.saved.revision);
}

/** `remove:<table>:<row>` takes a row out of what was sent. */
function removeRow(visit: Visit, section: Section, patch: Answers): void {
  const [, name, row] = /^remove:q-(.+):(\d+)$/.exec(visit.fields.text('do')) ?? [];
  const rows = name === undefined ? undefined : patch[section.id]?.[name];
  if (Array.isArray(rows)) patch[section.id]![name!] = rows.filter((_, nth) => nth !== Number(row));
}

function conflictOr(error: unknown): Mistake[] {
  if (error instanceof Problem && error.code === 'REVISION_CONFLICT') {
    return [
      {
        text: 'This form was changed in another window or tab meanwhile. What you typed here is still on this page: check it, then save it again.',
        href: '#main-content',
      },
    ];
  }
  return mistakesOf(error, () => undefined);
}

function sectionPage(visit: Visit, opened: Opened, section: Section, answers: Answers, shown: Shown): Promise<string> {
  const { saved, form } = opened;
  const { sent, extras = noExtras(), problems = [], mistakes = [], further = [] } = shown;
  const page = pageOf(opened, section, answers, sent, shown);
  for (const problem of problems) {
    const name = page.nameOf(problem);
    if (!extras.errors.has(name)) extras.errors.set(name, problem.message);
  }
  const items = page.items(extras);
  const told = [...new Map(problems.map((problem) => [page.nameOf(problem), problem])).entries()].map(
    ([name, { message }]) => ({ text: message, href: `#${extras.anchors.get(name) ?? 'main-content'}` }),
  );
  const sections = visibleSections(opened);
  const request = saved.answersRequest;
  const data = {
    saved,
    form,
    section,
    items,
    further,
    sections,
    notes: request?.questions.filter(({ questionId }) => section.questions.some(({ id }) => id === questionId)) ?? [],
    labels: Object.fromEntries(section.questions.map(({ id, label }) => [id, label])),
    previous: request ? previousAnswers(opened, section) : undefined,
    people: section.id === form.subjects.section ? saved.subjects : undefined,
  };
  return visit.show('section', `${section.title} – ${form.title}`, data, [...mistakes, ...told]);
}

/** What the returned version said in this section: shown beside the page. */
function previousAnswers({ saved, form }: Opened, section: Section) {
  const { answers, subjects, formId } = saved.answersRequest!.previousForm;
  if (formId !== form.id) return undefined;
  return section.questions.flatMap((question) => {
    const value = answers[section.id]?.[question.id];
    return value === undefined ? [] : [{ label: question.label, text: answerText(question, value, subjects) }];
  });
}
