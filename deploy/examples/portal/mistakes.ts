import { Problem } from './api.js';
import type { Mistake } from './visit.js';

/** Problems that nobody puts right on the page that met them: they lead elsewhere. */
const ELSEWHERE = [
  'UNAUTHENTICATED',
  'FRESH_LOG_IN_REQUIRED',
  'TERMS_OUTSTANDING',
  'NOT_FOUND',
  'COUNCIL_UNKNOWN',
  'UNAVAILABLE',
  'INTERNAL',
];

/** What to tell about a problem on the page that met it, linked to its field; anything else is thrown on. */
export function mistakesOf(error: unknown, fieldFor: (field: string) => string | undefined): Mistake[] {
  if (!(error instanceof Problem) || ELSEWHERE.includes(error.code)) throw error;
  if (error.code === 'COMMAND_ID_REUSED') {
    return [{ text: 'This page was sent before with something else on it. Look it through, and send it again.' }];
  }
  const name = error.field ? fieldFor(error.field.replace(/^(input|details)\./, '')) : undefined;
  const href = name ? `#${name}` : undefined;
  if (error.rules.length === 0) return [{ text: error.message, href }];
  return error.rules.map((rule) => ({ text: `The password: ${rule.charAt(0).toLowerCase()}${rule.slice(1)}.`, href }));
}

/** The messages by the id of their field, for the components. */
export function byField(mistakes: Mistake[]): Record<string, { text: string }> {
  const fields: Record<string, { text: string }> = {};
  for (const { text, href } of mistakes.filter((mistake) => mistake.href)) {
    const [name, before] = [href!.slice(1), fields[href!.slice(1)]];
    fields[name] = { text: before ? `${before.text} ${text}` : text };
  }
  return fields;
}
