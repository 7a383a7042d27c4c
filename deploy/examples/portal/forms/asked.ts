import { holds, passes } from '../assets/conditions.js';
import type { Answers, Condition, Form, Question, Section, Subject } from '../types.js';

/** What decides which questions are asked: the form, what is answered, about whom, and by whom. */
export interface Filled {
  form: Form;
  answers: Answers;
  subjects: Subject[];
  professional: boolean;
}

interface Leaf {
  answer?: string;
  subjectAnswer?: string;
  account?: 'professional';
  is?: unknown;
}

/** The subject of whom a question is not asked: one that is asked once for all. */
const NOBODY = '';

/** Tells whether a question is asked, of a subject where it is perSubject: walks the conditions back to the start. */
export class Asked {
  private readonly known = new Map<string, boolean>();

  constructor(private readonly filled: Filled) {}

  /** Whether it is asked at all: of any subject, where it is perSubject. */
  somebody(section: Section, question: Question): boolean {
    return question.perSubject
      ? this.filled.subjects.some(({ id }) => this.question(section, question, id))
      : this.question(section, question);
  }

  question(section: Section, question: Question, subjectId = NOBODY): boolean {
    const key = `${section.id}.${question.id}.${subjectId}`;
    let asked = this.known.get(key);
    if (asked === undefined) {
      asked =
        holds(section.visibleWhen, (leaf) => this.leaf(leaf, NOBODY)) &&
        holds(question.visibleWhen, (leaf) => this.leaf(leaf, subjectId));
      this.known.set(key, asked);
    }
    return asked;
  }

  /** The condition with every fact that `rewrite` does not take over replaced by how it stands. */
  partly(condition: Condition | null, subjectId: string, rewrite: (leaf: Leaf) => object | undefined): object {
    const part = condition as { all?: Condition[]; any?: Condition[]; not?: Condition } | null;
    if (!part) return { constant: true };
    if (part.all) return { all: part.all.map((inner) => this.partly(inner, subjectId, rewrite)) };
    if (part.any) return { any: part.any.map((inner) => this.partly(inner, subjectId, rewrite)) };
    if (part.not) return { not: this.partly(part.not, subjectId, rewrite) };
    return rewrite(part as Leaf) ?? { constant: this.leaf(part as Leaf, subjectId) };
  }

  private leaf(leaf: Leaf, subjectId: string): boolean {
    if (leaf.account) return this.filled.professional === leaf.is;
    const [sectionId = '', questionId = ''] = (leaf.subjectAnswer ?? leaf.answer ?? '').split('.');
    const section = this.filled.form.sections.find(({ id }) => id === sectionId);
    const question = section?.questions.find(({ id }) => id === questionId);
    if (!section || !question) return false;
    const whose = leaf.subjectAnswer ? subjectId : NOBODY;
    const given = this.filled.answers[sectionId]?.[questionId];
    const value = whose === NOBODY ? given : (given as Record<string, unknown> | undefined)?.[whose];
    // What is itself not asked counts as not answered, whatever was answered before.
    return passes(leaf, this.question(section, question, whose) ? value : undefined);
  }
}
