/**
 * Conditions under which a section or question is asked, as forms state them in `visibleWhen`, and their one
 * translation into JSON Schema 2020-12. ajv runs that schema when answers are checked, and the very same tests stand
 * in the answersSchema that is served, so there is no second reading of a condition to keep in step.
 */
export type JsonSchema = { [keyword: string]: unknown };
export type Scalar = string | number | boolean;

/** What an answer must be. An unanswered question passes only `answered: false`. */
export type AnswerTest = { is: Scalar } | { in: Scalar[] } | { includes: string } | { answered: boolean };

/** One fact that a condition looks at; answers are named `sectionId.questionId`. */
export type Leaf =
  | ({ answer: string } & AnswerTest)
  /** Only in a perSubject question: the answer given for the same subject. */
  | ({ subjectAnswer: string } & AnswerTest)
  | { account: 'professional'; is: boolean };

export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Leaf;

/** Passes whatever counts as answered: see isBlank in answer-value.ts, which says the same of a value at hand. */
export const BLANK: JsonSchema = {
  anyOf: [
    { type: 'null' },
    { type: 'string', pattern: '^\\s*$' },
    { type: 'array', maxItems: 0 },
    {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'null' }, { type: 'string', pattern: '^\\s*$' }] },
    },
  ],
};

/** A schema that passes where the instance has, at the path, something that passes `schema`. */
export function at(path: string[], schema: JsonSchema): JsonSchema {
  return path.reduceRight<JsonSchema>(
    (inner, key) => ({ type: 'object', required: [key], properties: { [key]: inner } }),
    schema,
  );
}

/** The condition as a JSON Schema; `place` puts the test of one fact where the instance at hand keeps that fact. */
export function conditionSchema(condition: Condition, place: (leaf: Leaf, test: JsonSchema) => JsonSchema): JsonSchema {
  if ('all' in condition) return { allOf: condition.all.map((part) => conditionSchema(part, place)) };
  if ('any' in condition) return { anyOf: condition.any.map((part) => conditionSchema(part, place)) };
  if ('not' in condition) return { not: conditionSchema(condition.not, place) };
  if ('includes' in condition) return place(condition, { type: 'array', contains: { const: condition.includes } });
  if ('in' in condition) return place(condition, { enum: condition.in });
  if ('is' in condition) return place(condition, { const: condition.is });
  const answered = place(condition, { not: BLANK });
  return condition.answered ? answered : { not: answered };
}

/** Every fact that the condition looks at. */
export function leavesOf(condition: Condition): Leaf[] {
  if ('all' in condition) return condition.all.flatMap(leavesOf);
  if ('any' in condition) return condition.any.flatMap(leavesOf);
  if ('not' in condition) return leavesOf(condition.not);
  return [condition];
}
