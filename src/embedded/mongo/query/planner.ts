import type { Doc } from '../bson/document.js';
import { RANK } from '../bson/order.js';
import { Fault } from '../errors.js';
import type { Collection, Index } from '../storage/catalog.js';
import { after, boundsOf, intersect, inverted, type FilterBounds, type Interval } from './intervals.js';

/** Keys of an index to walk, half open. */
export interface KeyRange {
  lo: Buffer;
  hi: Buffer;
}

/** Ranges to walk one after the other; what precedes the sort fields in their keys is the same in all of them. */
export interface Stream {
  ranges: KeyRange[];
  prefixLength: number;
}

export interface SortField {
  path: string;
  descending: boolean;
}

/** How a query is answered. Without an index it looks at every document. */
export interface Plan {
  index: Index | undefined;
  streams: Stream[];
  reverse: boolean;
  /** Rows come in the order asked for: no sort is needed. */
  sorted: boolean;
  /** The ranges hold exactly what the filter finds: counting keys is enough. */
  exact: boolean;
}

interface Candidate {
  plan: Plan;
  score: number;
}

const MAX_RANGES = 2000;
const MAX_STREAMS = 100;
const ALL: Interval = { lo: Buffer.alloc(0), hi: Buffer.from([0xff]), point: false };
const isMultikey = (index: Index, at: number): boolean => (index.multikey & (1 << at)) !== 0;

/** The values a field of an index can have, in the order in which its keys lie; undefined where anything goes. */
function fieldIntervals(index: Index, at: number, bounds: FilterBounds): Interval[] | undefined {
  const field = index.fields[at];
  let constraints = field && bounds.paths.get(field.path);
  if (field === undefined || constraints === undefined) return undefined;
  if (isMultikey(index, at)) {
    // Two conditions may be met by two elements, so only one of them can bound the scan.
    constraints = constraints.filter((constraint) => !constraint.matchesMissing);
    const points = constraints.find(({ intervals }) => intervals.every(({ point }) => point));
    constraints = points === undefined ? constraints.slice(0, 1) : [points];
    // Fields of one array are met element by element in the index, but not by the filter.
    const bounded = (other: number): boolean =>
      isMultikey(index, other) && bounds.paths.has(index.fields[other]?.path ?? '');
    if (index.fields.slice(0, at).some((_, other) => bounded(other))) return undefined;
  }
  const [first, ...others] = constraints.map(({ intervals }) => intervals);
  if (first === undefined) return undefined;
  const intervals = others.reduce((left, right) => intersect(left, right), first);
  return field.descending ? intervals.map(inverted).reverse() : intervals;
}

const prefixed = (prefix: Buffer, { lo, hi }: Interval): KeyRange => ({
  lo: Buffer.concat([prefix, lo]),
  hi: hi === ALL.hi ? (prefix.length === 0 ? ALL.hi : after(prefix)) : Buffer.concat([prefix, hi]),
});

/** Leading fields that have nothing but points, at most `limit` of them, as key prefixes. */
function pointPrefixes(index: Index, bounds: FilterBounds, limit: number): { prefixes: Buffer[]; used: number } {
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let used = 0;
  for (; used < limit; used++) {
    const intervals = fieldIntervals(index, used, bounds);
    if (intervals === undefined || !intervals.every(({ point }) => point)) break;
    if (prefixes.length * intervals.length > MAX_RANGES) break;
    prefixes = prefixes.flatMap((prefix) => intervals.map(({ lo }) => Buffer.concat([prefix, lo])));
  }
  return { prefixes: prefixes.sort((left, right) => left.compare(right)), used };
}

/** All the bounds an index can use, whatever the order of its rows. */
function boundedScan(index: Index, bounds: FilterBounds): Candidate & { fields: number } {
  const { prefixes, used } = pointPrefixes(index, bounds, index.fields.length);
  const next = fieldIntervals(index, used, bounds);
  const ranges = prefixes.flatMap((prefix) => (next ?? [ALL]).map((interval) => prefixed(prefix, interval)));
  const fields = used + (next === undefined ? 0 : 1);
  const all = used === index.fields.length ? 20 : 0;
  return {
    plan: { index, streams: [{ ranges, prefixLength: 0 }], reverse: false, sorted: false, exact: false },
    score: used * 10 + (next === undefined ? 0 : 5) + (index.unique ? all : 0) - index.fields.length * 0.01,
    fields,
  };
}

/** A scan whose rows come sorted, if the index has the sort fields after fields that are pinned to points. */
function sortedScan(
  index: Index,
  bounds: FilterBounds,
  sort: readonly SortField[],
  limited: boolean,
): Candidate | undefined {
  const pinned = (path: string): boolean => {
    const at = index.fields.findIndex((field) => field.path === path);
    return (
      at >= 0 && !isMultikey(index, at) && fieldIntervals(index, at, bounds)?.length === 1 && isPoint(index, at, bounds)
    );
  };
  const wanted = sort.filter(({ path }) => !pinned(path));
  const [first] = wanted;
  const start = first === undefined ? 0 : index.fields.findIndex(({ path }) => path === first.path);
  if (start < 0) return undefined;
  const reverse = first !== undefined && first.descending !== index.fields[start]?.descending;
  const serves = wanted.every(({ path, descending }, offset) => {
    const field = index.fields[start + offset];
    return field?.path === path && !isMultikey(index, start + offset) && (descending !== field.descending) === reverse;
  });
  const { prefixes, used } = pointPrefixes(index, bounds, start);
  if (!serves || used < start || prefixes.length > MAX_STREAMS) return undefined;
  if (first === undefined) return undefined; // nothing left to sort by: any scan will do
  const next = fieldIntervals(index, start, bounds);
  const streams = prefixes.map((prefix) => ({
    ranges: (next ?? [ALL]).map((interval) => prefixed(prefix, interval)),
    prefixLength: prefix.length,
  }));
  const bonus = limited ? 8 : 4;
  const score = used * 10 + (next === undefined ? 0 : 5) + bonus - index.fields.length * 0.01;
  const exact = isExact(index, used + (next === undefined ? 0 : 1), bounds);
  return { plan: { index, streams, reverse, sorted: true, exact }, score };
}

const isPoint = (index: Index, at: number, bounds: FilterBounds): boolean =>
  fieldIntervals(index, at, bounds)?.every(({ point }) => point) === true;

/** True if every document the filter can find is in a partial index. */
function covers(index: Index, bounds: FilterBounds): boolean {
  if (index.partial === undefined) return true;
  const needed = boundsOf(withoutExists(index.partial));
  if (!needed.complete) return false;
  const within = (inner: Interval[], outer: Interval[]): boolean =>
    inner.every((one) => outer.some((other) => other.lo.compare(one.lo) <= 0 && one.hi.compare(other.hi) <= 0));
  const implied = (path: string, outer: Interval[]): boolean =>
    bounds.paths.get(path)?.some(({ intervals }) => within(intervals, outer)) === true;
  for (const [path, constraints] of needed.paths)
    if (!constraints.every(({ intervals }) => implied(path, intervals))) return false;
  const present: Interval = { lo: Buffer.from([RANK.null + 1]), hi: Buffer.from([0xff]), point: false };
  return existing(index.partial).every((path) => implied(path, [present]));
}

const isExists = (condition: unknown): boolean => {
  const entries = Object.entries((condition ?? {}) as Doc);
  return entries.length === 1 && entries[0]?.[0] === '$exists' && entries[0][1] === true;
};
const existing = (filter: Doc): string[] => Object.keys(filter).filter((path) => isExists(filter[path]));
const withoutExists = (filter: Doc): Doc =>
  Object.fromEntries(Object.entries(filter).filter(([, condition]) => !isExists(condition)));

/** True if the index bounds say all that the filter says, so that keys need not be looked behind. */
function isExact(index: Index, used: number, bounds: FilterBounds): boolean {
  if (!bounds.complete || index.multikey !== 0 || index.partial !== undefined) return false;
  const bounded = new Set(index.fields.slice(0, used).map(({ path }) => path));
  return [...bounds.paths.keys()].every((path) => bounded.has(path));
}

const collectionScan = (): Plan => ({ index: undefined, streams: [], reverse: false, sorted: false, exact: false });

function hinted(collection: Collection, hint: unknown): Index[] {
  const found = collection.indexes.find(
    ({ name, key }) => name === hint || JSON.stringify(key) === JSON.stringify(hint),
  );
  if (found === undefined)
    throw new Fault(
      'BadValue',
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  return [found];
}

/** Chooses how to answer: the index with the most bounds, where one also spares a sort. */
export function plan(
  collection: Collection,
  filter: Doc,
  sort: readonly SortField[],
  limited: boolean,
  hint?: unknown,
): Plan {
  const natural = typeof hint === 'object' && hint !== null && '$natural' in hint;
  if (natural) return collectionScan();
  const bounds = boundsOf(filter);
  let best: Candidate = { plan: collectionScan(), score: hint === undefined ? 0 : -1000 };
  for (const index of hint === undefined ? collection.indexes : hinted(collection, hint)) {
    if (!covers(index, bounds)) continue;
    const bounded = boundedScan(index, bounds);
    bounded.plan.exact = isExact(index, bounded.fields, bounds);
    const candidates = [bounded, sort.length > 0 ? sortedScan(index, bounds, sort, limited) : undefined];
    for (const candidate of candidates) if (candidate !== undefined && candidate.score > best.score) best = candidate;
  }
  return best.plan;
}
