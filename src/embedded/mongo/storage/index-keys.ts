import { isDocument, type Doc } from '../bson/document.js';
import { EMPTY_ARRAY, KeyWriter } from '../bson/order.js';
import { Fault } from '../errors.js';
import { isPosition } from '../query/paths.js';
import type { Index } from './catalog.js';

/** What a document puts into an index: its keys, and which fields were arrays (a bit each). */
export interface IndexKeys {
  keys: Buffer[];
  multikey: number;
}

interface Extracted {
  values: unknown[];
  array: boolean;
}

function extract(value: unknown, parts: readonly string[], at: number, into: Extracted): void {
  const part = parts[at];
  if (Array.isArray(value)) {
    if (part !== undefined && isPosition(part) && Number(part) < value.length)
      return extract(value[Number(part)], parts, at + 1, into);
    into.array = true;
    if (value.length === 0) into.values.push(part === undefined ? EMPTY_ARRAY : null);
    for (const element of value as unknown[]) {
      if (part === undefined) into.values.push(element);
      else if (isDocument(element)) extract(element[part], parts, at + 1, into);
      else into.values.push(null);
    }
    return;
  }
  if (part === undefined) into.values.push(value ?? null);
  else if (isDocument(value) && Object.hasOwn(value, part)) extract(value[part], parts, at + 1, into);
  else into.values.push(null);
}

/** What a document is in order of a path: of arrays every element, null for what is not there. */
export function sortValuesAt(document: Doc, path: string): unknown[] {
  const into: Extracted = { values: [], array: false };
  extract(document, path.split('.'), 0, into);
  return into.values;
}

const writer = new KeyWriter();

function single(values: readonly unknown[], index: Index): Buffer {
  index.fields.forEach((field, at) => writer.add(values[at], field.descending));
  return writer.take();
}

/** The keys of a document in an index: one, or one for each element where a field is an array. */
export function keysOf(document: Doc, index: Index): IndexKeys {
  let multikey = 0;
  let arrayAt = -1;
  let length = 1;
  const columns = index.fields.map((field, at) => {
    const into: Extracted = { values: [], array: false };
    extract(document, field.parts, 0, into);
    if (into.array) {
      multikey |= 1 << at;
      if (into.values.length > 1) {
        if (arrayAt >= 0 && !(sameArray(index, arrayAt, at) && into.values.length === length))
          throw new Fault(
            'CannotIndexParallelArrays',
            `cannot index parallel arrays [${field.path}] [${index.fields[arrayAt]?.path}]`,
          );
        arrayAt = at;
        length = into.values.length;
      }
    }
    return into.values;
  });
  if (arrayAt < 0)
    return {
      keys: [
        single(
          columns.map(([value]) => value),
          index,
        ),
      ],
      multikey,
    };
  const unique = new Map<string, Buffer>();
  for (let element = 0; element < length; element++) {
    const key = single(
      columns.map((values) => (values.length === 1 ? values[0] : values[element])),
      index,
    );
    unique.set(key.toString('latin1'), key);
  }
  return { keys: [...unique.values()], multikey };
}

/** Two fields of the same array of documents go element by element; two arrays side by side cannot be indexed. */
function sameArray(index: Index, one: number, other: number): boolean {
  const [left = '', right = ''] = [index.fields[one]?.path, index.fields[other]?.path];
  return left.includes('.') && left.split('.')[0] === right.split('.')[0];
}
