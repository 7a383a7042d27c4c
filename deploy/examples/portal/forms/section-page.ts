import { isDeepStrictEqual } from 'node:util';
import { isBlank } from '../assets/conditions.js';
import type { AnswerProblem, Answers, Form, Question, Section, Subject } from '../types.js';
import { Asked, type Filled } from './asked.js';
import { control, type Control, type Extras } from './control.js';
import type { Fields } from './fields.js';
import { readAnswer } from './read-answer.js';

/** One question as a page shows it: asked or, hidden, ready to be asked when the answers before it say so. */
export interface Item {
  name: string;
  asked: boolean;
  /** The condition over names of controls on this page, for the browser; empty where nothing here decides. */
  condition: string;
  /** Names for whom the answer is, where it is not for everybody on this page. */
  whose: string;
  control: Control;
  buttons: { text: string; value: string; about: string }[];
}

/** For whom a control is: everybody (no subject), all subjects at once, or one of them. */
interface Place {
  name: string;
  subjects: Subject[] | null;
}

const nameOf = ({ id }: Question, whose = '') => (whose ? `q-${id}-${whose}` : `q-${id}`);
const fullName = ({ forename, surname }: Subject) => `${forename} ${surname}`.trim();

/** A section of a form as a page: its controls, and the answers that come back from them. */
export class SectionPage {
  private readonly asked: Asked;
  /** Questions whose subjects are answered for one by one. */
  private readonly apart: Set<string>;

  constructor(
    private readonly filled: Filled,
    private readonly section: Section,
    /** Names of controls on the page that was sent; undefined where the page is new. */
    sent?: ReadonlySet<string>,
    changed: { split?: string; join?: string } = {},
  ) {
    this.asked = new Asked(filled);
    const apart = section.questions.filter((question) => question.perSubject && this.isApart(question, sent));
    this.apart = new Set(apart.map(({ id }) => id));
    if (changed.split) this.apart.add(changed.split);
    if (changed.join) this.apart.delete(changed.join);
  }

  private isApart(question: Question, sent?: ReadonlySet<string>): boolean {
    const { subjects } = this.filled;
    if (subjects.length < 2) return false;
    if (sent?.has(nameOf(question, 'all'))) return false;
    if (sent && subjects.some(({ id }) => sent.has(nameOf(question, id)))) return true;
    const given = (this.answers()[question.id] ?? {}) as Record<string, unknown>;
    return subjects.some(({ id }) => !isDeepStrictEqual(given[id] ?? null, given[subjects[0]!.id] ?? null));
  }

  private answers(): Record<string, unknown> {
    return this.filled.answers[this.section.id] ?? {};
  }

  private places(question: Question): Place[] {
    const { subjects } = this.filled;
    if (!question.perSubject) return [{ name: nameOf(question), subjects: null }];
    if (subjects.length < 2 || this.apart.has(question.id)) {
      return subjects.map((subject) => ({ name: nameOf(question, subject.id), subjects: [subject] }));
    }
    return [{ name: nameOf(question, 'all'), subjects }];
  }

  /** Every control there may be on this page. */
  items(extras: Extras): Item[] {
    return this.section.questions.flatMap((question) =>
      this.places(question).map((place, nth) => this.item(question, place, nth === 0, extras)),
    );
  }

  private item(question: Question, { name, subjects }: Place, first: boolean, extras: Extras): Item {
    const all = this.filled.subjects;
    const value = this.valueAt(question, subjects);
    const asked = this.isAsked(question, subjects);
    const several = all.length > 1 && subjects !== null;
    const buttons = [];
    if (several && first && question.kind !== 'INFORMATION') {
      const apart = this.apart.has(question.id);
      buttons.push(
        apart
          ? { text: 'Give one answer for all', value: `join:${question.id}`, about: question.label }
          : { text: 'Answer separately for each', value: `split:${question.id}`, about: question.label },
      );
    }
    const whose = several ? (subjects.length > 1 ? this.everybody(question) : fullName(subjects[0]!)) : '';
    const labelled = whose ? { ...question, label: `${question.label} – ${whose}` } : question;
    const condition = this.condition(question, subjects);
    return { name, asked, condition, whose, control: control(labelled, name, value, extras), buttons };
  }

  /** The names of all whom it is asked about. */
  private everybody(question: Question): string {
    const named = this.filled.subjects.filter(({ id }) => this.asked.question(this.section, question, id));
    return (named.length > 0 ? named : this.filled.subjects).map(fullName).join(', ');
  }

  private valueAt(question: Question, subjects: Subject[] | null): unknown {
    const given = this.answers()[question.id];
    if (!subjects) return given;
    const values = subjects.map(({ id }) => (given as Record<string, unknown> | undefined)?.[id]);
    return values.find((value) => !isBlank(value));
  }

  private isAsked(question: Question, subjects: Subject[] | null): boolean {
    return subjects
      ? subjects.some(({ id }) => this.asked.question(this.section, question, id))
      : this.asked.question(this.section, question);
  }

  /** The condition as far as this page decides it, over the names of its controls; the rest is as it stands. */
  private condition(question: Question, subjects: Subject[] | null): string {
    if (!question.visibleWhen) return '';
    let here = false;
    const over = (subjectId: string) =>
      this.asked.partly(question.visibleWhen, subjectId, ({ answer, subjectAnswer, ...test }) => {
        const [sectionId, questionId] = (answer ?? subjectAnswer ?? '').split('.');
        const other = this.section.questions.find(({ id }) => id === questionId);
        if (sectionId !== this.section.id || !other) return undefined;
        here = true;
        const place = this.places(other).find((one) => one.subjects?.some(({ id }) => id === subjectId));
        const name = subjectAnswer ? (place?.name ?? nameOf(other)) : nameOf(other);
        return { ...test, name, kind: other.kind };
      });
    const condition = subjects ? { any: subjects.map(({ id }) => over(id)) } : over('');
    return here ? JSON.stringify(condition) : '';
  }

  /** What the page that was sent changes: a merge patch of this section's answers. Only what it asked is read. */
  patch(fields: Fields, sent: ReadonlySet<string>): Answers {
    const patch: Record<string, unknown> = {};
    for (const question of this.section.questions) {
      for (const { name, subjects } of this.places(question)) {
        if (!sent.has(name) || question.kind === 'INFORMATION') continue;
        const answer = readAnswer(question, name, fields);
        if (!subjects) patch[question.id] = answer;
        else patch[question.id] = { ...(patch[question.id] as object), ...sameFor(subjects, answer) };
      }
    }
    return { [this.section.id]: patch };
  }

  /** The name of the control that a problem is about. */
  nameOf({ questionId, subjectId, row }: AnswerProblem): string {
    const question = this.section.questions.find(({ id }) => id === questionId);
    if (!question) return questionId;
    const place = this.places(question).find(
      ({ subjects }) => !subjectId || subjects?.some(({ id }) => id === subjectId),
    );
    const name = place?.name ?? nameOf(question);
    return row === null ? name : `${name}-${row}`;
  }
}

function sameFor(subjects: Subject[], answer: unknown): object {
  return Object.fromEntries(subjects.map(({ id }) => [id, answer]));
}

export function sectionOf(form: Form, id: string): Section | undefined {
  return form.sections.find((section) => section.id === id);
}
