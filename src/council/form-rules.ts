import { valueSchema } from './answer-value.js';
import { leavesOf, type Condition, type Leaf } from './conditions.js';
import type { FormSource, Question } from './form.js';
import { readForm } from './read-form.js';
import { validator } from './validators.js';
import type { Mistake, YamlFile } from './yaml-file.js';

type Path = (string | number)[];
type Report = (path: Path, message: string) => void;

const RESERVED = 'subjects';

/** What form.schema.json cannot say of a form: ids that differ, and references that lead somewhere. */
export function formMistakes(
  file: YamlFile<FormSource>,
  source: FormSource,
  expected: { id: string; version: number },
): Mistake[] {
  const mistakes: Mistake[] = [];
  const report: Report = (path, message) => mistakes.push(file.mistake(path, message));
  const { subjects, sections } = source;
  if (source.id !== expected.id) report(['id'], `is “${source.id}”, and the file is named for “${expected.id}”`);
  if (source.version !== expected.version) {
    report(['version'], `is ${source.version}, and the file is named for version ${expected.version}`);
  }
  if (source.retiredOn && new Date(`${source.retiredOn}T00:00:00Z`).toJSON()?.slice(0, 10) !== source.retiredOn) {
    report(['retiredOn'], `is no day of the calendar: “${source.retiredOn}”`);
  }
  if ((subjects.max ?? Infinity) < (subjects.min ?? 0)) report(['subjects', 'max'], 'is below min');
  if (!sections.some((section) => section.id === subjects.section)) {
    report(['subjects', 'section'], `names no section of this form: “${subjects.section}”`);
  }
  for (const [index, id] of duplicates(sections)) report(['sections', index, 'id'], `is used twice: “${id}”`);
  const known = new Map<string, Question>();
  readForm(source).sections.forEach((section, index) => {
    const at: Path = ['sections', index];
    const { visibleWhen } = section;
    if (visibleWhen) conditionMistakes(visibleWhen, [...at, 'visibleWhen'], known, false, report);
    for (const [position, id] of duplicates(section.questions)) {
      report([...at, 'questions', position, 'id'], `is used twice in the section: “${id}”`);
    }
    section.questions.forEach((question, position) => {
      const questionAt: Path = [...at, 'questions', position];
      questionMistakes(question, questionAt, report);
      if (question.visibleWhen) {
        conditionMistakes(question.visibleWhen, [...questionAt, 'visibleWhen'], known, question.perSubject, report);
      }
      if (question.kind !== 'INFORMATION') known.set(`${section.id}.${question.id}`, question);
    });
  });
  return mistakes;
}

/** Each id, with its index, that an earlier item has already. */
export function duplicates(items: readonly { id: string }[]): [number, string][] {
  return items.flatMap(({ id }, index): [number, string][] =>
    items.findIndex((item) => item.id === id) < index ? [[index, id]] : [],
  );
}

function questionMistakes(question: Question, at: Path, report: Report): void {
  if (question.id === RESERVED)
    report([...at, 'id'], `cannot be “${RESERVED}”: problems with the subjects go by that name`);
  for (const [index, id] of duplicates(question.columns ?? [])) {
    report([...at, 'columns', index, 'id'], `is used twice in the table: “${id}”`);
  }
  if (question.pattern !== null && !isExpression(question.pattern)) {
    report([...at, 'pattern'], 'is not a regular expression');
    return;
  }
  if (question.min !== null && question.max !== null && question.max < question.min)
    report([...at, 'max'], 'is below min');
  question.columns?.forEach((column, index) => questionMistakes(column, [...at, 'columns', index], report));
  if (question.example !== null && !validator(valueSchema(question, 'COMPLETE'))(question.example)) {
    report([...at, 'example'], 'is not a valid answer to its question');
  }
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** `known` holds the questions before the one that has the condition: a form is read from front to back. */
function conditionMistakes(
  condition: Condition,
  at: Path,
  known: ReadonlyMap<string, Question>,
  perSubject: boolean,
  report: Report,
): void {
  const fault = formFault(condition);
  if (fault !== null) {
    report(at, fault);
    return;
  }
  for (const leaf of leavesOf(condition)) {
    const message = leafFault(leaf, known, perSubject);
    if (message !== null) report(at, message);
  }
}

/** A condition says one thing: the schema allows its members, and this that they are not mixed. */
function formFault(condition: Condition): string | null {
  const keys = Object.keys(condition);
  const subject = keys.filter((key) => ['answer', 'subjectAnswer', 'account', 'all', 'any', 'not'].includes(key));
  const tests = keys.filter((key) => ['is', 'in', 'includes', 'answered'].includes(key));
  const [about] = subject;
  if (subject.length !== 1 || about === undefined) return 'says one of answer, subjectAnswer, account, all, any or not';
  const combined = ['all', 'any', 'not'].includes(about);
  if (combined && tests.length > 0) return `has ${tests.join(', ')} beside ${about}, which belongs inside it`;
  if (!combined && tests.length !== 1) return `says one of is, in, includes or answered about its ${about}`;
  if (about === 'account' && (!('is' in condition) || typeof condition.is !== 'boolean'))
    return 'says `is: true` or `is: false` of an account';
  const parts =
    'all' in condition ? condition.all : 'any' in condition ? condition.any : 'not' in condition ? [condition.not] : [];
  return parts.map(formFault).find((fault) => fault !== null) ?? null;
}

function leafFault(leaf: Leaf, known: ReadonlyMap<string, Question>, perSubject: boolean): string | null {
  if ('account' in leaf) return null;
  const ref = 'answer' in leaf ? leaf.answer : leaf.subjectAnswer;
  const question = known.get(ref);
  if (!question) return `looks at “${ref}”, and there is no such question before this one`;
  if ('answer' in leaf && question.perSubject)
    return `looks at “${ref}”, which is asked per subject: use subjectAnswer`;
  if ('subjectAnswer' in leaf && !question.perSubject)
    return `looks at “${ref}”, which is not asked per subject: use answer`;
  if ('subjectAnswer' in leaf && !perSubject) return 'looks at a subjectAnswer, which only a perSubject question can';
  const single = 'is' in leaf || 'in' in leaf;
  if (single && question.kind === 'CHOICES') return `says is or in, and “${ref}” is CHOICES: use includes`;
  if ('includes' in leaf && question.kind !== 'CHOICES') return `says includes, and “${ref}” is not CHOICES`;
  const impossible = testedValues(leaf).filter((value) => !canBe(question, value));
  return impossible.length === 0 ? null : `waits for ${impossible.map(String).join(', ')}, which “${ref}” can never be`;
}

function testedValues(leaf: Leaf): unknown[] {
  if ('in' in leaf) return leaf.in;
  if ('is' in leaf) return [leaf.is];
  return 'includes' in leaf ? [leaf.includes] : [];
}

function canBe(question: Question, value: unknown): boolean {
  if (question.choices) return question.choices.some((choice) => choice.code === value);
  if (question.kind === 'YES_NO') return typeof value === 'boolean';
  if (question.kind === 'TABLE' || question.kind === 'ADDRESS' || question.kind === 'PERSON') return false;
  return typeof value === (question.kind === 'NUMBER' ? 'number' : 'string');
}
