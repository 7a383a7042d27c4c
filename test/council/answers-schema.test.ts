import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import type { AnswerProblem, Answers } from '../../src/council/form.js';
import { sampleAnswers } from '../../src/council/sample-answers.js';
import { catalogue, ISLA, NOAH, PARENT, PROFESSIONAL } from './support.js';
import { runs } from '../support/runs.js';

/** As a front end would have it: the schema and nothing else of ours. */
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
ajv.addFormat('date', fullFormats.date);

type Path = string[];
type Bag = Record<string, unknown>;
interface Mutation {
  /** Which part of the answers, of all there are: 0 to 9,999. */
  where: number;
  /** What is put there; undefined removes it. */
  what: unknown;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.integer({ min: 0, max: 9_999 }),
  what: fc.oneof(
    fc.constantFrom<unknown>(
      undefined,
      null,
      '',
      '  ',
      [],
      {},
      true,
      false,
      0,
      5000,
      'no-such-choice',
      '2026-02-30',
      'x'.repeat(20_001),
      ['other'],
    ),
    fc.constantFrom<unknown>('A few words', 'Some more words', 'Yes', 3, '2026-01-15', ['none']),
    fc.constantFrom<unknown>(
      'other',
      'nspcc',
      'refused',
      'not-obtained',
      'today',
      'representative',
      'best-interests',
      'suspected',
      'family',
      'standard',
    ),
  ),
});

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function mutated(answers: Answers, { where, what }: Mutation): Answers {
  const copy = structuredClone(answers);
  const paths = pathsOf(copy).filter((path) => path.length > 1);
  const path = paths[Math.floor((where / 10_000) * paths.length)] ?? [];
  const parent = path.slice(0, -1).reduce((at, key) => at[key] as Bag, copy as Bag);
  const last = path.at(-1) ?? '';
  if (what === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = what;
  return JSON.parse(JSON.stringify(copy)) as Answers; // a hole in an array is null in JSON
}

describe.each(catalogue().map(({ form }) => ({ name: form.id, form })))('the answersSchema of $name', ({ form }) => {
  const accepts = ajv.compile(form.definition.answersSchema);
  const subjects = [ISLA, NOAH].slice(0, form.subjects.max);

  it('accepts complete answers and refuses none at all', () => {
    const accounts = form.professionalsOnly ? [PROFESSIONAL] : [PROFESSIONAL, PARENT];
    for (const account of accounts) expect(accepts(sampleAnswers(form, subjects, account))).toBe(true);
    expect(accepts({})).toBe(false);
    expect(accepts({ ...sampleAnswers(form, subjects, PROFESSIONAL), nowhere: {} })).toBe(false);
  });

  it('agrees with the check on answers changed at random', () => {
    const seen = { complete: 0, incomplete: 0 };
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const answers = mutations.reduce(mutated, sampleAnswers(form, subjects, PROFESSIONAL));
        const kept = form.visible(answers, subjects, PROFESSIONAL);
        const { complete, problems } = form.check(kept, subjects, PROFESSIONAL);
        seen[complete ? 'complete' : 'incomplete'] += 1;
        if (complete) expect(accepts(kept) ? [] : accepts.errors).toEqual([]);
        else if (accepts(kept)) expect(problems.filter((problem) => !beyondSchema(problem))).toEqual([]);
      }),
      { numRuns: runs(300), seed: 20261120 },
    );
    expect(Math.min(seen.complete, seen.incomplete)).toBeGreaterThan(runs(300) / 60);
  });

  /** What the schema cannot see: which subject has no answer, and which kind of account the answers are of. */
  function beyondSchema({ sectionId, questionId, subjectId, code }: AnswerProblem): boolean {
    const section = form.definition.sections.find(({ id }) => id === sectionId);
    const condition = section?.questions.find(({ id }) => id === questionId)?.visibleWhen ?? null;
    return (subjectId !== null && code === 'MISSING') || JSON.stringify(condition).includes('"account"');
  }
});
