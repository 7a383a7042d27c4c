import { randomUUID } from 'node:crypto';
import { mistakesOf } from '../mistakes.js';
import { openForm, type Opened } from '../opened-form.js';
import { operations } from '../operations.js';
import { readDate } from '../forms/read-answer.js';
import type { Routes } from '../portal.js';
import type { Subject } from '../types.js';
import type { Mistake, Visit } from '../visit.js';

/** The people the form is about: named, confirmed, changed and taken away again. */
export function peopleRoutes(routes: Routes): void {
  routes.get('/saved-forms/:id/people', async (visit) => {
    const opened = await openForm(visit);
    return peoplePage(visit, opened, opened.saved.subjects, opened.saved.revision);
  });

  routes.post('/saved-forms/:id/people', async (visit) => {
    const opened = await openForm(visit);
    const typed = readPeople(visit);
    const revision = Number(visit.fields.text('revision'));
    const page = (people: Subject[], mistakes: Mistake[] = []) => peoplePage(visit, opened, people, revision, mistakes);
    const [asked, place] = visit.fields.text('do').split(':');
    if (asked === 'add') return page([...typed, nobody()]);
    if (asked === 'remove') return page(typed.filter((_, nth) => nth !== Number(place)));
    const people = typed.filter(({ forename, surname, dateOfBirth }) => forename || surname || dateOfBirth);
    const mistakes = mistakesIn(people, opened);
    if (mistakes.length > 0) return page(people, mistakes);
    const { id } = opened.saved;
    try {
      const input = { commandId: visit.commandId, id, expectedRevision: revision, subjects: people };
      await visit.api.ask(operations.saveForm, { input });
    } catch (error) {
      return page(
        people,
        mistakesOf(error, () => 'forename-0'),
      );
    }
    return visit.go(`/saved-forms/${id}/sections/${opened.form.subjects.section}`);
  });
}

const nobody = (): Subject => ({ id: randomUUID(), forename: '', surname: '', dateOfBirth: null });

function readPeople({ fields }: Visit): Subject[] {
  return fields.all('person').map((id, place) => ({
    id,
    forename: fields.text(`forename-${place}`),
    surname: fields.text(`surname-${place}`),
    dateOfBirth: readDate(`born-${place}`, fields),
  }));
}

function mistakesIn(people: Subject[], { form: { subjects } }: Opened): Mistake[] {
  const few = people.length < subjects.min;
  return [
    ...(few ? [{ text: whoIsMissing(subjects), href: '#forename-0' }] : []),
    ...people.flatMap(({ forename, surname, dateOfBirth }, place) => [
      ...(forename ? [] : [{ text: `Enter the first name of person ${place + 1}.`, href: `#forename-${place}` }]),
      ...(surname ? [] : [{ text: `Enter the last name of person ${place + 1}.`, href: `#surname-${place}` }]),
      ...(isDate(dateOfBirth)
        ? []
        : [{ text: `Enter the whole date of birth of person ${place + 1}, or none.`, href: `#born-${place}-day` }]),
    ]),
  ];
}

function whoIsMissing({ min, label }: Opened['form']['subjects']): string {
  return min === 1 ? `Name the ${label}.` : `Name at least ${min} people: each ${label}.`;
}

function isDate(text: string | null): boolean {
  if (text === null) return true;
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(NaN);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function peoplePage(
  visit: Visit,
  { saved, form }: Opened,
  given: Subject[],
  revision: number,
  mistakes: Mistake[] = [],
): Promise<string> {
  const shown = given.length > 0 ? given : [nobody()];
  const errors = new Map(mistakes.map(({ href = '', text }) => [href.slice(1), text]));
  const people = shown.map((person, place) => {
    const [year = '', month = '', day = ''] = (person.dateOfBirth ?? '').split('-');
    const message = (id: string) => (errors.has(id) ? { text: errors.get(id) } : undefined);
    return {
      ...person,
      born: { day, month, year },
      errors: {
        forename: message(`forename-${place}`),
        surname: message(`surname-${place}`),
        born: message(`born-${place}-day`),
      },
    };
  });
  const several = form.subjects.max > 1;
  const more = shown.length < form.subjects.max;
  return visit.show('people', 'Who is this about?', { saved, form, people, revision, several, more }, mistakes);
}
