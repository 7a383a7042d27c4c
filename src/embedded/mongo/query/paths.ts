import { isDocument, type Doc } from '../bson/document.js';

/** True of a path component that can stand for a place in an array. */
export const isPosition = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part);

/** A path to one element of an array, in a document made for it: an array there is one value, its elements are not. */
export const ELEMENT = '\u0000element';

function collect(value: unknown, parts: readonly string[], at: number, found: unknown[]): void {
  const part = parts[at];
  if (part === undefined) {
    found.push(value);
    return;
  }
  if (Array.isArray(value)) {
    if (isPosition(part) && Number(part) < value.length) collect(value[Number(part)], parts, at + 1, found);
    // Elements that are not documents have no fields, not even missing ones.
    for (const element of value) if (isDocument(element)) collect(element, parts, at, found);
    return;
  }
  const field = isDocument(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  if (field === undefined) found.push(undefined);
  else collect(field, parts, at + 1, found);
}

/** Every value there is on this path: arrays on the way are walked, an array at the end is one value. */
export function leavesAt(document: Doc, path: string): unknown[] {
  if (!path.includes('.')) return [Object.hasOwn(document, path) ? document[path] : undefined];
  const found: unknown[] = [];
  collect(document, path.split('.'), 0, found);
  return found;
}

/** Every value a filter on this path looks at: of an array at the end its elements too. */
export function valuesAt(document: Doc, path: string): unknown[] {
  const leaves = leavesAt(document, path);
  if (path === ELEMENT || !leaves.some(Array.isArray)) return leaves;
  return leaves.flatMap((leaf) => (Array.isArray(leaf) ? [leaf, ...(leaf as unknown[])] : [leaf]));
}
