import { ObjectId } from 'bson';
import { hasOperators, isDocument, readPlain, readTyped, write, type Doc } from '../bson/document.js';
import { describeKey } from '../bson/describe.js';
import { encodeKey } from '../bson/order.js';
import { Fault, unsupported } from '../errors.js';
import { compileFilter } from '../query/matcher.js';
import { OPERATORS, plain } from './operators.js';
import { changeAt, checkViable, KEEP, REMOVE, valueAt } from './path.js';

interface Change {
  operator: string;
  path: string;
  operand: unknown;
}

/** An update, read and checked once, to be applied to any number of documents. */
export interface Update {
  changes: Change[];
  replacement: Doc | undefined;
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

/** Reads an update (typed) for documents found by `filter` (plain). */
export function readUpdate(update: unknown, filter: Doc, arrayFilters: unknown): Update {
  if (Array.isArray(update)) throw unsupported('an update given as a pipeline');
  if (!isDocument(update)) throw new Fault('FailedToParse', 'Update argument must be either an object or an array');
  const [first] = Object.keys(update);
  const replacement = first === undefined || !first.startsWith('$') ? update : undefined;
  const stray = replacement && Object.keys(replacement).find((key) => key.startsWith('$'));
  if (stray !== undefined)
    throw new Fault(
      'DollarPrefixedFieldName',
      `The dollar ($) prefixed field '${stray}' in '${stray}' is not allowed in the context of an update's replacement document.`,
    );
  return {
    changes: replacement === undefined ? readChanges(update) : [],
    replacement,
    arrayFilters: readArrayFilters(arrayFilters),
    filter,
  };
}

/** The concrete paths a path stands for in a document: "$", "$[]" and "$[name]" become positions. */
function expand(document: Doc, path: string, update: Update): string[][] {
  if (!path.includes('$')) return [path.split('.')];
  let paths: string[][] = [[]];
  for (const part of path.split('.')) {
    if (!part.startsWith('$')) paths = paths.map((parts) => [...parts, part]);
    else
      paths = paths.flatMap((parts) =>
        positions(document, parts, part, path, update).map((at) => [...parts, String(at)]),
      );
  }
  return paths;
}

function positions(
  document: Doc,
  parts: readonly string[],
  placeholder: string,
  path: string,
  update: Update,
): number[] {
  const array = valueAt(document, parts);
  if (!Array.isArray(array))
    throw new Fault(
      'BadValue',
      `The path '${parts.join('.')}' must exist in the document in order to apply array updates.`,
    );
  if (placeholder === '$') return [matchedPosition(document, parts, path, update)];
  const name = /^\$\[(.*)\]$/.exec(placeholder)?.[1];
  if (name === undefined) throw new Fault('BadValue', `Unknown positional operator in '${path}'`);
  const test = name === '' ? () => true : update.arrayFilters.get(name);
  if (test === undefined)
    throw new Fault('BadValue', `No array filter found for identifier '${name}' in path '${path}'`);
  return array.flatMap((element, at) => (test(element) ? [at] : []));
}

/** "$": the first element with which alone the document would still have been found. */
function matchedPosition(document: Doc, parts: readonly string[], path: string, update: Update): number {
  const field = parts.join('.');
  const speaks = (filter: Doc): boolean =>
    Object.entries(filter).some(([key, value]) =>
      key === '$and' || key === '$or' ? (value as Doc[]).some(speaks) : key === field || key.startsWith(`${field}.`),
    );
  const array = valueAt(document, parts) as unknown[];
  if (speaks(update.filter)) {
    const test = compileFilter(update.filter);
    for (let at = 0; at < array.length; at++) {
      const alone = readPlain(write(document));
      changeAt(alone, parts, () => [plain(array[at])]);
      if (test(alone)) return at;
    }
  }
  throw new Fault('BadValue', `The positional operator did not find the match needed from the query: '${path}'`);
}

function rename(document: Doc, from: string, to: string): void {
  checkViable(document, from.split('.'));
  const value = valueAt(document, from.split('.'));
  if (value === undefined) return;
  refuseElement(document, from.split('.'), 'source');
  refuseElement(document, to.split('.'), 'destination');
  changeAt(document, from.split('.'), () => REMOVE);
  changeAt(document, to.split('.'), () => value);
}

function refuseElement(document: Doc, parts: readonly string[], what: string): void {
  if (parts.some((_, at) => at > 0 && Array.isArray(valueAt(document, parts.slice(0, at)))))
    throw new Fault('BadValue', `The ${what} field cannot be an array element, '${parts.join('.')}'`);
}

/** The document after an update, as BSON. `inserting` is true when an upsert makes it. */
export function applyUpdate(bytes: Buffer, update: Update, inserting = false): Buffer {
  const document = readTyped(bytes);
  const id = document._id;
  if (update.replacement !== undefined) {
    checkSameId(id, '_id' in update.replacement ? update.replacement._id : id);
    return write(id === undefined ? update.replacement : { _id: id, ...update.replacement });
  }
  for (const { operator, path, operand } of update.changes) {
    if (operator === '$setOnInsert' && !inserting) continue;
    if (operator === '$rename') {
      rename(document, path, operand as string);
      continue;
    }
    const change = OPERATORS[operator] ?? (() => KEEP);
    for (const parts of expand(document, path, update))
      changeAt(document, parts, (current) => change(current, operand, path));
  }
  checkSameId(id, document._id);
  return write(document);
}

function checkSameId(before: unknown, after: unknown): void {
  if (before === undefined || (after !== undefined && encodeKey(before).equals(encodeKey(after)))) return;
  throw new Fault(
    'ImmutableField',
    `Performing an update on the path '_id' would modify the immutable field '_id' (was ${describeKey({ _id: before })})`,
  );
}

/** The document an upsert begins with: what the filter (typed) says by equality. */
function seed(filter: Doc, document: Doc = {}): Doc {
  for (const [key, condition] of Object.entries(filter)) {
    if (key === '$and' && Array.isArray(condition)) (condition as Doc[]).forEach((part) => seed(part, document));
    if (key.startsWith('$')) continue;
    if (!hasOperators(condition)) {
      if (!isRegex(condition)) changeAt(document, key.split('.'), () => condition);
    } else if ('$eq' in condition) changeAt(document, key.split('.'), () => condition.$eq);
  }
  return document;
}

const isRegex = (value: unknown): boolean =>
  value instanceof RegExp || (value as { _bsontype?: string } | null)?._bsontype === 'BSONRegExp';

/** The document an upsert inserts, _id first. `filter` is typed here, so that numbers keep their types. */
export function upserted(filter: Doc, update: Update): { id: unknown; bytes: Buffer } {
  const from = seed(filter);
  const base = update.replacement === undefined ? from : '_id' in from ? { _id: from._id } : {};
  const { _id = new ObjectId(), ...fields } = readTyped(applyUpdate(write(base), update, true));
  return { id: _id, bytes: write({ _id, ...fields }) };
}
