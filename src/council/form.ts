import type { Person } from '../core/person.js';
import type { Condition, JsonSchema } from './conditions.js';

/** The kinds of the API's QuestionKind, which says what an answer of each looks like in JSON. */
export type QuestionKind =
  | 'TEXT'
  | 'LONG_TEXT'
  | 'DATE'
  | 'NUMBER'
  | 'YES_NO'
  | 'CHOICE'
  | 'CHOICES'
  | 'PERSON'
  | 'ADDRESS'
  | 'EMAIL'
  | 'TELEPHONE'
  | 'TABLE'
  | 'INFORMATION';

export type AccountPart =
  'forename' | 'surname' | 'name' | 'email' | 'telephone' | 'address' | 'organisation' | 'jobTitle' | 'professional';

export interface Choice {
  code: string;
  label: string;
}

/** The API's Question, and beside it what a front end can use to help: pattern, min, max, mustBe, otherwise, example. */
export interface Question {
  id: string;
  label: string;
  hint: string | null;
  kind: QuestionKind;
  /** Mandatory while it is asked: a question that is not visible is never missing. */
  mandatory: boolean;
  perSubject: boolean;
  /** Characters (code points). */
  maxLength: number | null;
  /** A regular expression (ECMAScript, unicode) that a TEXT answer matches. */
  pattern: string | null;
  /** The least NUMBER, or the fewest rows of a TABLE. */
  min: number | null;
  max: number | null;
  /** The only answer to a YES_NO with which the form can be sent, and what to say to the other one. */
  mustBe: boolean | null;
  otherwise: string | null;
  choices: Choice[] | null;
  columns: Question[] | null;
  visibleWhen: Condition | null;
  prefilledFrom: AccountPart | null;
  /** A plausible answer: for samples and demonstrations. */
  example: unknown;
}

export interface FormSection {
  id: string;
  /** From 1, in the order of the form. */
  number: number;
  title: string;
  guidance: string | null;
  visibleWhen: Condition | null;
  questions: Question[];
}

export interface SubjectRule {
  min: number;
  max: number;
  /** What one subject is called: "child or young person". */
  label: string;
  /** The section in which the subjects are named. */
  section: string;
}

export interface FormSummary {
  id: string;
  version: number;
  title: string;
  description: string;
  notice: string | null;
}

/** The API's FormDefinition, with the summary's notice, the rule for subjects and who may use the form beside it. */
export interface FormDefinition extends FormSummary {
  /** Days for which its referrals are kept after the last response, where other than the council's. */
  retentionDays: number | null;
  /** The day (YYYY-MM-DD) from which a newer version is offered in its place; null for the newest. */
  retiredOn: string | null;
  inactivityMinutes: number | null;
  freshLogIn: boolean;
  professionalsOnly: boolean;
  subjects: SubjectRule;
  sections: FormSection[];
  answersSchema: JsonSchema;
}

/** Answers by section and question; a perSubject question's answers are {questionId: {subjectId: answer}}. */
export interface Answers {
  [sectionId: string]: { [questionId: string]: unknown };
}

export interface SubjectFacts {
  id: string;
  forename: string;
  surname: string;
  dateOfBirth?: string | null;
}

/** What a form may know of the account that fills it in. */
export type AccountFacts = Person;

export type ProblemKind =
  /** A mandatory answer, or a part of one, is not there. */
  | 'MISSING'
  /** No such section, question, column or part of an answer. */
  | 'UNKNOWN'
  | 'WRONG_TYPE'
  | 'TOO_LONG'
  | 'UNKNOWN_CHOICE'
  /** Not a date, postcode, email address, telephone number, or not in the question's pattern. */
  | 'INVALID_FORMAT'
  | 'OUT_OF_RANGE'
  | 'TOO_FEW'
  | 'TOO_MANY'
  /** The one answer with which the form cannot be sent. */
  | 'NOT_ACCEPTED';

export interface AnswerProblem {
  sectionId: string;
  questionId: string;
  subjectId: string | null;
  /** Of a TABLE, from 0. */
  row: number | null;
  code: ProblemKind;
  /** A sentence for the person who fills in the form. */
  message: string;
}

export interface AnswerCheck {
  complete: boolean;
  /** Mandatory questions now visible and validly answered, of those visible; whole percent, rounded down. */
  percentComplete: number;
  problems: AnswerProblem[];
  visibleSections: string[];
}

export interface Form extends FormSummary {
  retentionDays: number | null;
  retiredOn: string | null;
  inactivityMinutes: number | null;
  freshLogIn: boolean;
  professionalsOnly: boolean;
  subjects: SubjectRule;
  /** Ready to serve; shared, so never to be changed. */
  definition: FormDefinition;
  /** Completeness and validity: one problem for each answer missing or invalid. Answers not asked for are ignored. */
  check(answers: Answers, subjects: readonly SubjectFacts[], account: AccountFacts): AnswerCheck;
  /** What makes answers unfit to be kept even in a draft: unknown names, wrong types, over-long, unknown choices. */
  refuse(answers: unknown): AnswerProblem[];
  /** Only what is asked now and answered, and only of these subjects: what is kept at submission. */
  visible(answers: Answers, subjects: readonly SubjectFacts[], account: AccountFacts): Answers;
  /** The answers that a form of this account begins with. */
  prefill(account: AccountFacts): Answers;
  /** The question's label; the id itself for a question that this form does not have. */
  questionLabel(sectionId: string, questionId: string): string;
}

/** How a form's file states a question: what is left out takes the default in read-form.ts. */
export interface QuestionSource extends Partial<Omit<Question, 'choices' | 'columns'>> {
  id: string;
  label: string;
  kind: QuestionKind;
  /** Code to label, in order. */
  choices?: Record<string, string>;
  columns?: QuestionSource[];
}

export interface FormSource extends Partial<Omit<FormDefinition, 'sections' | 'subjects' | 'answersSchema'>> {
  id: string;
  version: number;
  title: string;
  description: string;
  subjects: Partial<SubjectRule> & { label: string; section: string };
  sections: {
    id: string;
    title: string;
    guidance?: string;
    visibleWhen?: Condition;
    questions: QuestionSource[];
  }[];
}
