import { isBlank } from '../assets/conditions.js';
import type { Question } from '../types.js';
import { ADDRESS_PARTS } from './control.js';
import type { Fields } from './fields.js';

/** A table's rows are looked for under their numbers, and no further than this. */
const MOST_ROWS = 200;

/**
 * The answer that was given in the control of this name, as the API takes it; null where there is none. Members of an
 * address or a person that were left empty are null too, so that a merge patch takes them away.
 */
export function readAnswer(question: Question, name: string, fields: Fields): unknown {
  const text = fields.text(name);
  switch (question.kind) {
    case 'INFORMATION':
      return null;
    case 'LONG_TEXT':
      return text === '' ? null : fields.raw(name);
    case 'TEXT':
    case 'EMAIL':
    case 'TELEPHONE':
    case 'CHOICE':
      return text || null;
    case 'NUMBER': {
      // What is no number goes as it is: the API says what is wrong with it.
      const number = Number(text);
      return text === '' ? null : Number.isFinite(number) ? number : text;
    }
    case 'YES_NO':
      return text === '' ? null : text === 'true';
    case 'CHOICES': {
      const chosen = fields.all(name);
      return chosen.length > 0 ? chosen : null;
    }
    case 'DATE':
      return readDate(name, fields);
    case 'ADDRESS':
      return readAddress(name, fields);
    case 'PERSON': {
      const parts = ['forename', 'surname', 'relationship'].map((part) => [
        part,
        fields.text(`${name}-${part}`) || null,
      ]);
      const dateOfBirth = readDate(`${name}-dateOfBirth`, fields);
      return orNull({ ...(Object.fromEntries(parts) as object), dateOfBirth });
    }
    case 'TABLE': {
      const rows = readRows(question, name, fields).filter((row) => !isBlank(row));
      return rows.length > 0 ? rows : null;
    }
  }
}

export function readAddress(name: string, fields: Fields): object | null {
  const parts = [...ADDRESS_PARTS].map((part) => [part, fields.text(`${name}-${part}`) || null]);
  return orNull({ ...Object.fromEntries(parts), uprn: null } as object);
}

/** YYYY-MM-DD, or what there is of it. */
export function readDate(name: string, fields: Fields): string | null {
  const [year, month, day] = ['year', 'month', 'day'].map((part) => fields.text(`${name}-${part}`));
  if (!year && !month && !day) return null;
  const padded = (part = '') => (/^\d$/.test(part) ? `0${part}` : part);
  return [year, padded(month), padded(day)].join('-');
}

/** The rows of a table, without their empty cells: a row is sent whole, not patched. */
function readRows(question: Question, name: string, fields: Fields): Record<string, unknown>[] {
  const columns = question.columns ?? [];
  const rows: Record<string, unknown>[] = [];
  const shown = Math.min(Number(fields.text(`${name}-rows`)) || 0, MOST_ROWS);
  for (let row = 0; row < shown; row += 1) {
    const cells = columns.map(({ id }, place) => [id, readAnswer(columns[place]!, `${name}-${row}-${id}`, fields)]);
    rows.push(Object.fromEntries(cells.filter(([, cell]) => cell !== null)) as Record<string, unknown>);
  }
  return rows;
}

function orNull(value: object): object | null {
  return isBlank(value) ? null : value;
}
