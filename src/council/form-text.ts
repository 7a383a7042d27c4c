import type { AnswerTest, Condition } from './conditions.js';
import type { FormDefinition, Question } from './form.js';

/** A form as plain text, to be read through by the people who know the service. */
export function formText(form: FormDefinition): string {
  const { min, max, label } = form.subjects;
  const rules = [
    form.notice,
    `Subjects: ${min === max ? min : `${min} to ${max}`} (${label})`,
    form.inactivityMinutes === null ? null : `Times out after ${form.inactivityMinutes} minutes without activity`,
    form.freshLogIn ? 'Asks for a fresh log-in' : null,
    form.professionalsOnly ? 'For professionals only' : null,
  ].filter((line) => line !== null);
  const heading = `${form.title} (${form.id} v${form.version})`;
  const sections = form.sections.map((section) =>
    [
      `${section.number}. ${section.title}${when(section.visibleWhen)}`,
      ...(section.guidance === null ? [] : [`   ${section.guidance}`]),
      ...section.questions.flatMap((question) => questionLines(question, '   ')),
    ].join('\n'),
  );
  return [[heading, '='.repeat(heading.length), form.description, ...rules].join('\n'), ...sections].join('\n\n');
}

function questionLines(question: Question, indent: string): string[] {
  const { kind, label, mandatory, perSubject, maxLength, choices, columns, hint, visibleWhen, prefilledFrom } =
    question;
  if (kind === 'INFORMATION') return [`${indent}(i) ${label}${when(visibleWhen)}`];
  const facts = [
    kind,
    perSubject ? 'for each subject' : null,
    maxLength === null ? null : `at most ${maxLength} characters`,
    prefilledFrom === null ? null : `prefilled: ${prefilledFrom}`,
  ].filter((fact) => fact !== null);
  return [
    `${indent}- ${label}${mandatory ? ' *' : ''}  [${facts.join(', ')}]${when(visibleWhen)}`,
    ...(hint === null ? [] : [`${indent}    ${hint}`]),
    ...(choices ?? []).map((choice) => `${indent}    ( ) ${choice.label}`),
    ...(columns ?? []).flatMap((column) => questionLines(column, `${indent}    `)),
  ];
}

function when(condition: Condition | null): string {
  return condition === null ? '' : `  {if ${conditionText(condition)}}`;
}

function conditionText(condition: Condition): string {
  if ('all' in condition) return condition.all.map(conditionText).join(' and ');
  if ('any' in condition) return `(${condition.any.map(conditionText).join(' or ')})`;
  if ('not' in condition) return `not (${conditionText(condition.not)})`;
  if ('account' in condition) return `the account is ${condition.is ? '' : 'not '}${condition.account}`;
  const about = 'answer' in condition ? condition.answer : `the subject's ${condition.subjectAnswer}`;
  return `${about} ${testText(condition)}`;
}

function testText(test: AnswerTest): string {
  if ('is' in test) return `is ${String(test.is)}`;
  if ('in' in test) return `is ${test.in.map(String).join(' or ')}`;
  if ('includes' in test) return `includes ${test.includes}`;
  return test.answered ? 'is answered' : 'is not answered';
}
