import { isBlank } from './answer-value.js';
import type { PostalAddress } from '../core/person.js';
import type { CompiledForm } from './compile-form.js';
import type { AccountFacts, AccountPart, Answers, QuestionKind } from './form.js';

/**
 * The answers that a form begins with: what the account already says, where a question asks to be prefilled. A part
 * that does not fit its question (a longer address than the form takes) is left to the person.
 */
export function prefill(form: CompiledForm, account: AccountFacts): Answers {
  const sections = [...form.sections.values()].map(({ section, questions }) => {
    const prefilled = [...questions.values()].flatMap(({ question, draft }): [string, unknown][] => {
      if (question.prefilledFrom === null || question.perSubject) return [];
      const value = accountPart(account, question.prefilledFrom, question.kind);
      return isBlank(value) || !draft(value) ? [] : [[question.id, value]];
    });
    return [section.id, Object.fromEntries(prefilled)] as const;
  });
  return Object.fromEntries(sections.filter(([, prefilled]) => Object.keys(prefilled).length > 0));
}

function accountPart(account: AccountFacts, part: AccountPart, kind: QuestionKind): unknown {
  if (part === 'name') return `${account.forename} ${account.surname}`;
  if (part !== 'address') return account[part];
  if (!account.address) return undefined;
  return kind === 'ADDRESS' ? withoutNulls(account.address) : addressLines(account.address).join('\n');
}

function addressLines({ line1, line2, town, county, postcode }: PostalAddress): string[] {
  return [line1, line2, town, county, postcode].filter((line): line is string => !isBlank(line));
}

function withoutNulls(address: PostalAddress): Record<string, unknown> {
  return Object.fromEntries(Object.entries(address).filter(([, value]) => !isBlank(value)));
}
