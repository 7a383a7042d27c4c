import type { Question, Subject } from '../types.js';
import { addressText } from './control.js';

/** An answer in words, line by line; `question` is null where the form that asked it is not at hand. */
export function answerText(question: Question | null, value: unknown, subjects: Subject[] = []): string {
  if (value === undefined || value === null) return '';
  if (question?.perSubject) return bySubject(question, value as Record<string, unknown>, subjects);
  const label = (code: unknown) => question?.choices?.find((choice) => choice.code === code)?.label ?? String(code);
  switch (question?.kind) {
    case 'YES_NO':
      return value === true ? 'Yes' : 'No';
    case 'CHOICE':
      return label(value);
    case 'CHOICES':
      return (value as unknown[]).map(label).join('\n');
    case 'DATE':
      return dayText(value as string);
    case 'ADDRESS':
      return addressText(value);
    case 'PERSON':
      return personText(value as Record<string, string | null>);
    case 'TABLE':
      return (value as Record<string, unknown>[]).map((row) => rowText(question, row)).join('\n');
    default:
      if (typeof value === 'object') return partsText(value);
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** One line where all say the same, else one for each. */
function bySubject(question: Question, value: Record<string, unknown>, subjects: Subject[]): string {
  const once = { ...question, perSubject: false };
  const said = subjects.flatMap(({ id, forename, surname }) =>
    value[id] === undefined || value[id] === null
      ? []
      : [{ name: `${forename} ${surname}`, text: answerText(once, value[id]) }],
  );
  const [first] = said;
  if (!first) return '';
  if (said.length === subjects.length && said.every(({ text }) => text === first.text)) return first.text;
  return said.map(({ name, text }) => `${name}: ${text}`).join('\n');
}

function rowText(question: Question, row: Record<string, unknown>): string {
  return (question.columns ?? [])
    .filter(({ id }) => row[id] !== undefined && row[id] !== null)
    .map((column) => `${column.label}: ${answerText(column, row[column.id])}`)
    .join('; ');
}

function personText({ forename, surname, relationship, dateOfBirth }: Record<string, string | null>): string {
  const name = [forename, surname].filter(Boolean).join(' ');
  return [name, relationship, dateOfBirth && dayText(dateOfBirth)].filter(Boolean).join(', ');
}

function partsText(value: object): string {
  return (Object.values(value) as unknown[])
    .map((part) => (typeof part === 'object' && part !== null ? partsText(part) : String(part as string | number)))
    .join('; ');
}

function dayText(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}
