import { isBlank, isRecord, own, type Strictness } from './answer-value.js';
import type { CompiledForm, CompiledQuestion } from './compile-form.js';
import type { AccountFacts, AnswerCheck, AnswerProblem, Answers, ProblemKind, SubjectFacts } from './form.js';
import { invalidProblem, missingMessage } from './problem-message.js';
import { walkAnswers } from './walk-answers.js';

interface ValueProblem {
  row: number | null;
  code: ProblemKind;
  message: string;
}

/** See Form.check. */
export function checkAnswers(
  form: CompiledForm,
  answers: Answers,
  subjects: readonly SubjectFacts[],
  account: AccountFacts,
): AnswerCheck {
  const { asked, visibleSections } = walkAnswers(form, answers, subjects, account);
  const problems = [...misplaced(form, answers), ...subjectProblems(form, subjects)];
  let mandatory = 0;
  let answered = 0;
  for (const { section, compiled, subject, value } of asked) {
    const { question } = compiled;
    if (question.kind === 'INFORMATION') continue;
    if (question.mandatory) mandatory += 1;
    if (subject === 'UNNAMED' || (value === undefined && !question.mandatory)) continue;
    const of = subject === null ? '' : ` for ${subject.forename} ${subject.surname}`;
    const wrong: ValueProblem[] =
      value === undefined
        ? [{ row: null, code: 'MISSING', message: missingMessage(question, of) }]
        : valueProblems(compiled, value, 'COMPLETE', of);
    if (question.mandatory && wrong.length === 0) answered += 1;
    for (const problem of wrong) {
      problems.push({ sectionId: section.id, questionId: question.id, subjectId: subject?.id ?? null, ...problem });
    }
  }
  return {
    complete: problems.length === 0,
    percentComplete: mandatory === 0 ? 100 : Math.floor((100 * answered) / mandatory),
    problems,
    visibleSections,
  };
}

/** See Form.refuse. */
export function refuseAnswers(form: CompiledForm, answers: unknown): AnswerProblem[] {
  const problems = misplaced(form, answers);
  for (const { section, questions } of form.sections.values()) {
    for (const compiled of questions.values()) {
      const { id: questionId, kind, perSubject } = compiled.question;
      if (kind === 'INFORMATION') continue; // said already, as misplaced
      const given = own(own(answers, section.id), questionId);
      const values: [string | null, unknown][] = perSubject
        ? isRecord(given)
          ? Object.entries(given)
          : []
        : [[null, given]];
      for (const [subjectId, value] of values) {
        if (isBlank(value)) continue;
        for (const problem of valueProblems(compiled, value, 'DRAFT', '')) {
          problems.push({ sectionId: section.id, questionId, subjectId, ...problem });
        }
      }
    }
  }
  return problems;
}

/** Sections and questions that the form does not have, and answers that are not where answers are kept. */
function misplaced(form: CompiledForm, answers: unknown): AnswerProblem[] {
  const problem = (sectionId: string, questionId: string, code: ProblemKind, message: string): AnswerProblem => ({
    sectionId,
    questionId,
    subjectId: null,
    row: null,
    code,
    message,
  });
  if (!isRecord(answers)) return [problem('', '', 'WRONG_TYPE', 'Give the answers as an object of sections.')];
  return Object.entries(answers).flatMap(([sectionId, inSection]) => {
    const section = form.sections.get(sectionId);
    if (!section) return [problem(sectionId, '', 'UNKNOWN', `This form has no section “${sectionId}”.`)];
    const name = `“${section.section.title}”`;
    if (!isRecord(inSection)) return [problem(sectionId, '', 'WRONG_TYPE', `Give ${name} as an object of answers.`)];
    return Object.entries(inSection).flatMap(([questionId, value]) => {
      const question = section.questions.get(questionId)?.question;
      if (!question) return [problem(sectionId, questionId, 'UNKNOWN', `${name} has no question “${questionId}”.`)];
      if (question.kind === 'INFORMATION') {
        return [problem(sectionId, questionId, 'UNKNOWN', `“${question.label}” is to be read and takes no answer.`)];
      }
      if (question.perSubject && value !== null && !isRecord(value)) {
        const message = `Give “${question.label}” once for each ${form.definition.subjects.label}, by the subject's id.`;
        return [problem(sectionId, questionId, 'WRONG_TYPE', message)];
      }
      return [];
    });
  });
}

function subjectProblems(form: CompiledForm, subjects: readonly SubjectFacts[]): AnswerProblem[] {
  const { min, max, label, section } = form.definition.subjects;
  const inSubjects = (subjectId: string | null, code: ProblemKind, message: string): AnswerProblem => ({
    sectionId: section,
    questionId: 'subjects',
    subjectId,
    row: null,
    code,
    message,
  });
  const problems: AnswerProblem[] = [];
  const named = (least: number): string => (least === 1 ? `at least one ${label}` : `at least ${least}: ${label}`);
  if (subjects.length < min)
    problems.push(inSubjects(null, 'TOO_FEW', `Add ${named(min)}, with forename and surname.`));
  if (subjects.length > max) {
    problems.push(
      inSubjects(null, 'TOO_MANY', `This form takes at most ${max} (${label}): remove ${subjects.length - max}.`),
    );
  }
  for (const subject of subjects) {
    if (isBlank(subject.forename) || isBlank(subject.surname)) {
      problems.push(inSubjects(subject.id, 'MISSING', `Enter the forename and the surname of each ${label}.`));
    }
  }
  return problems;
}

/** What is wrong with one answer that is not blank: nothing, one thing, or one for each cell of a table. */
function valueProblems(compiled: CompiledQuestion, value: unknown, strictness: Strictness, of: string): ValueProblem[] {
  const validate = strictness === 'COMPLETE' ? compiled.complete : compiled.draft;
  if (validate(value)) return [];
  const error = validate.errors?.[0];
  if (!error) throw new Error(`ajv refused ${compiled.question.id} without saying why`);
  const whole = { row: null, ...invalidProblem(compiled.question, error, of) };
  if (compiled.columns.length === 0 || error.instancePath === '' || !Array.isArray(value)) return [whole];
  const inRows = Array.from(value).flatMap((cells: unknown, row) =>
    rowProblems(compiled, cells, strictness, ` in row ${row + 1} of “${compiled.question.label}”${of}`).map(
      ({ code, message }) => ({ row, code, message }),
    ),
  );
  return inRows.length > 0 ? inRows : [whole]; // what ajv refuses is never let pass
}

function rowProblems(table: CompiledQuestion, cells: unknown, strictness: Strictness, of: string): ValueProblem[] {
  if (!isRecord(cells)) return [{ row: null, code: 'WRONG_TYPE', message: `Give the columns${of} as an object.` }];
  const unknown = Object.keys(cells).filter((id) => !table.columns.some(({ question }) => question.id === id));
  return [
    ...unknown.map((id) => ({ row: null, code: 'UNKNOWN' as const, message: `There is no column “${id}”${of}.` })),
    ...table.columns.flatMap((column): ValueProblem[] => {
      const cell = own(cells, column.question.id);
      if (!isBlank(cell)) return valueProblems(column, cell, strictness, of);
      if (strictness === 'DRAFT' || !column.question.mandatory) return [];
      return [{ row: null, code: 'MISSING', message: missingMessage(column.question, of) }];
    }),
  ];
}
