import type { FormattedExecutionResult } from 'graphql';

/** Lists that are given again and again, each with its JSON once it was asked for. */
const kept = new WeakMap<object, { text?: string }>();
/** Answers that hold such lists: only these are worth looking through. */
const holders = new WeakSet<object>();

/** Says of a list that it will be given again as it is. */
export function keepText(list: object): void {
  kept.set(list, {});
}

/** Says of an answer that it holds a list that was given before. */
export function holdsKept(answer: object): void {
  holders.add(answer);
}

/**
 * The JSON of an answer, as Apollo would write it. Of lists given again the text is given again, too: making it was an
 * eighth of what a list costs.
 */
export function answerText({ errors, data, extensions }: FormattedExecutionResult): string {
  if (!data || !holders.has(data)) return `${JSON.stringify({ errors, data, extensions })}\n`;
  const members = [
    errors && `"errors":${JSON.stringify(errors)}`,
    `"data":${textOf(data)}`,
    extensions && `"extensions":${JSON.stringify(extensions)}`,
  ];
  return `{${members.filter(Boolean).join()}}\n`;
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return JSON.stringify(value);
  const list = kept.get(value);
  if (list) return (list.text ??= JSON.stringify(value));
  if (Array.isArray(value)) return JSON.stringify(value);
  let text = '';
  for (const [key, member] of Object.entries(value)) {
    const memberText = textOf(member);
    if (memberText !== undefined) text += `${text && ','}${JSON.stringify(key)}:${memberText}`;
  }
  return `{${text}}`;
}
