import type { FormDefinition, FormSource, Question, QuestionKind, QuestionSource } from './form.js';

/** Longest answers in characters where a form says nothing; 254 is the longest email address (RFC 5321). */
const DEFAULT_MAX_LENGTH: Partial<Record<QuestionKind, number>> = {
  TEXT: 200,
  LONG_TEXT: 10_000,
  EMAIL: 254,
  TELEPHONE: 30,
};

/** At most 20 subjects, unless the form says otherwise. */
const DEFAULT_SUBJECTS = { min: 1, max: 20 };

/** A form as its file states it, with every default filled in. */
export function readForm(source: FormSource): Omit<FormDefinition, 'answersSchema'> {
  return {
    id: source.id,
    version: source.version,
    title: source.title,
    description: source.description,
    notice: source.notice ?? null,
    retiredOn: source.retiredOn ?? null,
    retentionDays: source.retentionDays ?? null,
    inactivityMinutes: source.inactivityMinutes ?? null,
    freshLogIn: source.freshLogIn ?? false,
    professionalsOnly: source.professionalsOnly ?? false,
    subjects: { ...DEFAULT_SUBJECTS, ...source.subjects },
    sections: source.sections.map((section, index) => ({
      id: section.id,
      number: index + 1,
      title: section.title,
      guidance: section.guidance ?? null,
      visibleWhen: section.visibleWhen ?? null,
      questions: section.questions.map(readQuestion),
    })),
  };
}

function readQuestion(source: QuestionSource): Question {
  const { choices } = source;
  return {
    id: source.id,
    label: source.label,
    hint: source.hint ?? null,
    kind: source.kind,
    mandatory: source.mandatory ?? false,
    perSubject: source.perSubject ?? false,
    maxLength: source.maxLength ?? DEFAULT_MAX_LENGTH[source.kind] ?? null,
    pattern: source.pattern ?? null,
    min: source.min ?? null,
    max: source.max ?? null,
    mustBe: source.mustBe ?? null,
    otherwise: source.otherwise ?? null,
    choices: choices ? Object.entries(choices).map(([code, label]) => ({ code, label })) : null,
    columns: source.columns?.map(readQuestion) ?? null,
    visibleWhen: source.visibleWhen ?? null,
    prefilledFrom: source.prefilledFrom ?? null,
    example: source.example ?? null,
  };
}
