import type { Doc } from '../bson/document.js';
import { encodeKey, KeyWriter } from '../bson/order.js';
import { Fault } from '../errors.js';
import { sortValuesAt } from '../storage/index-keys.js';
import type { SortField } from './planner.js';

const MEMORY = 100 * 1024 * 1024;

/** Reads `{a: 1, b: -1}`. */
export function sortFields(sort: unknown): SortField[] {
  if (sort === undefined || sort === null) return [];
  if (typeof sort !== 'object') throw new Fault('TypeMismatch', 'Expected field sort to be of type object');
  return Object.entries(sort).map(([path, direction]) => {
    if (direction !== 1 && direction !== -1)
      throw new Fault('BadValue', `Illegal key in $sort specification: ${path}: only 1 and -1 are supported`);
    return { path, descending: direction === -1 };
  });
}

/** What a document sorts by on a path, as an index has it: of an array its least element, or its greatest downwards. */
function sortValue(document: Doc, { path, descending }: SortField): unknown {
  const values = sortValuesAt(document, path);
  if (values.length === 1) return values[0];
  const keyed = values.map((value) => ({ value, key: encodeKey(value) })).sort((a, b) => a.key.compare(b.key));
  return (descending ? keyed.at(-1) : keyed[0])?.value;
}

const writer = new KeyWriter();

/** Bytes by which documents compare as the sort asks. */
export function sortKey(document: Doc, fields: readonly SortField[]): Buffer {
  for (const field of fields) writer.add(sortValue(document, field), field.descending);
  return writer.take();
}

/** Sorts in memory what has no fitting index, keeping no more than `keep` entries and 100 MB of keys. */
export function sorted<Item>(items: Iterable<Item>, keyOf: (item: Item) => Buffer, keep: number): Item[] {
  let kept: { key: Buffer; at: number; item: Item }[] = [];
  let [size, at] = [0, 0];
  const cut = (): void => {
    kept.sort((left, right) => left.key.compare(right.key) || left.at - right.at);
    kept = kept.slice(0, keep);
    size = kept.reduce((sum, { key }) => sum + key.length + 64, 0);
  };
  for (const item of items) {
    const key = keyOf(item);
    kept.push({ key, at: at++, item });
    size += key.length + 64;
    if (kept.length > 2 * keep + 1000) cut();
    if (size > MEMORY)
      throw new Fault('QueryExceededMemoryLimitNoDiskUseAllowed', `Sort exceeded memory limit of ${MEMORY} bytes`);
  }
  cut();
  return kept.map(({ item }) => item);
}
