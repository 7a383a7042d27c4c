import { hasOperators, readFields, topOf, type Doc } from '../bson/document.js';
import type { Collection } from '../storage/catalog.js';
import { scan, type Counters } from '../storage/scan.js';
import type { Store, Stored } from '../storage/store.js';
import { compileFilter, fieldsIn } from './matcher.js';
import { plan, type Plan, type SortField } from './planner.js';
import { sorted, sortKey } from './sort.js';

export interface FindRequest {
  filter: Doc;
  sort: SortField[];
  skip: number;
  limit: number;
  hint?: unknown;
}

/** A query under way: its plan, what it has touched so far, and its documents, fetched as they are asked for. */
export interface Found {
  plan: Plan;
  counters: Counters;
  documents: Generator<Stored>;
}

/** True of a value of _id that only one document can have. */
function isPoint(id: unknown): boolean {
  if (id === undefined || id === null || Array.isArray(id) || id instanceof RegExp) return false;
  return !hasOperators(id);
}

/** What a query finds whose filter names one _id, without any planning; undefined where it names none. */
export function findById(store: Store, collection: Collection, request: FindRequest): Stored[] | undefined {
  const { _id: id, ...others } = request.filter;
  if (!isPoint(id) || request.skip > 0 || request.hint !== undefined) return undefined;
  const test = compileFilter(others);
  const stored = store.byId(collection, id);
  return stored !== undefined && test(readFields(stored.bytes, fieldsIn(others))) ? [stored] : [];
}

function* limited(documents: Iterable<Stored>, skip: number, limit: number): Generator<Stored> {
  let seen = 0;
  for (const document of documents) {
    if (++seen <= skip) continue;
    yield document;
    if (limit > 0 && seen >= skip + limit) return;
  }
}

/** Sorted in memory by key and place only; a document that has changed since and no longer fits is left out. */
function* inMemory(
  store: Store,
  collection: Collection,
  matching: Iterable<Stored>,
  test: (bytes: Buffer) => boolean,
  request: FindRequest,
): Generator<Stored> {
  const keep = request.limit > 0 ? request.skip + request.limit : Infinity;
  const fields = request.sort.map(({ path }) => topOf(path));
  function* keyed(): Generator<{ rid: number; key: Buffer }> {
    for (const { rid, bytes } of matching) yield { rid, key: sortKey(readFields(bytes, fields), request.sort) };
  }
  for (const { rid } of sorted(keyed(), ({ key }) => key, keep)) {
    const document = store.byRid(collection, rid);
    if (document !== undefined && test(document.bytes)) yield document;
  }
}

/** Plans a query and begins to answer it. */
export function find(store: Store, collection: Collection, request: FindRequest): Found {
  const { filter, sort, skip, limit } = request;
  const counters: Counters = { keys: 0, documents: 0 };
  const chosen = plan(collection, filter, sort, limit > 0, request.hint);
  const test = tester(filter);
  const needsSort = sort.length > 0 && !chosen.sorted;
  const expected = limit > 0 && !needsSort ? skip + limit : undefined;
  const rows = scan(store.sqlite, collection, chosen, counters, expected);
  function* matching(): Generator<Stored> {
    for (const row of rows) if (test(row.bytes)) yield row;
  }
  const found = chosen.exact ? rows : matching();
  const ordered = needsSort ? inMemory(store, collection, found, test, request) : found;
  return { plan: chosen, counters, documents: limited(ordered, skip, limit) };
}

/** A filter as a test of BSON, which reads no more of it than the filter speaks of. */
function tester(filter: Doc): (bytes: Buffer) => boolean {
  const test = compileFilter(filter);
  const fields = fieldsIn(filter);
  return (bytes) => test(readFields(bytes, fields));
}
