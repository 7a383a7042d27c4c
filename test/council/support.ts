import { readFileSync } from 'node:fs';
import { compileForm } from '../../src/council/compile-form.js';
import type { Council } from '../../src/council/council.js';
import { Councils } from '../../src/council/councils.js';
import type { AccountFacts, Answers, Form, FormSource, SubjectFacts } from '../../src/council/form.js';

export const DIR = 'deploy/councils';
export const councils = Councils.load(DIR);

export const PROFESSIONAL: AccountFacts = {
  forename: 'Amira',
  surname: 'Castellane',
  email: 'amira.castellane@example.org',
  professional: true,
  organisation: 'Moorbrook Primary School',
  jobTitle: 'Designated Safeguarding Lead',
  telephone: '01632 960142',
  address: { line1: '1 Market Place', line2: null, town: 'Ashby', postcode: 'ZE1 0AA' },
};
export const PARENT: AccountFacts = {
  forename: 'Ruth',
  surname: 'Baskerville',
  email: 'ruth@example.org',
  professional: false,
};

export const ISLA: SubjectFacts = {
  id: 'subject-isla',
  forename: 'Isla',
  surname: 'Hargreaves',
  dateOfBirth: '2015-06-21',
};
export const NOAH: SubjectFacts = { id: 'subject-noah', forename: 'Noah', surname: 'Hargreaves', dateOfBirth: null };

/** Every form that is offered, with its council. */
export function catalogue(): { council: Council; form: Form }[] {
  return councils
    .all()
    .flatMap((council) =>
      council.formGroups.flatMap((group) =>
        group.forms.map((summary) => ({ council, form: formOf(council.id, summary.id) })),
      ),
    );
}

export function formOf(councilId: string, formId: string): Form {
  const form = councils.byId(councilId)?.form(formId);
  if (!form) throw new Error(`${councilId} has no form ${formId}`);
  return form;
}

export function fixture(councilId: string, formId: string): { subjects: SubjectFacts[]; answers: Answers } {
  return JSON.parse(readFileSync(`test/fixtures/answers/${councilId}/${formId}.json`, 'utf8')) as {
    subjects: SubjectFacts[];
    answers: Answers;
  };
}

/** A form of the given sections, whose subjects are named in the first. */
export function formWith(sections: FormSource['sections'], subjects: Partial<FormSource['subjects']> = {}): Form {
  return compileForm({
    id: 'test-form',
    version: 1,
    title: 'Test form',
    description: 'A form for tests',
    subjects: { label: 'child', section: sections[0]?.id ?? '', ...subjects },
    sections,
  });
}
