import { BLANK, type JsonSchema } from './conditions.js';
import type { Question } from './form.js';

/** COMPLETE: what can be submitted. DRAFT: what can be saved, where anything may still be missing or half typed. */
export type Strictness = 'COMPLETE' | 'DRAFT';

/** A full UK postcode in either case, with or without its space; that it exists is for the address look-up to say. */
const POSTCODE = '^\\s*[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}\\s*$';
const EMAIL = '^[^\\s@"(),:;<>\\[\\]\\\\]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z]{2,63}$';
/** 9 to 15 digits (E.164), spaced as people space them, perhaps with an extension. */
const TELEPHONE = '^\\+?([ ().\\-]*[0-9]){9,15} *((ext|x)\\.? *[0-9]{1,6})?$';
/** Years 1800 to 2199: a date before is a slip of the keyboard. */
const DATE = '^(1[89]|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}$';
const NOT_BLANK = '\\S';
const ONE_LINE = '^[^\\r\\n]*$';

/** Characters in one line of an address or a person's name. */
const LINE = 200;
/** Rows of a TABLE where the form sets no limit. */
const MOST_ROWS = 50;

/** Whether a value counts as not answered: nothing, white space, an empty list, an address with only empty lines. */
export function isBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return Object.values(value).every(isBlankScalar);
  return value === undefined || isBlankScalar(value);
}

function isBlankScalar(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own member: never one that it inherits. */
export function own(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** JSON Schema of one answer that is not blank (of one subject, where the question is perSubject). */
export function valueSchema(question: Question, strictness: Strictness): JsonSchema {
  const complete = strictness === 'COMPLETE';
  switch (question.kind) {
    case 'TEXT':
      return text(
        question.maxLength,
        complete && [ONE_LINE, NOT_BLANK, ...(question.pattern ? [question.pattern] : [])],
      );
    case 'LONG_TEXT':
      return text(question.maxLength, complete && [NOT_BLANK]);
    case 'EMAIL':
      return text(question.maxLength, complete && [EMAIL]);
    case 'TELEPHONE':
      return text(question.maxLength, complete && [TELEPHONE]);
    case 'DATE':
      return complete ? date() : text(LINE, false);
    case 'NUMBER':
      return { type: 'number', ...(complete && bounds('minimum', 'maximum', question.min, question.max)) };
    case 'YES_NO':
      return complete && question.mustBe !== null ? { const: question.mustBe } : { type: 'boolean' };
    case 'CHOICE':
      return { enum: codesOf(question) };
    case 'CHOICES': {
      const codes = codesOf(question);
      // maxItems comes first: comparing the items of an endless list would take for ever.
      const list = { type: 'array', maxItems: codes.length, items: { enum: codes }, uniqueItems: true };
      return complete ? { ...list, minItems: 1 } : list;
    }
    case 'ADDRESS':
      return record(
        { line1: LINE, line2: LINE, town: LINE, county: LINE, uprn: 20 },
        complete && ['line1', 'postcode'],
        {
          postcode: complete ? text(LINE, [POSTCODE]) : { type: ['string', 'null'], maxLength: LINE },
        },
      );
    case 'PERSON':
      return record({ forename: LINE, surname: LINE, relationship: LINE }, complete && ['forename', 'surname'], {
        dateOfBirth: complete ? { anyOf: [date(), BLANK] } : { type: ['string', 'null'], maxLength: LINE },
      });
    case 'TABLE':
      return {
        type: 'array',
        ...bounds(complete ? 'minItems' : null, 'maxItems', question.min, question.max ?? MOST_ROWS),
        items: rowSchema(question.columns ?? [], strictness),
      };
    case 'INFORMATION':
      return { not: {} };
  }
}

/** A schema that lets a blank answer pass as well. */
export function orBlank(schema: JsonSchema): JsonSchema {
  return { anyOf: [BLANK, schema] };
}

function rowSchema(columns: Question[], strictness: Strictness): JsonSchema {
  const mandatory = strictness === 'COMPLETE' ? columns.filter((column) => column.mandatory) : [];
  return {
    type: 'object',
    additionalProperties: false,
    required: mandatory.map((column) => column.id),
    properties: Object.fromEntries(
      columns.map((column) => {
        const schema = valueSchema(column, strictness);
        return [column.id, mandatory.includes(column) ? schema : orBlank(schema)];
      }),
    ),
  };
}

function codesOf(question: Question): string[] {
  return (question.choices ?? []).map((choice) => choice.code);
}

function text(maxLength: number | null, patterns: string[] | false): JsonSchema {
  const [first, ...others] = patterns || [];
  return {
    type: 'string',
    ...(maxLength !== null && { maxLength }),
    ...(first !== undefined && { pattern: first }),
    ...(others.length > 0 && { allOf: others.map((pattern) => ({ pattern })) }),
  };
}

function date(): JsonSchema {
  return { type: 'string', pattern: DATE, format: 'date' };
}

function bounds(least: string | null, most: string, min: number | null, max: number | null): JsonSchema {
  return { ...(least !== null && min !== null && { [least]: min }), ...(max !== null && { [most]: max }) };
}

/** An object of short texts (member to longest), of which `required` must say something. */
function record(members: Record<string, number>, required: string[] | false, others: JsonSchema): JsonSchema {
  const properties = Object.entries(members).map(([member, maxLength]) => [
    member,
    required && required.includes(member) ? text(maxLength, [NOT_BLANK]) : { type: ['string', 'null'], maxLength },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required && { required }),
    properties: { ...(Object.fromEntries(properties) as JsonSchema), ...others },
  };
}
