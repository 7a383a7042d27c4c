import { isBlank, own } from './answer-value.js';
import type { CompiledForm, CompiledQuestion, Scope } from './compile-form.js';
import type { AccountFacts, Answers, FormSection, SubjectFacts } from './form.js';

/** One place where an answer is asked for: of one subject where the question is perSubject. */
export interface Asked {
  section: FormSection;
  compiled: CompiledQuestion;
  /** Null for a question of the whole form; `'UNNAMED'` for a subject that the form needs and that is not named yet. */
  subject: SubjectFacts | 'UNNAMED' | null;
  /** Undefined where it is not answered: see isBlank. */
  value: unknown;
}

export interface Walk {
  asked: Asked[];
  visibleSections: string[];
}

type Bag = Record<string, Record<string, unknown>>;

/**
 * Goes through the form from front to back and finds what is asked, given these answers. Conditions look only at
 * questions before them (the loader sees to that), and only at answers that were themselves asked for.
 */
export function walkAnswers(
  form: CompiledForm,
  answers: Answers,
  subjects: readonly SubjectFacts[],
  account: AccountFacts,
): Walk {
  const { definition } = form;
  const unnamed = Math.max(0, definition.subjects.min - subjects.length);
  const people = [...subjects, ...Array<'UNNAMED'>(unnamed).fill('UNNAMED')];
  const bags: Bag[] = people.map(() => ({}));
  const nobody: Bag = {};
  const scope: Scope = { answers: {}, subject: nobody, account: { professional: account.professional } };
  const walk: Walk = { asked: [], visibleSections: [] };

  const visit = (section: FormSection, compiled: CompiledQuestion, index: number | null): void => {
    const { question, shown } = compiled;
    const bag = index === null ? scope.answers : bags[index]!;
    scope.subject = index === null ? nobody : bag;
    if (shown !== null && !shown(scope)) return;
    const subject = index === null ? null : people[index]!;
    const given = own(own(answers, section.id), question.id);
    const raw = subject === null ? given : subject === 'UNNAMED' ? undefined : own(given, subject.id);
    const value = isBlank(raw) ? undefined : raw;
    if (value !== undefined) (bag[section.id] ??= {})[question.id] = value;
    walk.asked.push({ section, compiled, subject, value });
  };

  for (const { section, shown, questions } of form.sections.values()) {
    scope.subject = nobody;
    if (shown !== null && !shown(scope)) continue;
    const before = walk.asked.length;
    for (const compiled of questions.values()) {
      if (compiled.question.perSubject) people.forEach((_, index) => visit(section, compiled, index));
      else visit(section, compiled, null);
    }
    const empty = walk.asked.length === before;
    if (!empty || section.id === definition.subjects.section) walk.visibleSections.push(section.id);
  }
  return walk;
}

/** See Form.visible. Answers are the very values given. */
export function visibleAnswers(
  form: CompiledForm,
  answers: Answers,
  subjects: readonly SubjectFacts[],
  account: AccountFacts,
): Answers {
  const kept = new Map<string, Map<string, unknown>>();
  const ofSubjects: { inSection: Map<string, unknown>; questionId: string; entries: [string, unknown][] }[] = [];
  for (const { section, compiled, subject, value } of walkAnswers(form, answers, subjects, account).asked) {
    if (value === undefined || subject === 'UNNAMED') continue;
    const { id: questionId } = compiled.question;
    const inSection = kept.get(section.id) ?? new Map<string, unknown>();
    kept.set(section.id, inSection);
    if (subject === null) {
      inSection.set(questionId, value);
      continue;
    }
    // The walk goes through all subjects of a question before the next one.
    const last = ofSubjects.at(-1);
    if (last?.inSection === inSection && last.questionId === questionId) last.entries.push([subject.id, value]);
    else ofSubjects.push({ inSection, questionId, entries: [[subject.id, value]] });
    inSection.set(questionId, undefined); // keeps the question's place
  }
  // fromEntries defines own members, whatever a caller calls a subject.
  for (const { inSection, questionId, entries } of ofSubjects) inSection.set(questionId, Object.fromEntries(entries));
  return Object.fromEntries([...kept].map(([section, questions]) => [section, Object.fromEntries(questions)]));
}
