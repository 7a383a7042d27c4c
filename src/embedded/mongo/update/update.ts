import { hasOperators, pickFields, readPlain, readTyped, write, type Doc } from '../bson/document.js';
import { describeKey } from '../bson/describe.js';
import { Elements, elementOf, fromElements, inner } from '../bson/elements.js';
import { ID, withIdFirst } from '../bson/id.js';
import { encodeKey } from '../bson/order.js';
import { Fault } from '../errors.js';
import { compileFilter } from '../query/matcher.js';
import { OPERATORS, plain } from './operators.js';
import { changeAt, checkViable, KEEP, REMOVE, valueAt } from './path.js';
import type { Update } from './read-update.js';

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
  if (update.replacement !== undefined) return replaced(bytes, update.replacement);
  const before = pickFields(bytes, update.touched);
  const document = readTyped(before);
  const id = document._id;
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
  const after = write(document);
  if (update.touched === undefined) return after;
  return after.equals(before) ? bytes : splice(bytes, update.touched, after);
}

/** The document with these fields as they stand in `changed`: gone from it, in their places, or new at the end. */
function splice(bytes: Buffer, fields: readonly string[], changed: Buffer): Buffer {
  const fresh = new Map<string, Buffer>();
  const elements = new Elements(changed);
  while (elements.next()) fresh.set(elements.name, elements.whole);
  const kept: Buffer[] = [];
  const old = new Elements(bytes);
  while (old.next()) {
    const name = fields.find((field) => old.isNamed(field));
    const element = name === undefined ? old.whole : fresh.get(name);
    if (element !== undefined) kept.push(element);
    if (name !== undefined) fresh.delete(name);
  }
  return fromElements([...kept, ...fresh.values()]);
}

function replaced(bytes: Buffer, replacement: Buffer): Buffer {
  const id = elementOf(bytes, '_id');
  if (id === undefined) return replacement;
  const own = elementOf(replacement, '_id');
  if (own === undefined) return fromElements([id.whole, inner(replacement)]);
  if (!own.whole.equals(id.whole))
    checkSameId(readTyped(fromElements([id.whole]))._id, readTyped(fromElements([own.whole]))._id);
  return withIdFirst(replacement);
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
  const bytes = withIdFirst(applyUpdate(write(base), update, true));
  return { id: readTyped(pickFields(bytes, ID))._id, bytes };
}
