import { own } from '../../council/answer-value.js';
import type { Question } from '../../council/form.js';
import { day } from '../../core/dates.js';
import type { PostalAddress } from '../../core/person.js';

/** "2014-03-09" as "9 March 2014"; whatever is no date stays as it is. */
export function dateText(date: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(Date.parse(date));
  return isDate ? day(date, 'UTC') : date;
}

/** "1.4 MB", "318 KB". */
export function sizeText(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes < 1000 ? `${Math.max(1, Math.round(kilobytes))} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/** One answer as lines of text, with the labels of choices; a TABLE is written by its cells, not here. */
export function answerText(question: Question, value: unknown): string {
  switch (question.kind) {
    case 'YES_NO':
      return value === true ? 'Yes' : 'No';
    case 'DATE':
      return dateText(String(value));
    case 'NUMBER':
      return typeof value === 'number' ? value.toLocaleString('en-GB') : String(value);
    case 'CHOICE':
      return choiceLabel(question, value);
    case 'CHOICES':
      return (Array.isArray(value) ? value : [value]).map((code) => `• ${choiceLabel(question, code)}`).join('\n');
    case 'ADDRESS':
      return addressText(value as Partial<PostalAddress>);
    case 'PERSON':
      return personText(value);
    default:
      return typeof value === 'string' ? value.trim() : JSON.stringify(value);
  }
}

function choiceLabel({ choices }: Question, code: unknown): string {
  return choices?.find((choice) => choice.code === code)?.label ?? String(code);
}

function addressText({ line1, line2, town, county, postcode }: Partial<PostalAddress>): string {
  return [line1, line2, town, county, postcode].filter(Boolean).join('\n');
}

function personText(person: unknown): string {
  const member = (name: string) => {
    const value = own(person, name);
    return typeof value === 'string' ? value : '';
  };
  const born = member('dateOfBirth');
  const name = `${member('forename')} ${member('surname')}`.trim();
  return [name, member('relationship'), born && `born ${dateText(born)}`].filter(Boolean).join(', ');
}
