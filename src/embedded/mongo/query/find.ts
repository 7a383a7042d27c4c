import { hasOperators, isDocument, readPlain, type Doc } from '../bson/document.js';
import type { Collection } from '../storage/catalog.js';
import { scan, type Counters } from '../storage/scan.js';
import type { Store, Stored } from '../storage/store.js';
import { compileFilter } from './matcher.js';
import { plan, type Plan, type SortField } from './planner.js';
import { compileProjection } from './projection.js';
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

/** The value of `{_id: value}`, if that is all a filter says. */
export function soleId(filter: Doc): { id: unknown } | undefined {
  const keys = Object.keys(filter);
  if (keys.length !== 1 || keys[0] !== '_id') return undefined;
  const id = filter._id;
  if (id === undefined || id === null || Array.isArray(id) || id instanceof RegExp) return undefined;
  return isDocument(id) && hasOperators(id) ? undefined : { id };
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
  test: (document: Doc) => boolean,
  request: FindRequest,
): Generator<Stored> {
  const keep = request.limit > 0 ? request.skip + request.limit : Infinity;
  function* keyed(): Generator<{ rid: number; key: Buffer }> {
    for (const { rid, bytes } of matching) yield { rid, key: sortKey(readPlain(bytes), request.sort) };
  }
  for (const { rid } of sorted(keyed(), ({ key }) => key, keep)) {
    const document = store.byRid(collection, rid);
    if (document !== undefined && test(readPlain(document.bytes))) yield document;
  }
}

/** Plans a query and begins to answer it. */
export function find(store: Store, collection: Collection, request: FindRequest): Found {
  const { filter, sort, skip, limit } = request;
  const counters: Counters = { keys: 0, documents: 0 };
  const chosen = plan(collection, filter, sort, limit > 0, request.hint);
  const test = compileFilter(filter);
  const needsSort = sort.length > 0 && !chosen.sorted;
  const expected = limit > 0 && !needsSort ? skip + limit : undefined;
  const rows = scan(store.sqlite, collection, chosen, counters, expected);
  function* matching(): Generator<Stored> {
    for (const row of rows) if (test(readPlain(row.bytes))) yield row;
  }
  const ordered = needsSort ? inMemory(store, collection, matching(), test, request) : matching();
  return { plan: chosen, counters, documents: limited(ordered, skip, limit) };
}

/** The documents of a query as BSON, projected. */
export function* projected(documents: Iterable<Stored>, projection: unknown): Generator<Buffer> {
  const project = compileProjection(isDocument(projection) ? projection : {});
  for (const { bytes } of documents) yield project(bytes);
}
