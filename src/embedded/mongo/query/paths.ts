import { isDocument, type Doc } from '../bson/document.js';

/** True of a path component that can stand for a place in an array. */
export const isPosition = (part: string): boolean => /^(0|[1-9]\d*)$/.test(part);

function collect(value: unknown, parts: readonly string[], at: number, found: unknown[]): void {
  const part = parts[at];
  if (part === undefined) {
    found.push(value);
    if (Array.isArray(value)) found.push(...(value as unknown[]));
    return;
  }
  if (Array.isArray(value)) {
    if (isPosition(part) && Number(part) < value.length) collect(value[Number(part)], parts, at + 1, found);
    // Elements that are not documents have no fields, not even missing ones.
    for (const element of value) if (isDocument(element)) collect(element, parts, at, found);
    return;
  }
  collectField(value, part, parts, at, found);
}

function collectField(value: unknown, part: string, parts: readonly string[], at: number, found: unknown[]): void {
  const field = isDocument(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  if (field === undefined) found.push(undefined);
  else collect(field, parts, at + 1, found);
}

/** Every value a filter on this path looks at: arrays on the way are walked, an array at the end counts itself too. */
export function valuesAt(document: Doc, path: string): unknown[] {
  const found: unknown[] = [];
  if (!path.includes('.')) {
    const value = Object.hasOwn(document, path) ? document[path] : undefined;
    found.push(value);
    if (Array.isArray(value)) found.push(...(value as unknown[]));
    return found;
  }
  collect(document, path.split('.'), 0, found);
  return found;
}
