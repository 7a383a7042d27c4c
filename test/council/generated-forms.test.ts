import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import { DomainError } from '../../src/core/problem.js';
import { isBlank, own } from '../../src/council/answer-value.js';
import { compileForm } from '../../src/council/compile-form.js';
import { leavesOf } from '../../src/council/conditions.js';
import { formMistakes } from '../../src/council/form-rules.js';
import type { AccountFacts, AnswerProblem, Answers, Form, SubjectFacts } from '../../src/council/form.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { formStarted, submitForm, subjectsNamed } from '../deciders/referral-story.js';
import { folded } from '../support/given.js';
import { drawAnswers, drawForm, drawSubjects } from './form-arbitraries.js';
import { runs } from '../support/runs.js';

const ODDNESS = [0, 4, 10, 20, 40];
const account = (professional: boolean): AccountFacts => ({
  forename: 'Amira',
  surname: 'Castellane',
  email: 'amira@example.org',
  professional,
});

/** As a front end would have it. A compiler for each form: theirs all have the same place for definitions. */
function served(form: Form) {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
  ajv.addFormat('date', fullFormats.date);
  return ajv.compile(form.definition.answersSchema);
}

/** What submitForm makes of a draft with these answers: the answers that it keeps, or the problems it names. */
function submitted(form: Form, answers: Answers, subjects: SubjectFacts[], referrer: AccountFacts) {
  const draft = folded(referralDecider, [formStarted({ answers, referrer }), subjectsNamed(2, ...subjects)]);
  try {
    const facts = referralDecider.decide(submitForm({ form: () => form, referrer, expectedRevision: 2 }), draft);
    const sent = facts.find(
      (fact): fact is Extract<ReferralEvent, { type: 'FormSubmitted' }> => fact.type === 'FormSubmitted',
    );
    return { kept: sent!.data.answers };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'FORM_INCOMPLETE') return { problems: error.details!.problems };
    throw error;
  }
}

/**
 * What the schema cannot see, as deploy/councils/README.md has it: who the subjects are, so which of them has no answer;
 * and whether a question that looks at a subjectAnswer is asked.
 */
function beyondSchema(form: Form, answers: Answers, { sectionId, questionId, subjectId }: AnswerProblem): boolean {
  if (questionId === 'subjects') return true;
  const section = form.definition.sections.find(({ id }) => id === sectionId)!;
  const question = section.questions.find(({ id }) => id === questionId)!;
  if (subjectId === null || !isBlank(own(own(own(answers, sectionId), questionId), subjectId))) return false;
  const looksAtSubject =
    question.visibleWhen !== null && leavesOf(question.visibleWhen).some((leaf) => 'subjectAnswer' in leaf);
  // Answers of as many subjects as the form needs at least are asked for; of the others nobody knows.
  return (
    looksAtSubject ||
    Object.keys((own(own(answers, sectionId), questionId) as object | undefined) ?? {}).length >= form.subjects.min
  );
}

describe('generated forms', () => {
  test('are checked, submitted and described by one and the same rules', () => {
    const seen = { complete: 0, caught: 0, refused: 0, beyond: 0, conditions: 0 };
    const property = fc.property(fc.gen(), (draw) => {
      const source = JSON.parse(JSON.stringify(drawForm(draw))) as ReturnType<typeof drawForm>;
      const file = { content: source, mistakes: [], mistake: (path: unknown, message: string) => ({ path, message }) };
      expect(formMistakes(file as never, source, source)).toEqual([]);
      const form = compileForm(source);
      const accepts = served(form);
      seen.conditions += (JSON.stringify(source).match(/visibleWhen/g) ?? []).length;
      for (const odd of ODDNESS) {
        const subjects = drawSubjects(draw, source);
        const answers = drawAnswers(
          draw,
          source,
          subjects.map(({ id }) => id),
          odd,
        );
        const referrer = account(source.professionalsOnly || draw(fc.boolean));
        if (form.refuse(answers).length > 0) {
          seen.refused += 1; // saveForm keeps none of it
          continue;
        }
        agree(form, accepts, answers, subjects, referrer, seen);
      }
    });
    fc.assert(property, { numRuns: runs(150), seed: 20261120, interruptAfterTimeLimit: 20_000 });
    // Of each sort there were enough for the agreement to say something.
    if (process.env.SEEN) console.log(seen);
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(runs(150) / 10);
  });
});

function agree(
  form: Form,
  accepts: ReturnType<typeof served>,
  answers: Answers,
  subjects: SubjectFacts[],
  referrer: AccountFacts,
  seen: { complete: number; caught: number; beyond: number },
): void {
  const check = form.check(answers, subjects, referrer);
  const kept = form.visible(answers, subjects, referrer);
  // What is hidden or blank makes no difference, and what is kept is kept again.
  expect(form.visible(kept, subjects, referrer)).toEqual(kept);
  expect(form.check(kept, subjects, referrer)).toEqual(check);
  expect(form.refuse(kept)).toEqual([]);
  expect(submitted(form, answers, subjects, referrer)).toEqual(
    check.complete ? { kept } : { problems: check.problems },
  );

  if (check.complete) {
    seen.complete += 1;
    expect(check.percentComplete).toBe(100);
    expect(accepts(kept) ? [] : accepts.errors).toEqual([]);
  } else if (accepts(kept)) {
    // For the one kind of account or the other there is nothing wrong that the schema could see.
    const accounts = form.professionalsOnly ? [referrer] : [account(true), account(false)];
    const within = accounts.map((either) =>
      form.check(kept, subjects, either).problems.filter((problem) => !beyondSchema(form, kept, problem)),
    );
    expect(within.some((problems) => problems.length === 0) ? [] : within).toEqual([]);
    seen.beyond += 1;
  } else {
    seen.caught += 1;
  }
}
