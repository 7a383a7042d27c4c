import { isDocument, type Doc } from '../bson/document.js';
import { Fault } from '../errors.js';
import { isPosition } from '../query/paths.js';

const MAX_PADDING = 1500000;

/** Returned by an operator that leaves a field as it is, or takes it away. */
export const KEEP = Symbol('keep');
export const REMOVE = Symbol('remove');

type Container = Doc | unknown[];

const isContainer = (value: unknown): value is Container => Array.isArray(value) || isDocument(value);

function notViable(parts: readonly string[], at: number, holder: Container): Fault {
  const element = at === 0 ? 'document' : `element {${parts[at - 1]}: …}`;
  const what = Array.isArray(holder) ? 'an array' : 'a value that is no document';
  return new Fault(
    'PathNotViable',
    `Cannot create field '${parts[at]}' in ${element}: it is ${what} (path '${parts.join('.')}')`,
  );
}

/** Refuses a path that leads through something that can have no such field; one that is merely not there is fine. */
export function checkViable(document: Doc, parts: readonly string[]): void {
  let value: unknown = document;
  for (const [at, part] of parts.entries()) {
    if (value === undefined) return;
    if (Array.isArray(value) ? !isPosition(part) : !isDocument(value))
      throw new Fault(
        'PathNotViable',
        `Cannot use the part (${part}) of (${parts.join('.')}) to traverse the element (${parts[at - 1]})`,
      );
    value = valueAt(value as Doc, [part]);
  }
}

/** The value at a concrete path, undefined where there is none. */
export function valueAt(document: Doc, parts: readonly string[]): unknown {
  let value: unknown = document;
  for (const part of parts) {
    if (Array.isArray(value) ? !isPosition(part) : !isDocument(value)) return undefined;
    value = Object.hasOwn(value as Doc, part) ? (value as Doc)[part] : undefined;
  }
  return value;
}

function put(holder: Container, part: string, value: unknown, parts: readonly string[], at: number): void {
  if (!Array.isArray(holder)) {
    holder[part] = value;
    return;
  }
  if (!isPosition(part)) throw notViable(parts, at, holder);
  const position = Number(part);
  if (position - holder.length > MAX_PADDING)
    throw new Fault('BadValue', `can't backfill array to larger than ${MAX_PADDING} elements`);
  while (holder.length < position) holder.push(null);
  holder[position] = value;
}

/**
 * Replaces the value at a concrete path by what `operator` makes of it, creating documents on the way only when there
 * is something to put there.
 */
export function changeAt(document: Doc, parts: readonly string[], operator: (current: unknown) => unknown): void {
  let holder: Container = document;
  for (let at = 0; at < parts.length - 1; at++) {
    const part = parts[at] as string;
    const next = valueAt(holder as Doc, [part]);
    if (isContainer(next)) {
      holder = next;
      continue;
    }
    const value = operator(undefined);
    if (value === KEEP || value === REMOVE) return;
    if (next !== undefined)
      throw new Fault('PathNotViable', `Cannot create field '${parts[at + 1]}' in element {${part}: …}`);
    put(holder, part, nested(parts.slice(at + 1), value), parts, at);
    return;
  }
  const last = parts.at(-1) as string;
  if (Array.isArray(holder) && !isPosition(last)) {
    const value = operator(undefined);
    if (value === KEEP || value === REMOVE) return;
    throw notViable(parts, parts.length - 1, holder);
  }
  const value = operator(valueAt(holder as Doc, [last]));
  if (value === KEEP) return;
  if (value !== REMOVE) put(holder, last, value, parts, parts.length - 1);
  else if (!Array.isArray(holder)) delete holder[last];
  else if (Number(last) < holder.length) holder[Number(last)] = null;
}

const nested = (parts: readonly string[], value: unknown): unknown =>
  parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
