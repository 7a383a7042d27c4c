import { hasOperators, isDocument, type Doc } from '../bson/document.js';
import { encodeKey, RANK, rankOf } from '../bson/order.js';

/** A half-open range of encoded values; a point holds one value only. */
export interface Interval {
  lo: Buffer;
  hi: Buffer;
  point: boolean;
}

/** One condition on one path, as the values that can fulfil it. */
export interface Constraint {
  intervals: Interval[];
  /** Missing fields fulfil it too, which an index over arrays cannot tell. */
  matchesMissing: boolean;
}

/** What a filter says, path by path. Conditions of one path are all to be fulfilled. */
export interface FilterBounds {
  paths: Map<string, Constraint[]>;
  /** The bounds say all that the filter says. */
  complete: boolean;
}

/** The first key after all keys that begin with `prefix`. */
export function after(prefix: Buffer): Buffer {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  const next = Buffer.from(prefix.subarray(0, end));
  if (end > 0) next[end - 1] = (next[end - 1] ?? 0) + 1;
  return next;
}

const invert = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => ~byte & 0xff));

/** The same values where a field's bytes are written inverted. */
export const inverted = ({ lo, hi, point }: Interval): Interval =>
  point ? { lo: invert(lo), hi: after(invert(lo)), point } : { lo: after(invert(hi)), hi: after(invert(lo)), point };

const point = (value: unknown): Interval => {
  const lo = encodeKey(value);
  return { lo, hi: after(lo), point: true };
};

function equality(value: unknown): Constraint | undefined {
  // In an index, arrays are their elements.
  if (Array.isArray(value) || value instanceof RegExp) return undefined;
  return { intervals: [point(value)], matchesMissing: value === null || value === undefined };
}

function anyOf(values: unknown): Constraint | undefined {
  if (!Array.isArray(values)) return undefined;
  const parts = values.map(equality);
  if (parts.some((part) => part === undefined)) return undefined;
  return union(parts as Constraint[]);
}

function range(operator: string, value: unknown): Constraint | undefined {
  const rank = rankOf(value);
  if (value === null || value === undefined || Array.isArray(value) || value instanceof RegExp) return undefined;
  if (rank === RANK.minKey || rank === RANK.maxKey) return undefined;
  const key = encodeKey(value);
  if (typeof value === 'number' && Number.isNaN(value)) return undefined;
  // NaN sorts below all numbers, but is not less than any.
  const start = rank === RANK.number ? after(encodeKey(NaN)) : Buffer.from([rank]);
  const end = Buffer.from([rank + 1]);
  const bounds: Record<string, [Buffer, Buffer]> = {
    $gt: [after(key), end],
    $gte: [key, end],
    $lt: [start, key],
    $lte: [start, after(key)],
  };
  const found = bounds[operator];
  return found && { intervals: [{ lo: found[0], hi: found[1], point: false }], matchesMissing: false };
}

/** The strings that begin as an anchored pattern begins: /^abc/ and nothing cleverer. */
function prefixOf(regex: RegExp): Constraint | undefined {
  const literal = /^\^([\w \-@/:#&%,;!~<>=]+)/.exec(regex.source)?.[1];
  if (literal === undefined || /[im]/.test(regex.flags) || regex.source.includes('|')) return undefined;
  const rest = regex.source.slice(literal.length + 1);
  const certain = /^[?*{]/.test(rest) ? literal.slice(0, -1) : literal;
  if (certain === '') return undefined;
  const lo = encodeKey(certain).subarray(0, -2);
  return { intervals: [{ lo, hi: after(lo), point: false }], matchesMissing: false };
}

const byStart = (left: Interval, right: Interval): number => left.lo.compare(right.lo) || left.hi.compare(right.hi);
const later = (left: Buffer, right: Buffer): Buffer => (left.compare(right) >= 0 ? left : right);
const earlier = (left: Buffer, right: Buffer): Buffer => (left.compare(right) <= 0 ? left : right);

function union(parts: readonly Constraint[]): Constraint {
  const merged: Interval[] = [];
  for (const next of parts.flatMap((part) => part.intervals).sort(byStart)) {
    const last = merged.at(-1);
    if (last === undefined || next.lo.compare(last.hi) >= 0) merged.push({ ...next });
    else if (next.hi.compare(last.hi) > 0 || last.point !== next.point) {
      last.hi = later(last.hi, next.hi);
      last.point = false;
    }
  }
  return { intervals: merged, matchesMissing: parts.some((part) => part.matchesMissing) };
}

/** What fulfils both. Right only where a path holds one value, not an array. */
export function intersect(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  return left.flatMap((one) =>
    right.flatMap((other) => {
      const lo = later(one.lo, other.lo);
      const hi = earlier(one.hi, other.hi);
      return lo.compare(hi) < 0 ? [{ lo, hi, point: one.point || other.point }] : [];
    }),
  );
}

function operatorConstraint(operator: string, operand: unknown): Constraint | undefined {
  if (operator === '$eq') return equality(operand);
  if (operator === '$in') return anyOf(operand);
  if (operator === '$regex') return operand instanceof RegExp ? prefixOf(operand) : undefined;
  return range(operator, operand);
}

function addField(bounds: FilterBounds, path: string, condition: unknown): void {
  const add = (constraint: Constraint | undefined, exact: boolean): void => {
    if (constraint === undefined || !exact) bounds.complete = false;
    if (constraint === undefined) return;
    bounds.paths.set(path, [...(bounds.paths.get(path) ?? []), constraint]);
  };
  if (condition instanceof RegExp) return add(prefixOf(condition), false);
  if (!hasOperators(condition)) return add(equality(condition), true);
  const { $options: options, ...operators } = condition;
  if (options !== undefined && options !== '') {
    bounds.complete = false;
    delete operators.$regex;
  }
  for (const [operator, operand] of Object.entries(operators)) {
    const pattern = operator === '$regex' && typeof operand === 'string' ? safePattern(operand) : operand;
    add(operatorConstraint(operator, pattern), operator !== '$regex');
  }
}

function safePattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source);
  } catch {
    return undefined; // the matcher says what is wrong with it
  }
}

/** The hull of the branches: on each path that all of them speak of, what any of them allows. */
function addBranches(bounds: FilterBounds, branches: unknown): void {
  bounds.complete = false;
  if (!Array.isArray(branches) || branches.length === 0 || !branches.every(isDocument)) return;
  const [first, ...others] = branches.map(boundsOf);
  for (const [path, constraints] of first?.paths ?? []) {
    const parts = [constraints[0], ...others.map((other) => other.paths.get(path)?.[0])];
    if (parts.some((part) => part === undefined)) continue;
    bounds.paths.set(path, [...(bounds.paths.get(path) ?? []), union(parts as Constraint[])]);
  }
}

/** Reads from a filter which values each path can have. Never too narrow; the filter itself has the last word. */
export function boundsOf(filter: Doc): FilterBounds {
  const bounds: FilterBounds = { paths: new Map(), complete: true };
  for (const [key, condition] of Object.entries(filter)) {
    if (key === '$or') addBranches(bounds, condition);
    else if (key === '$and' && Array.isArray(condition) && condition.every(isDocument)) {
      for (const part of condition.map(boundsOf)) {
        bounds.complete &&= part.complete;
        for (const [path, constraints] of part.paths)
          bounds.paths.set(path, [...(bounds.paths.get(path) ?? []), ...constraints]);
      }
    } else if (key.startsWith('$')) bounds.complete = false;
    else addField(bounds, key, condition);
  }
  return bounds;
}
