import type { Address, Choice, Question } from '../types.js';

/** What one control of a page is made of: views/control.njk puts each into govuk-frontend's component. */
export type Control =
  | { type: 'input' | 'textarea' | 'select' | 'radios' | 'checkboxes' | 'date'; params: object }
  | { type: 'text'; text: string }
  | { type: 'hidden'; name: string; value: string }
  | { type: 'button'; text: string; value: string; about: string }
  | { type: 'group'; id: string; legend: string; hint?: string; error?: string; small: boolean; children: Control[] };

/** What a page knows beside the answers: mistakes by control, addresses found, rows asked for. */
export interface Extras {
  /** Control name → what is wrong there. */
  errors: Map<string, string>;
  /** Control name → addresses to choose from. */
  found: Map<string, Address[]>;
  /** Control name of a table → empty rows to show after those that are filled in. */
  moreRows: Map<string, number>;
  /** Control name → id of its first input: where an error's link leads. */
  anchors: Map<string, string>;
}

export const noExtras = (): Extras => ({
  errors: new Map(),
  found: new Map(),
  moreRows: new Map(),
  anchors: new Map(),
});

/** A longer list of choices is a select. */
const MOST_RADIOS = 10;
export const ADDRESS_PARTS = ['line1', 'line2', 'town', 'county', 'postcode'] as const;
const PART_LABELS: Record<string, string> = {
  line1: 'Address line 1',
  line2: 'Address line 2 (optional)',
  town: 'Town or city (optional)',
  county: 'County (optional)',
  postcode: 'Postcode',
};
const AUTOCOMPLETE: Record<string, string> = {
  line1: 'address-line1',
  line2: 'address-line2',
  town: 'address-level2',
  county: 'address-level1',
  postcode: 'postal-code',
};

/** The control of one question under the name; `own` where it asks the visitor's own details, which browsers know. */
export function control(question: Question, name: string, value: unknown, extras: Extras, own = false): Control {
  const { kind, hint } = question;
  const label = question.mandatory ? `${question.label} *` : question.label;
  const message = extras.errors.get(name);
  const errorMessage = message ? { text: message } : undefined;
  const hintParam = hint ? { text: hint } : undefined;
  const legend = { legend: { text: label, classes: 'govuk-fieldset__legend--s' } };
  const common = { id: name, name, label: { text: label, classes: 'govuk-label--s' }, hint: hintParam, errorMessage };
  extras.anchors.set(name, name);
  switch (kind) {
    case 'INFORMATION':
      return { type: 'text', text: question.label };
    case 'LONG_TEXT':
      return { type: 'textarea', params: { ...common, value: asText(value), rows: '5' } };
    case 'TEXT':
      return { type: 'input', params: { ...common, value: asText(value) } };
    case 'EMAIL':
      return { type: 'input', params: { ...common, value: asText(value), type: 'email', spellcheck: false } };
    case 'TELEPHONE':
      return {
        type: 'input',
        params: { ...common, value: asText(value), type: 'tel', classes: 'govuk-input--width-20' },
      };
    case 'NUMBER':
      return {
        type: 'input',
        params: { ...common, value: asText(value), inputmode: 'decimal', classes: 'govuk-input--width-5' },
      };
    case 'DATE':
      return date(name, { fieldset: legend, hint: hintParam, errorMessage }, value, extras);
    case 'YES_NO': {
      const items = [
        { value: 'true', text: 'Yes', checked: value === true },
        { value: 'false', text: 'No', checked: value === false },
      ];
      const params = { idPrefix: name, name, fieldset: legend, hint: hintParam, errorMessage, items };
      return { type: 'radios', params: { ...params, classes: 'govuk-radios--inline' } };
    }
    case 'CHOICE':
      return choice(question.choices ?? [], common, legend, value);
    case 'CHOICES': {
      const chosen = Array.isArray(value) ? value : [];
      const items = (question.choices ?? []).map(({ code, label: text }) => ({
        value: code,
        text,
        checked: chosen.includes(code),
      }));
      return {
        type: 'checkboxes',
        params: { idPrefix: name, name, fieldset: legend, hint: hintParam, errorMessage, items },
      };
    }
    case 'ADDRESS':
      return address({ name, label, hint, error: message }, value, extras, own);
    case 'PERSON':
      return person({ name, label, hint, error: message }, value, extras);
    case 'TABLE':
      return table(question, { name, label, hint, error: message }, value, extras);
  }
}

interface Group {
  name: string;
  label: string;
  hint: string | null;
  error?: string;
}

function group({ name, label, hint, error }: Group, children: Control[], small = false): Control {
  return { type: 'group', id: name, legend: label, hint: hint ?? undefined, error, children, small };
}

function line(name: string, label: string, value: unknown, more: object = {}): Control {
  return { type: 'input', params: { id: name, name, label: { text: label }, value: asText(value), ...more } };
}

function choice(choices: Choice[], common: { name: string }, fieldset: object, value: unknown): Control {
  const items = choices.map(({ code, label }) => ({
    value: code,
    text: label,
    checked: code === value,
    selected: code === value,
  }));
  if (items.length <= MOST_RADIOS) {
    return { type: 'radios', params: { ...common, idPrefix: common.name, fieldset, items } };
  }
  return { type: 'select', params: { ...common, items: [{ value: '', text: 'Choose' }, ...items] } };
}

/** A date as three inputs; what was half typed is kept as it is, in the same places. */
function date(name: string, params: object, value: unknown, extras: Extras): Control {
  const [year = '', month = '', day = ''] = asText(value).split('-');
  extras.anchors.set(name, `${name}-day`);
  const wrong = extras.errors.has(name) ? ' govuk-input--error' : '';
  const item = (part: string, text: string, width: number, given: string) => ({
    id: `${name}-${part}`,
    name: `${name}-${part}`,
    label: text,
    value: given,
    classes: `govuk-input--width-${width}${wrong}`,
  });
  const items = [item('day', 'Day', 2, day), item('month', 'Month', 2, month), item('year', 'Year', 4, year)];
  return { type: 'date', params: { id: name, ...params, items } };
}

/** A postcode with Find address, what was found, and the lines to type or correct by hand. */
export function address(about: Group, value: unknown, extras: Extras, own = false): Control {
  const { name } = about;
  const given = (value ?? {}) as Address;
  const found = extras.found.get(name);
  extras.anchors.set(name, `${name}-postcode`);
  const part = (id: (typeof ADDRESS_PARTS)[number], classes: string) =>
    line(`${name}-${id}`, PART_LABELS[id]!, given[id], {
      classes,
      ...(own ? { autocomplete: AUTOCOMPLETE[id] } : {}),
    });
  const items = (found ?? []).map((one) => ({ value: addressText(one), text: addressText(one) }));
  const choose: Control[] = found
    ? [
        found.length > 0
          ? {
              type: 'select',
              params: { id: `${name}-found`, name: `${name}-found`, label: { text: 'Addresses found' }, items },
            }
          : { type: 'text', text: 'No address was found for this postcode. Please type it below.' },
        ...(found.length > 0
          ? [{ type: 'button' as const, text: 'Use this address', value: `choose:${name}`, about: about.label }]
          : []),
      ]
    : [];
  return group(about, [
    part('postcode', 'govuk-input--width-10'),
    line(`${name}-house`, 'House name or number (optional)', '', { classes: 'govuk-input--width-10' }),
    { type: 'button', text: 'Find address', value: `find:${name}`, about: about.label },
    ...choose,
    part('line1', ''),
    part('line2', ''),
    part('town', 'govuk-!-width-two-thirds'),
    part('county', 'govuk-!-width-two-thirds'),
  ]);
}

function person(about: Group, value: unknown, extras: Extras): Control {
  const { name } = about;
  const given = (value ?? {}) as Record<string, unknown>;
  extras.anchors.set(name, `${name}-forename`);
  const born = { fieldset: { legend: { text: 'Date of birth (optional)' } } };
  return group(about, [
    line(`${name}-forename`, 'First name', given.forename),
    line(`${name}-surname`, 'Last name', given.surname),
    line(`${name}-relationship`, 'Relationship (optional)', given.relationship),
    date(`${name}-dateOfBirth`, born, given.dateOfBirth, { ...extras, errors: new Map() }),
  ]);
}

/** One fieldset a row. */
function table(question: Question, about: Group, value: unknown, extras: Extras): Control {
  const { name } = about;
  const rows = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
  const shown = rows.length + Math.max(extras.moreRows.get(name) ?? 0, rows.length === 0 ? 1 : 0);
  const children = Array.from({ length: shown }, (_, row): Control => {
    const rowName = `${name}-${row}`;
    const cells = (question.columns ?? []).map((column) =>
      control(column, `${rowName}-${column.id}`, rows[row]?.[column.id], extras),
    );
    extras.anchors.set(rowName, extras.anchors.get(`${rowName}-${question.columns?.[0]?.id}`) ?? rowName);
    const remove: Control = { type: 'button', text: 'Remove', value: `remove:${name}:${row}`, about: `row ${row + 1}` };
    const row1 = { name: rowName, label: `Row ${row + 1}`, hint: null, error: extras.errors.get(rowName) };
    return group(row1, [...cells, ...(shown > 1 ? [remove] : [])], true);
  });
  extras.anchors.set(name, extras.anchors.get(`${name}-0`) ?? name);
  const count: Control = { type: 'hidden', name: `${name}-rows`, value: String(shown) };
  return group(about, [
    count,
    ...children,
    { type: 'button', text: 'Add another row', value: `add:${name}`, about: about.label },
  ]);
}

export function addressText(given: Address): string {
  return ADDRESS_PARTS.map((part) => given[part])
    .filter(Boolean)
    .join(', ');
}

function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
