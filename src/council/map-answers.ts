import { isRecord } from './answer-value.js';
import type { AccountFacts, Answers, Form, Question } from './form.js';

interface Place {
  sectionId: string;
  question: Question;
}
/** What of an answer fits elsewhere, and whether that is all of it. */
interface Moved {
  value: unknown;
  whole: boolean;
}

/**
 * The answers of one form that have a place in another, on top of what the account prefills there. A question's place
 * is the one of the same section and id; or else the only one of its id, or of its label, with the same kind, that the
 * first form does not have itself. `unmapped` names, as sectionId.questionId, what has no place, or not all of it.
 */
export function mapAnswers(
  from: Form,
  to: Form,
  answers: Answers,
  account: AccountFacts,
  subjects: readonly { id: string }[],
): { answers: Answers; unmapped: string[] } {
  const mapped: Answers = { ...to.prefill(account) };
  const unmapped: string[] = [];
  const places = placesOf(to);
  const own = new Set(placesOf(from).map(refOf));
  const foreign = places.filter((place) => !own.has(refOf(place)));
  const taken = new Set<string>();
  for (const source of placesOf(from)) {
    const answer = answers[source.sectionId]?.[source.question.id];
    if (answer === undefined) continue;
    const target = places.find((place) => refOf(place) === refOf(source)) ?? elsewhere(source, foreign);
    const moved = target && !taken.has(refOf(target)) && move(source.question, target.question, answer, subjects);
    const fits = moved && to.refuse({ [target.sectionId]: { [target.question.id]: moved.value } }).length === 0;
    if (fits) {
      mapped[target.sectionId] = { ...mapped[target.sectionId], [target.question.id]: moved.value };
      taken.add(refOf(target));
    }
    if (!fits || !moved.whole) unmapped.push(refOf(source));
  }
  return { answers: mapped, unmapped };
}

function placesOf({ definition }: Form): Place[] {
  return definition.sections.flatMap(({ id: sectionId, questions }) =>
    questions.filter(({ kind }) => kind !== 'INFORMATION').map((question) => ({ sectionId, question })),
  );
}

function refOf({ sectionId, question }: Place): string {
  return `${sectionId}.${question.id}`;
}

/** Two that would do are none: an answer in the wrong place is worse than one to be given again. */
function elsewhere({ question }: Place, places: readonly Place[]): Place | undefined {
  const alike = places.filter(
    (place) => place.question.kind === question.kind && place.question.perSubject === question.perSubject,
  );
  const label = (text: string) => text.trim().toLowerCase();
  const named = alike.filter((place) => place.question.id === question.id);
  const labelled = alike.filter((place) => label(place.question.label) === label(question.label));
  return [named, labelled].find((found) => found.length === 1)?.[0];
}

/** An answer of all is everybody's; one that all subjects share is the answer of all. */
function move(from: Question, to: Question, answer: unknown, subjects: readonly { id: string }[]): Moved | undefined {
  if (!from.perSubject && !to.perSubject) return moveValue(from, to, answer);
  const given: [string, unknown][] = from.perSubject
    ? Object.entries(isRecord(answer) ? answer : {})
    : subjects.map(({ id }) => [id, answer]);
  const moved = given.map(([id, value]) => [id, moveValue(from, to, value)] as const);
  const kept = moved.flatMap(([id, one]): [string, Moved][] => (one ? [[id, one]] : []));
  const whole = kept.length === given.length && kept.every(([, one]) => one.whole);
  if (kept.length === 0) return undefined;
  if (to.perSubject) return { value: Object.fromEntries(kept.map(([id, { value }]) => [id, value])), whole };
  const shared = new Set(kept.map(([, { value }]) => JSON.stringify(value))).size === 1;
  return shared && kept.length === subjects.length ? { value: kept[0]![1].value, whole } : undefined;
}

const WRITTEN = new Set(['TEXT', 'LONG_TEXT', 'DATE', 'EMAIL', 'TELEPHONE']);

function moveValue(from: Question, to: Question, value: unknown): Moved | undefined {
  const codes = (to.choices ?? []).map(({ code }) => code);
  const given: unknown[] = Array.isArray(value) ? value : [value];
  const chosen = from.kind === 'CHOICE' || from.kind === 'CHOICES';
  if (chosen && (to.kind === 'CHOICE' || to.kind === 'CHOICES')) {
    const kept = given.filter((code) => codes.includes(code as string));
    if (kept.length === 0 || (to.kind === 'CHOICE' && given.length > 1)) return undefined;
    return { value: to.kind === 'CHOICE' ? kept[0] : kept, whole: kept.length === given.length };
  }
  if (from.kind === 'TABLE' && to.kind === 'TABLE') return moveRows(from, to, given);
  const asText = WRITTEN.has(from.kind) && (to.kind === 'TEXT' || to.kind === 'LONG_TEXT');
  return from.kind === to.kind || asText ? { value, whole: true } : undefined;
}

/** Rows keep the columns that both tables have. */
function moveRows(from: Question, to: Question, rows: unknown[]): Moved | undefined {
  let whole = true;
  const moved = rows.map((row) => {
    const cells = Object.entries(isRecord(row) ? row : {}).flatMap(([id, cell]): [string, unknown][] => {
      const [before, after] = [from, to].map(({ columns }) => columns?.find((column) => column.id === id));
      const kept = before && after && moveValue(before, after, cell);
      if (!kept?.whole) whole = false;
      return kept ? [[id, kept.value]] : [];
    });
    return Object.fromEntries(cells);
  });
  const value = moved.filter((row) => Object.keys(row).length > 0);
  return value.length > 0 ? { value, whole } : undefined;
}
