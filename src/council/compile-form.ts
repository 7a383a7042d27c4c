import { valueSchema } from './answer-value.js';
import { answersSchema } from './answers-schema.js';
import { checkAnswers, refuseAnswers } from './check-answers.js';
import { at, conditionSchema, type Condition } from './conditions.js';
import type { Form, FormDefinition, FormSection, FormSource, Question } from './form.js';
import { prefill } from './prefill.js';
import { readForm } from './read-form.js';
import { validator, type Validator } from './validators.js';
import { visibleAnswers } from './walk-answers.js';

/** A question with its validators: of its condition (null: always asked) over a Scope, and of its answers. */
export interface CompiledQuestion {
  question: Question;
  shown: Validator | null;
  complete: Validator;
  draft: Validator;
  columns: CompiledQuestion[];
}

export interface CompiledSection {
  section: FormSection;
  shown: Validator | null;
  questions: Map<string, CompiledQuestion>;
}

export interface CompiledForm {
  definition: FormDefinition;
  sections: Map<string, CompiledSection>;
}

/**
 * What a condition is tested on: answers asked for so far (an answer hidden by its own condition is not among them),
 * those of the subject at hand in the same shape, and the account.
 */
export interface Scope {
  answers: Record<string, Record<string, unknown>>;
  subject: Record<string, Record<string, unknown>>;
  account: { professional: boolean };
}

/**
 * Compiles a form that the loader found to be right, once, at boot. Each question's answers and each condition become
 * a JSON Schema with a validator of its own rather than all of them one: a check has to name every missing answer of
 * every subject, and the subjects are not part of the answers. The served answersSchema is put together from the same
 * schemas.
 */
export function compileForm(source: FormSource): Form {
  const read = readForm(source);
  const definition: FormDefinition = { ...read, answersSchema: answersSchema(read) };
  const form: CompiledForm = {
    definition,
    sections: new Map(
      definition.sections.map((section) => [
        section.id,
        {
          section,
          shown: compileCondition(section.visibleWhen),
          questions: new Map(section.questions.map((question) => [question.id, compileQuestion(question)])),
        },
      ]),
    ),
  };
  return {
    id: definition.id,
    version: definition.version,
    title: definition.title,
    description: definition.description,
    notice: definition.notice,
    retiredOn: definition.retiredOn,
    retentionDays: definition.retentionDays,
    inactivityMinutes: definition.inactivityMinutes,
    freshLogIn: definition.freshLogIn,
    professionalsOnly: definition.professionalsOnly,
    subjects: definition.subjects,
    definition,
    check: (answers, subjects, account) => checkAnswers(form, answers, subjects, account),
    refuse: (answers) => refuseAnswers(form, answers),
    visible: (answers, subjects, account) => visibleAnswers(form, answers, subjects, account),
    prefill: (account) => prefill(form, account),
    questionLabel: (sectionId, questionId) =>
      form.sections.get(sectionId)?.questions.get(questionId)?.question.label ?? questionId,
  };
}

function compileQuestion(question: Question): CompiledQuestion {
  return {
    question,
    shown: compileCondition(question.visibleWhen),
    complete: validator(valueSchema(question, 'COMPLETE')),
    draft: validator(valueSchema(question, 'DRAFT')),
    columns: (question.columns ?? []).map(compileQuestion),
  };
}

function compileCondition(condition: Condition | null): Validator | null {
  if (condition === null) return null;
  const schema = conditionSchema(condition, (leaf, test) => {
    if ('account' in leaf) return at(['account', leaf.account], test);
    if ('answer' in leaf) return at(['answers', ...leaf.answer.split('.')], test);
    return at(['subject', ...leaf.subjectAnswer.split('.')], test);
  });
  return validator(schema);
}
