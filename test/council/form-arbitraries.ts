import fc from 'fast-check';
import type { AnswerTest, Condition } from '../../src/council/conditions.js';
import type { FormSource, QuestionKind, QuestionSource } from '../../src/council/form.js';

/** Draws a value; see fc.gen. */
export type Draw = fc.GeneratorValue;

const KINDS: QuestionKind[] = [
  'TEXT',
  'LONG_TEXT',
  'DATE',
  'NUMBER',
  'YES_NO',
  'CHOICE',
  'CHOICES',
  'PERSON',
  'ADDRESS',
  'EMAIL',
  'TELEPHONE',
  'TABLE',
  'INFORMATION',
];
const CHOICES = { red: 'Red', green: 'Green', blue: 'Blue' };
/** What answers of a kind may be told apart by: answers are drawn from the same few, so that conditions come true. */
const TESTED: Partial<Record<QuestionKind, (string | number | boolean)[]>> = {
  TEXT: ['AB', 'CD'],
  LONG_TEXT: ['AB', 'two\nlines'],
  DATE: ['2026-01-15'],
  NUMBER: [0, 3],
  YES_NO: [true, false],
  CHOICE: ['red', 'green', 'blue'],
  EMAIL: ['a@example.org'],
  TELEPHONE: ['01632 960142'],
};

interface Known {
  ref: string;
  kind: QuestionKind;
  perSubject: boolean;
}

const oneOf = <T>(draw: Draw, ...values: T[]): T => draw(fc.constantFrom, ...values) as T;
const chance = (draw: Draw, percent: number): boolean => draw(fc.integer, { min: 0, max: 99 }) < percent;
const upTo = (draw: Draw, max: number, min = 0): number => draw(fc.integer, { min, max });

/** Any form that the loader would let pass, of a few sections and questions. */
export function drawForm(draw: Draw): FormSource {
  const known: Known[] = [];
  const sections = Array.from({ length: upTo(draw, 4, 1) }, (_, nth) => {
    const id = `s${nth}`;
    const visibleWhen = nth > 0 && chance(draw, 40) ? drawCondition(draw, known, false) : undefined;
    const questions = Array.from({ length: upTo(draw, 5, nth === 0 ? 0 : 1) }, (_question, place) => {
      const question = drawQuestion(draw, `q${place}`, known);
      const { kind, perSubject = false } = question;
      if (kind !== 'INFORMATION') known.push({ ref: `${id}.${question.id}`, kind, perSubject });
      return question;
    });
    return { id, title: `Section ${nth}`, visibleWhen, questions };
  });
  const min = upTo(draw, 2);
  return {
    id: 'generated',
    version: 1,
    title: 'Generated form',
    description: 'A form for tests',
    professionalsOnly: chance(draw, 20),
    subjects: { min, max: min + upTo(draw, 2, 1), label: 'child', section: 's0' },
    sections,
  };
}

function drawQuestion(draw: Draw, id: string, known: readonly Known[]): QuestionSource {
  const kind = oneOf(draw, ...KINDS);
  const perSubject = kind !== 'INFORMATION' && chance(draw, 35);
  const visibleWhen = chance(draw, 45) ? drawCondition(draw, known, perSubject) : undefined;
  return { ...drawRules(draw, id, kind), perSubject, visibleWhen };
}

function drawRules(draw: Draw, id: string, kind: QuestionKind): QuestionSource {
  const question: QuestionSource = { id, label: `Question ${id}`, kind };
  if (kind === 'INFORMATION') return question;
  question.mandatory = chance(draw, 50);
  if (kind === 'TEXT' && chance(draw, 30)) return { ...question, maxLength: 4, pattern: '^[A-Z]{2}' };
  if (kind === 'LONG_TEXT' && chance(draw, 30)) return { ...question, maxLength: 10 };
  if (kind === 'NUMBER' && chance(draw, 50)) return { ...question, min: 0, max: 10 };
  if (kind === 'YES_NO' && chance(draw, 30)) return { ...question, mustBe: chance(draw, 50) };
  if (kind === 'CHOICE' || kind === 'CHOICES') return { ...question, choices: CHOICES };
  if (kind !== 'TABLE') return question;
  const columns = Array.from({ length: upTo(draw, 3, 1) }, (_, nth) =>
    drawRules(draw, `c${nth}`, oneOf(draw, ...KINDS.filter((one) => one !== 'TABLE' && one !== 'INFORMATION'))),
  );
  return { ...question, columns, ...(chance(draw, 50) && { min: 1, max: 2 }) };
}

/** Undefined where there is nothing that a condition could look at. */
function drawCondition(draw: Draw, known: readonly Known[], perSubject: boolean, depth = 2): Condition {
  const parts = () => Array.from({ length: upTo(draw, 3, 1) }, () => drawCondition(draw, known, perSubject, depth - 1));
  const shape = depth === 0 ? 9 : upTo(draw, 9);
  if (shape === 0) return { all: parts() };
  if (shape === 1) return { any: parts() };
  if (shape === 2) return { not: drawCondition(draw, known, perSubject, depth - 1) };
  const usable = known.filter((question) => perSubject || !question.perSubject);
  if (usable.length === 0 || chance(draw, 15)) return { account: 'professional', is: chance(draw, 50) };
  const { ref, kind, perSubject: ofSubject } = oneOf(draw, ...usable);
  const about = ofSubject ? { subjectAnswer: ref } : { answer: ref };
  return { ...about, ...drawTest(draw, kind) };
}

function drawTest(draw: Draw, kind: QuestionKind): AnswerTest {
  const values = TESTED[kind];
  if (kind === 'CHOICES' && chance(draw, 70)) return { includes: oneOf(draw, ...Object.keys(CHOICES)) };
  if (!values || chance(draw, 30)) return { answered: chance(draw, 60) };
  if (chance(draw, 50)) return { is: oneOf(draw, ...values) };
  return { in: [...new Set([oneOf(draw, ...values), oneOf(draw, ...values)])] };
}

/** An answer that a question of the kind would take, most of the time. */
function drawValid(draw: Draw, question: QuestionSource): unknown {
  const { kind } = question;
  switch (kind) {
    case 'YES_NO':
      return question.mustBe ?? chance(draw, 50);
    case 'CHOICES':
      return draw(fc.subarray, Object.keys(CHOICES), { minLength: 1 });
    case 'PERSON':
      return {
        forename: 'Ann',
        surname: 'Lee',
        ...(chance(draw, 30) && { dateOfBirth: oneOf(draw, '', '2001-02-03') }),
      };
    case 'ADDRESS':
      return {
        line1: '1 Mill Lane',
        postcode: 'PR1 8XJ',
        ...(chance(draw, 30) && { town: oneOf(draw, null, 'Ashby') }),
      };
    case 'TABLE':
      return Array.from({ length: upTo(draw, 2, 1) }, () =>
        Object.fromEntries(
          (question.columns ?? [])
            .filter((column) => column.mandatory || chance(draw, 50))
            .map((column) => [column.id, drawValid(draw, column)]),
        ),
      );
    default:
      return oneOf<unknown>(draw, ...(TESTED[kind] ?? ['text']));
  }
}

const ODD: unknown[] = [
  null,
  '',
  ' \n\t',
  '\u00a0',
  '\ufeff',
  [],
  {},
  [null],
  { line1: ' ' },
  { forename: 'Ann' },
  { surname: 'Lee', forename: ' ' },
  { line1: '1 Mill Lane', postcode: 'nowhere' },
  'x'.repeat(11),
  'a\nb',
  '2026-02-30',
  '\u{1F600}\u{1F600}',
  11,
  -0.5,
  true,
  false,
  'red',
  ['red', 'red'],
  ['mauve'],
  [{}],
  [{ c0: '' }],
  [{ c0: null, c9: 1 }],
  [{}, {}, {}],
];

/** What a draft may hold and the council may not be sent. */
const HALF_DONE: Partial<Record<QuestionKind, unknown[]>> = {
  TEXT: ['a\nb', 'zz'],
  DATE: ['2026-02-30', 'May'],
  NUMBER: [11, -0.5],
  YES_NO: [true, false],
  PERSON: [
    { forename: 'Ann' },
    { surname: 'Lee', forename: ' ' },
    { forename: 'Ann', surname: 'Lee', dateOfBirth: 'May' },
  ],
  ADDRESS: [
    { line1: '1 Mill Lane', postcode: 'nowhere' },
    { town: 'Ashby', postcode: 'PR1 8XJ' },
  ],
  EMAIL: ['a@', 'a b@example.org'],
  TELEPHONE: ['0163', 'call me'],
  TABLE: [[{}], [{}, {}, {}], [{ c0: '' }]],
};

/** Any answer: mostly one that fits, sometimes none, sometimes one that is odd. `odd` in percent. */
export function drawAnswer(draw: Draw, question: QuestionSource, odd: number): unknown {
  if (chance(draw, odd)) return undefined;
  if (chance(draw, odd)) return oneOf(draw, ...(HALF_DONE[question.kind] ?? ['', null]));
  if (chance(draw, odd / 4)) return oneOf(draw, ...ODD);
  return question.mandatory || chance(draw, 60) ? drawValid(draw, question) : undefined;
}

/** Answers to a form from people with these ids; `odd` as in drawAnswer. */
export function drawAnswers(draw: Draw, form: FormSource, subjects: readonly string[], odd: number) {
  const answers: Record<string, Record<string, unknown>> = {};
  for (const section of form.sections) {
    for (const question of section.questions) {
      if (question.kind === 'INFORMATION' && !chance(draw, odd / 4)) continue;
      const each = () =>
        Object.fromEntries(
          [...subjects, ...(chance(draw, 10) ? ['somebody-else'] : [])].map((id) => [
            id,
            drawAnswer(draw, question, odd),
          ]),
        );
      const given = question.perSubject && !chance(draw, odd / 4) ? each() : drawAnswer(draw, question, odd);
      (answers[section.id] ??= {})[question.id] = given;
    }
  }
  // As it arrives: JSON has no undefined.
  return JSON.parse(JSON.stringify(answers)) as typeof answers;
}

/** The people of a form: too few or too many of them now and then, and one without a name. */
export function drawSubjects(draw: Draw, form: FormSource) {
  const { min = 1, max = 20 } = form.subjects;
  const count = chance(draw, 85) ? upTo(draw, max, min) : upTo(draw, max + 1);
  return Array.from({ length: count }, (_, nth) => ({
    id: `subject-${nth}`,
    forename: chance(draw, 97) ? 'Ann' : ' ',
    surname: `Lee ${nth}`,
  }));
}
