import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import type { Answers, Form, SubjectFacts } from '../../src/council/form.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { councils, registered, saveForm, startForm, submitForm } from '../support/people.js';

const SUBMITTED = `query($reference: String!) { submittedForm(reference: $reference) {
  reference version formId formVersion form subjects { id forename surname dateOfBirth } answers pdfUrl } }`;

interface Fixture {
  subjects: SubjectFacts[];
  answers: Answers;
}

const PROFESSIONAL = { forename: '', surname: '', email: '', professional: true };

let frontdoor: Installation;
const people = new Map<string, Promise<Api>>();
/** One professional for each council: who fills a form in is not what these journeys are about. */
const professional = (council: string): Promise<Api> => {
  const known = people.get(council) ?? registered(frontdoor.visitor(council)).then(({ api }) => api);
  people.set(council, known);
  return known;
};

beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
});

const forms = councils()
  .all()
  .flatMap(({ id: council, formGroups }) =>
    formGroups.flatMap((group) =>
      group.forms.map(({ id, title }) => ({ name: `${council} ${id}`, council, id, title })),
    ),
  );

test('there are sixteen', () => {
  expect(forms).toHaveLength(16);
});

describe.each(forms)('$name', ({ council, id: formId, title }) => {
  test('is filled in question by question, sent, read back and printed', async () => {
    const { subjects, answers } = JSON.parse(
      readFileSync(`test/fixtures/answers/${council}/${formId}.json`, 'utf8'),
    ) as Fixture;
    const form = councils().byId(council)!.form(formId)!;
    expect(form.visible(everyQuestion(form, answers, subjects), subjects, PROFESSIONAL)).toEqual(answers);
    const api = await professional(council);

    // As people do it: the subjects first, then one section after the other, each from the revision before.
    let saved = await saveForm(api, await startForm(api, formId), { subjects });
    for (const [section, inSection] of Object.entries(answers)) {
      saved = await saveForm(api, saved, { answersPatch: { [section]: inSection } });
    }
    expect(saved).toMatchObject({ percentComplete: 100, description: title });
    const { check } = await api.ask<Json>(ask.savedForm, { id: saved.id });
    expect(check).toMatchObject({ complete: true, problems: [] });

    const { reference } = await submitForm(api, saved);
    const sent = await api.ask<Json & { answers: Answers; pdfUrl: string }>(SUBMITTED, { reference });
    expect(sent).toMatchObject({ reference, version: 1, formId, formVersion: form.version, form: title, subjects });
    expect(sent.answers).toEqual(answers);

    const pdf = Buffer.from(await (await fetch(sent.pdfUrl)).arrayBuffer());
    expect(pdf.subarray(0, 4).toString()).toBe('%PDF');
    const text = textOf(pdf);
    if (text === undefined) return;
    expect(text).toContain(reference);
    for (const { forename, surname } of subjects) expect(text).toContain(`${forename} ${surname}`);
  });
});

/** The answers, and something for each question that has none: what of it is asked now, the fixture lacks. */
function everyQuestion(form: Form, answers: Answers, subjects: readonly SubjectFacts[]): Answers {
  const sections = form.definition.sections.map(({ id, questions }) => {
    const answerable = questions.filter(({ kind }) => kind !== 'INFORMATION');
    const inSection = answerable.map((question): [string, unknown] => {
      const given = answers[id]?.[question.id];
      if (!question.perSubject) return [question.id, given ?? 'something'];
      const each = subjects.map((subject) => [subject.id, 'something']);
      return [question.id, { ...Object.fromEntries(each), ...(given as object) }];
    });
    return [id, Object.fromEntries(inSection)] as const;
  });
  return Object.fromEntries(sections);
}

/** The text of a PDF with its line breaks as spaces; undefined where pdftotext is not installed. */
function textOf(pdf: Buffer): string | undefined {
  const file = join(mkdtempSync(join(tmpdir(), 'every-form-')), 'form.pdf');
  writeFileSync(file, pdf);
  try {
    return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }).replace(/\s+/g, ' ');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.warn('pdftotext is not installed: the text of the PDF was not read.');
    return undefined;
  }
}
