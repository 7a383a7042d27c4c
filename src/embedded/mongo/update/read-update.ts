import { readTyped, isDocument, topOf, type Doc, type Fields } from '../bson/document.js';
import { ARRAY, checkDocument, Elements, OBJECT } from '../bson/elements.js';
import { Fault, unsupported } from '../errors.js';
import { compileFilter } from '../query/matcher.js';
import { OPERATORS, plain } from './operators.js';

interface Change {
  operator: string;
  path: string;
  operand: unknown;
}

/** An update, read and checked once, to be applied to any number of documents. */
export interface Update {
  changes: Change[];
  /** The fields that the changes are made to and look at. */
  touched: Fields;
  replacement: Buffer | undefined;
  arrayFilters: Map<string, (element: unknown) => boolean>;
  /** What found the document, as filters see it: says which element "$" means. */
  filter: Doc;
}

/** Update operators that MongoDB has besides. */
const NOT_SUPPORTED = new Set(['$mul', '$pop', '$pullAll', '$bit']);

function readChanges(update: Doc): Change[] {
  const changes = Object.entries(update).flatMap(([operator, fields]) => {
    if (NOT_SUPPORTED.has(operator)) throw unsupported(operator);
    if (!(operator in OPERATORS) && operator !== '$rename')
      throw new Fault(
        'FailedToParse',
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDocument(fields))
      throw new Fault(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: …}`,
      );
    return Object.entries(fields).map(([path, operand]) => ({ operator, path, operand }));
  });
  const paths = changes.flatMap(({ operator, path, operand }) =>
    operator === '$rename' ? [path, renameTarget(path, operand)] : [path],
  );
  for (const path of paths) {
    if (path === '' || path.split('.').includes(''))
      throw new Fault('FailedToParse', `The update path '${path}' contains an empty field name, which is not allowed.`);
    if (path.split('.').includes('__proto__')) throw unsupported("a field named '__proto__'");
  }
  paths.sort().forEach((path, at) => {
    const next = paths[at + 1];
    if (next === path || next?.startsWith(`${path}.`) === true)
      throw new Fault('ConflictingUpdateOperators', `Updating the path '${next}' would create a conflict at '${path}'`);
  });
  // MongoDB treats fields by name, whatever the order in the command.
  return changes.sort((left, right) => (left.path < right.path ? -1 : 1));
}

function renameTarget(path: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new Fault('BadValue', "The 'to' field for $rename must be a string");
  if (operand === path || operand.startsWith(`${path}.`) || path.startsWith(`${operand}.`))
    throw new Fault(
      'BadValue',
      `The source and target field for $rename must not be on the same path: ${path}: "${operand}"`,
    );
  return operand;
}

function readArrayFilters(filters: unknown): Update['arrayFilters'] {
  const tests: Update['arrayFilters'] = new Map();
  for (const filter of Array.isArray(filters) ? (filters as Doc[]) : []) {
    const names = new Set(Object.keys(filter).flatMap((key) => namesIn(key, filter[key])));
    const [name] = names;
    if (name === undefined || names.size !== 1)
      throw new Fault('FailedToParse', 'Error parsing array filter: expected a single top-level field name');
    const test = compileFilter(filter);
    tests.set(name, (element) => test({ [name]: plain(element) }));
  }
  return tests;
}

const namesIn = (key: string, value: unknown): string[] =>
  key.startsWith('$') && Array.isArray(value)
    ? (value as Doc[]).flatMap((part) => Object.keys(part).flatMap((inner) => namesIn(inner, part[inner])))
    : [key.split('.')[0] ?? ''];

/** Reads an update off a command for documents found by `filter` (plain). */
export function readUpdate(update: Elements | undefined, filter: Doc, arrayFilters: unknown): Update {
  if (update?.type === ARRAY) throw unsupported('an update given as a pipeline');
  if (update?.type !== OBJECT) throw new Fault('FailedToParse', 'Update argument must be either an object or an array');
  const bytes = update.content;
  const isReplacement = !startsWithOperator(bytes);
  const changes = isReplacement ? [] : readChanges(readTyped(bytes));
  if (isReplacement) checkReplacement(bytes);
  return {
    changes,
    touched: fieldsTouched(changes),
    replacement: isReplacement ? bytes : undefined,
    arrayFilters: readArrayFilters(arrayFilters),
    filter,
  };
}

function startsWithOperator(bytes: Buffer): boolean {
  const elements = new Elements(bytes);
  return elements.next() && elements.name.startsWith('$');
}

function checkReplacement(bytes: Buffer): void {
  checkDocument(bytes);
  const elements = new Elements(bytes);
  while (elements.next()) {
    const { name } = elements;
    if (name.startsWith('$'))
      throw new Fault(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document.`,
      );
  }
}

function fieldsTouched(changes: readonly Change[]): Fields {
  const fields: string[] = [];
  for (const { operator, path, operand } of changes) {
    // Which element "$" means, the whole document tells.
    if (path.includes('$')) return undefined;
    fields.push(topOf(path));
    if (operator === '$rename') fields.push(topOf(operand as string));
  }
  return fields;
}
