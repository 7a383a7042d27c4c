import { orBlank, valueSchema } from './answer-value.js';
import { at, conditionSchema, leavesOf, type Condition, type JsonSchema } from './conditions.js';
import type { FormDefinition, FormSection, Question } from './form.js';

type Unserved = Omit<FormDefinition, 'answersSchema'>;

/** Questions of one section that are asked under the same condition. */
interface Group {
  section: FormSection;
  condition: JsonSchema | null;
  questions: Question[];
}

/**
 * JSON Schema 2020-12 of complete answers, for front ends. It refuses nothing that Form.check accepts of answers as
 * Form.visible leaves them, and accepts nothing that check refuses except where the fault depends on what is not in
 * the answers: who the subjects are (each has to have its own answer; a question whose condition looks at a
 * subjectAnswer is held to its form but not required). Where conditions look at the account, answers are complete if
 * they are so for either kind of account.
 */
export function answersSchema(form: Unserved): JsonSchema {
  const dialect = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: form.title };
  const looksAtAccount = allConditions(form).some((condition) => leavesOf(condition).some((leaf) => 'account' in leaf));
  if (form.professionalsOnly || !looksAtAccount) return { ...dialect, ...schemaFor(form, true, '#') };
  return { ...dialect, anyOf: [schemaFor(form, true, '#/anyOf/0'), schemaFor(form, false, '#/anyOf/1')] };
}

function allConditions(form: Unserved): Condition[] {
  return form.sections.flatMap((section) =>
    [section.visibleWhen, ...section.questions.map((question) => question.visibleWhen)].filter((one) => one !== null),
  );
}

/** The schema for one kind of account; `root` is the JSON pointer at which it will stand. */
function schemaFor(form: Unserved, professional: boolean, root: string): JsonSchema {
  const conditionOf = askedWhen(form, professional, root);
  const groups = form.sections.flatMap((section) => groupsOf(section, conditionOf));
  const always = groups.filter((group) => group.condition === null);
  const sometimes = groups.filter((group) => group.condition !== null);
  const referred = allConditions(form)
    .flatMap(leavesOf)
    .flatMap((leaf) => ('answer' in leaf ? [leaf.answer] : []));
  const definitions = [...new Set(referred)].flatMap((ref): [string, JsonSchema][] => {
    const condition = conditionOf(...sectionAndQuestion(form, ref));
    return condition === null ? [] : [[ref, condition]];
  });
  const rules = [
    ...always.map((group) => groupSchema(group, form.subjects.min)),
    ...sometimes.map((group) => ({ if: group.condition, then: groupSchema(group, form.subjects.min) })),
  ];
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(form.sections.map((section) => [section.id, sectionShape(section)])),
    ...(rules.length > 0 && { allOf: rules }), // an empty one is no JSON Schema
    $defs: Object.fromEntries(definitions),
  };
}

/** When a question is asked: its section's condition and its own, and that what they look at is itself asked. */
function askedWhen(
  form: Unserved,
  professional: boolean,
  root: string,
): (section: FormSection, question: Question) => JsonSchema | null {
  const translate = (condition: Condition): JsonSchema =>
    conditionSchema(condition, (leaf, test) => {
      if ('account' in leaf) return professional === leaf.is ? {} : { not: {} };
      if (!('answer' in leaf)) return {}; // of a subject: see groupsOf
      const [section, question] = sectionAndQuestion(form, leaf.answer);
      const given = at([section.id, question.id], test);
      const conditional = section.visibleWhen !== null || question.visibleWhen !== null;
      return conditional ? { allOf: [{ $ref: `${root}/$defs/${leaf.answer}` }, given] } : given;
    });
  return (section, question) => {
    const own = question.visibleWhen !== null && !looksAtSubject(question) ? [question.visibleWhen] : [];
    const parts = [...(section.visibleWhen === null ? [] : [section.visibleWhen]), ...own].map(translate);
    return parts.length > 1 ? { allOf: parts } : (parts[0] ?? null);
  };
}

function groupsOf(
  section: FormSection,
  conditionOf: (section: FormSection, question: Question) => JsonSchema | null,
): Group[] {
  const groups = new Map<string, Group>();
  for (const question of section.questions) {
    if (question.kind === 'INFORMATION') continue;
    const condition = conditionOf(section, question);
    const key = JSON.stringify(condition);
    const group = groups.get(key) ?? { section, condition, questions: [] };
    group.questions.push(question);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function looksAtSubject(question: Question): boolean {
  return question.visibleWhen !== null && leavesOf(question.visibleWhen).some((leaf) => 'subjectAnswer' in leaf);
}

/** Which answers a section may hold at all, asked for or not. */
function sectionShape(section: FormSection): JsonSchema {
  const answerable = section.questions.filter((question) => question.kind !== 'INFORMATION');
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      answerable.map(({ id, perSubject }) => [id, perSubject ? { type: ['object', 'null'] } : {}]),
    ),
  };
}

/** What the section's answers must be to the questions of the group. */
function groupSchema({ section, questions }: Group, fewestSubjects: number): JsonSchema {
  const required = questions.filter(
    (question) => question.mandatory && !looksAtSubject(question) && !(question.perSubject && fewestSubjects === 0),
  );
  const answers: JsonSchema = {
    properties: Object.fromEntries(
      questions.map((question) => [question.id, answerSchema(question, required.includes(question), fewestSubjects)]),
    ),
    ...(required.length > 0 && { required: required.map((question) => question.id) }),
  };
  return { ...(required.length > 0 && { required: [section.id] }), properties: { [section.id]: answers } };
}

function answerSchema(question: Question, required: boolean, fewestSubjects: number): JsonSchema {
  const value = valueSchema(question, 'COMPLETE');
  const schema = required ? value : orBlank(value);
  if (!question.perSubject) return schema;
  const each = { type: 'object', additionalProperties: schema };
  return required ? { ...each, minProperties: fewestSubjects } : { ...each, type: ['object', 'null'] };
}

function sectionAndQuestion(form: Unserved, ref: string): [FormSection, Question] {
  const [sectionId, questionId] = ref.split('.');
  const section = form.sections.find((candidate) => candidate.id === sectionId);
  const question = section?.questions.find((candidate) => candidate.id === questionId);
  if (!section || !question) throw new Error(`A condition of ${form.id} looks at ${ref}, which the loader let pass`);
  return [section, question];
}
