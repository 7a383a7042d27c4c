import { canonicalJson } from '../core/canonical-json.js';
import type { Form } from '../council/form.js';
import type { SubmittedVersion } from './referral.view.js';

/** The contract's AnswerChange: before and after are {value}, or null where there was no answer. */
export interface AnswerChange {
  sectionId: string;
  questionId: string;
  subjectId: string | null;
  label: string;
  before: { value: unknown } | null;
  after: { value: unknown } | null;
}

/** What changed from one version to another, in the order of the newer one's form; what only the older has comes last. */
export function answerChanges(
  from: SubmittedVersion,
  to: SubmittedVersion,
  fromForm: Form,
  toForm: Form,
): AnswerChange[] {
  const places = new Map<string, Place>();
  for (const form of [toForm, fromForm]) {
    for (const { id: sectionId, questions } of form.definition.sections) {
      for (const { id: questionId, perSubject, label } of questions) {
        for (const subjectId of perSubject ? subjectIds(from, to) : [null]) {
          const key = JSON.stringify([sectionId, questionId, subjectId]);
          if (!places.has(key)) places.set(key, { sectionId, questionId, subjectId, label });
        }
      }
    }
  }
  return [...places.values()].flatMap((place) => {
    const before = answerAt(from, place);
    const after = answerAt(to, place);
    return canonicalJson(before) === canonicalJson(after) ? [] : [{ ...place, before, after }];
  });
}

/** What differs between two lists of things with ids: left out, added or changed, in the order of the newer list. */
export function listChanges<T extends { id: string }>(
  from: readonly T[],
  to: readonly T[],
): { id: string; before: T | null; after: T | null }[] {
  const ids = [...new Set([...to, ...from].map(({ id }) => id))];
  const find = (list: readonly T[], id: string) => list.find((one) => one.id === id) ?? null;
  return ids
    .map((id) => ({ id, before: find(from, id), after: find(to, id) }))
    .filter(({ before, after }) => canonicalJson(before) !== canonicalJson(after));
}

type Place = Pick<AnswerChange, 'sectionId' | 'questionId' | 'subjectId' | 'label'>;

function subjectIds(...versions: SubmittedVersion[]): string[] {
  return [...new Set(versions.flatMap(({ subjects }) => subjects.map(({ id }) => id)))];
}

function answerAt(
  { answers }: SubmittedVersion,
  { sectionId, questionId, subjectId }: Place,
): { value: unknown } | null {
  const answer = answers[sectionId]?.[questionId];
  const value = subjectId === null ? answer : (answer as Record<string, unknown> | undefined)?.[subjectId];
  return value === undefined ? null : { value };
}
