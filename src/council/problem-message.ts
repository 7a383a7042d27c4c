import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Choice, ProblemKind, Question } from './form.js';

const KIND_OF_KEYWORD: Record<string, ProblemKind> = {
  required: 'MISSING',
  additionalProperties: 'UNKNOWN',
  type: 'WRONG_TYPE',
  uniqueItems: 'WRONG_TYPE',
  maxLength: 'TOO_LONG',
  enum: 'UNKNOWN_CHOICE',
  const: 'NOT_ACCEPTED',
  pattern: 'INVALID_FORMAT',
  format: 'INVALID_FORMAT',
  minimum: 'OUT_OF_RANGE',
  maximum: 'OUT_OF_RANGE',
  minItems: 'TOO_FEW',
  maxItems: 'TOO_MANY',
};

const MEMBER_LABELS: Record<string, string> = {
  line1: 'first line',
  line2: 'second line',
  town: 'town or city',
  county: 'county',
  postcode: 'postcode',
  uprn: 'UPRN',
  forename: 'forename',
  surname: 'surname',
  dateOfBirth: 'date of birth',
  relationship: 'relationship',
};

const TYPE_WORDS: Record<string, string> = {
  NUMBER: 'a number',
  YES_NO: 'yes or no (true or false)',
  CHOICES: 'a list of choices, each once',
  ADDRESS: 'an address',
  PERSON: 'a person',
  TABLE: 'a list of rows',
};

/** Choices named in a message; a longer list would bury the sentence. */
const MOST_CHOICES_NAMED = 8;

/** What to do about a mandatory question that has no answer. `of` says whose answer, and is empty or begins with a space. */
export function missingMessage(question: Question, of: string): string {
  const name = `“${question.label}”`;
  switch (question.kind) {
    case 'YES_NO':
      return `Answer yes or no to ${name}${of}.`;
    case 'CHOICE':
      return `Choose one of the answers to ${name}${of}.`;
    case 'CHOICES':
      return `Choose at least one of the answers to ${name}${of}.`;
    case 'TABLE':
      return `Add at least one row to ${name}${of}.`;
    case 'ADDRESS':
      return `Find or enter the address, with its postcode, for ${name}${of}.`;
    case 'DATE':
      return `Enter the date for ${name}${of}.`;
    default:
      return `${question.label.endsWith('?') ? 'Answer' : 'Enter'} ${name}${of}.`;
  }
}

/** What is wrong with an answer that its question's schema refuses, and how to put it right. */
export function invalidProblem(
  question: Question,
  error: ErrorObject,
  of: string,
): { code: ProblemKind; message: string } {
  const params = error.params as Record<string, unknown>;
  const member = memberOf(error, params);
  const code = codeOf(question, error, member);
  return { code, message: invalidMessage(question, code, member, params, of) };
}

function codeOf(question: Question, error: ErrorObject, member: string | null): ProblemKind {
  const code = KIND_OF_KEYWORD[error.keyword] ?? 'WRONG_TYPE';
  const emptyMember =
    code === 'INVALID_FORMAT' && (member === 'line1' || member === 'forename' || member === 'surname');
  if (emptyMember) return 'MISSING'; // the only pattern these have is that they say something
  return code === 'UNKNOWN_CHOICE' && question.choices === null ? 'WRONG_TYPE' : code;
}

/** The part of an ADDRESS or PERSON that is at fault, or null for the answer as a whole. */
function memberOf(error: ErrorObject, params: Record<string, unknown>): string | null {
  if (typeof params.missingProperty === 'string') return params.missingProperty;
  const [, part] = error.instancePath.split('/');
  return part !== undefined && Object.hasOwn(MEMBER_LABELS, part) ? part : null;
}

function invalidMessage(
  question: Question,
  code: ProblemKind,
  member: string | null,
  params: Record<string, unknown>,
  of: string,
): string {
  const part = member === null ? '' : `the ${MEMBER_LABELS[member] ?? member} of `;
  const name = `${part}“${question.label}”${of}`;
  switch (code) {
    case 'MISSING':
      return `Enter ${name}.`;
    case 'UNKNOWN':
      return `${name} has no part called “${String(params.additionalProperty)}”.`;
    case 'TOO_LONG':
      return `Shorten ${name} to at most ${String(params.limit)} characters.`;
    case 'UNKNOWN_CHOICE':
      return `Choose one of the answers offered to ${name}${choicesText(question.choices ?? [])}.`;
    case 'OUT_OF_RANGE':
      return `Enter a number ${rangeText(question)} for ${name}.`;
    case 'TOO_FEW':
      return `Add rows to ${name}: at least ${question.min ?? 1}.`;
    case 'TOO_MANY':
      if (question.kind === 'CHOICES') return `Choose each of the answers to ${name} once at most.`;
      return `Remove rows from ${name}: at most ${String(params.limit)}.`;
    case 'NOT_ACCEPTED':
      return question.otherwise ?? `This form can only be sent with ${question.mustBe ? 'yes' : 'no'} to ${name}.`;
    case 'INVALID_FORMAT':
      return formatMessage(question, member, name);
    case 'WRONG_TYPE':
      return `Give ${(member === null && TYPE_WORDS[question.kind]) || 'text'} for ${name}.`;
  }
}

function formatMessage(question: Question, member: string | null, name: string): string {
  if (member === 'postcode') return `Enter a full UK postcode, such as PR1 8XJ, for ${name}.`;
  if (member === 'dateOfBirth' || question.kind === 'DATE') {
    return `Enter a date of the calendar as year-month-day, such as 2014-03-09, for ${name}.`;
  }
  if (question.kind === 'EMAIL') return `Enter an email address, such as name@example.org, for ${name}.`;
  if (question.kind === 'TELEPHONE') {
    return `Enter a telephone number with its area code, such as 01772 536000, for ${name}.`;
  }
  return `Enter ${name} on one line${question.pattern === null ? '' : `, ${question.hint ?? 'in the form asked for'}`}.`;
}

function choicesText(choices: Choice[]): string {
  if (choices.length === 0 || choices.length > MOST_CHOICES_NAMED) return '';
  return `: ${choices.map((choice) => choice.label).join(', ')}`;
}

function rangeText({ min, max }: Question): string {
  if (min !== null && max !== null) return `from ${min} to ${max}`;
  return min !== null ? `of ${min} or more` : `of ${max ?? 0} or less`;
}
