import type { AccountFacts, Answers, Form } from './form.js';

/**
 * The answers of one form that have a place in another: same section and question, and fit to be kept there. What the
 * account prefills is prefilled anew. `unmapped` names the rest as sectionId.questionId.
 */
export function mapAnswers(from: Form, to: Form, answers: Answers, account: AccountFacts) {
  const mapped: Answers = { ...to.prefill(account) };
  const unmapped: string[] = [];
  for (const { id: sectionId, questions } of from.definition.sections) {
    for (const { id: questionId } of questions) {
      const answer = answers[sectionId]?.[questionId];
      if (answer === undefined) continue;
      const fits = to.refuse({ [sectionId]: { [questionId]: answer } }).length === 0;
      if (fits) mapped[sectionId] = { ...mapped[sectionId], [questionId]: answer };
      else unmapped.push(`${sectionId}.${questionId}`);
    }
  }
  return { answers: mapped, unmapped };
}
