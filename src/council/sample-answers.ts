import { mergePatch } from '../core/merge-patch.js';
import type { AccountFacts, Answers, Form, Question, SubjectFacts } from './form.js';

/** Text for questions that give no example, taken in turn. */
const SENTENCES = [
  'This has been discussed with the family, who agree with what is written here.',
  'Things have become harder over the past three months, and the help given so far has not been enough.',
  'We have spoken about this with our manager, and have kept notes of each conversation.',
  'There is good support from close relatives, who visit every week.',
];
const LINES = ['As discussed by telephone', 'See our earlier letter', 'No further details are known'];
const STREETS = ['12 Larch Avenue', '5 Mill Lane', '48 Station Road', '3 Chapel Street'];

/**
 * A complete, valid and plausible set of answers to any form, with every name invented: for seeds, demonstrations and
 * tests. The same arguments always give the same answers. Questions give their own `example`; those prefilled from
 * the account keep what it says.
 */
export function sampleAnswers(form: Form, subjects: readonly SubjectFacts[], account: AccountFacts): Answers {
  const all = Object.fromEntries(
    form.definition.sections.map((section) => [
      section.id,
      Object.fromEntries(
        section.questions
          .filter((question) => question.kind !== 'INFORMATION')
          .map((question, index) => [
            question.id,
            question.perSubject
              ? Object.fromEntries(subjects.map((subject) => [subject.id, sample(question, index, subject)]))
              : sample(question, index, null),
          ]),
      ),
    ]),
  );
  return form.visible(mergePatch(all, form.prefill(account)) as Answers, subjects, account);
}

function sample(question: Question, index: number, subject: SubjectFacts | null): unknown {
  if (subject?.dateOfBirth && question.id === 'dateOfBirth') return subject.dateOfBirth;
  if (question.example !== null) return question.example;
  const freeText = question.kind === 'TEXT' || question.kind === 'LONG_TEXT';
  if (freeText && !question.mandatory) return null; // left open: nothing said is better than something odd
  switch (question.kind) {
    case 'TEXT':
      return clip(LINES[index % LINES.length] ?? '', question.maxLength);
    case 'LONG_TEXT':
      return clip(SENTENCES[index % SENTENCES.length] ?? '', question.maxLength);
    case 'DATE':
      return '2026-11-02';
    case 'NUMBER':
      return question.min ?? Math.min(1, question.max ?? 1);
    case 'YES_NO':
      return question.mustBe ?? true;
    case 'CHOICE':
      return question.choices?.[0]?.code;
    case 'CHOICES':
      return question.choices?.slice(0, 2).map((choice) => choice.code);
    case 'PERSON':
      return { forename: 'Marian', surname: subject?.surname ?? 'Holroyd', relationship: 'Mother' };
    case 'ADDRESS':
      return { line1: STREETS[index % STREETS.length], town: 'Ashby', postcode: 'ZE1 0AA' };
    case 'EMAIL':
      return 'marian.holroyd@example.org';
    case 'TELEPHONE':
      return `01632 960${String(100 + index)}`;
    case 'TABLE':
      return Array.from({ length: Math.max(1, question.min ?? 1) }, (_, row) =>
        Object.fromEntries(
          (question.columns ?? [])
            .map((column) => [column.id, sample(column, index + row, null)] as const)
            .filter(([, cell]) => cell !== null),
        ),
      );
    case 'INFORMATION':
      return undefined;
  }
}

function clip(text: string, maxLength: number | null): string {
  return text.slice(0, maxLength ?? text.length);
}
