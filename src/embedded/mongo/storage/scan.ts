import type { KeyRange, Plan, Stream } from '../query/planner.js';
import type { Collection, Index } from './catalog.js';
import type { Sqlite } from './sqlite.js';
import type { Stored } from './store.js';

/** What a query has touched, for `explain`. */
export interface Counters {
  keys: number;
  documents: number;
}

interface Hit extends Stored {
  key: Buffer;
}

const FIRST_PAGE = 32;
const LARGEST_PAGE = 512;

/** SQL for one page of a range; `resumed` continues behind the last row instead of at the range's edge. */
function pageSql(collection: Collection, index: Index, reverse: boolean, resumed: boolean): string {
  const order = reverse ? 'DESC' : 'ASC';
  if (index.id === 0) {
    const from = reverse ? 'id < ? AND id >= ?' : `${resumed ? 'id > ?' : 'id >= ?'} AND id < ?`;
    return `SELECT id, rid, doc FROM d${collection.id} WHERE ${from} ORDER BY id ${order} LIMIT ?`;
  }
  const edge = reverse ? 'x.key < ? AND x.key >= ?' : 'x.key >= ? AND x.key < ?';
  const behind = reverse ? '(x.key, x.rid) < (?, ?) AND x.key >= ?' : '(x.key, x.rid) > (?, ?) AND x.key < ?';
  return `SELECT x.key, x.rid, d.doc FROM x${index.id} x CROSS JOIN d${collection.id} d ON d.rid = x.rid
    WHERE ${resumed ? behind : edge} ORDER BY x.key ${order}, x.rid ${order} LIMIT ?`;
}

/**
 * Walks one range page by page. Between pages nothing is held open in SQLite: a cursor can rest for minutes while
 * writers go on, and picks up behind the last row it has seen.
 */
function* walkRange(
  sqlite: Sqlite,
  collection: Collection,
  index: Index,
  range: KeyRange,
  reverse: boolean,
  page: { size: number },
  counters: Counters,
): Generator<Hit> {
  let last: Hit | undefined;
  for (;;) {
    const end = reverse ? range.lo : range.hi;
    const start = reverse ? range.hi : range.lo;
    const from = last === undefined ? [start] : index.id === 0 ? [last.key] : [last.key, last.rid];
    const size = page.size;
    const rows = sqlite.all(pageSql(collection, index, reverse, last !== undefined), [...from, end, size]);
    page.size = Math.min(size * 2, LARGEST_PAGE);
    counters.keys += rows.length;
    counters.documents += rows.length;
    for (const [key, rid, bytes] of rows) {
      last = { key: key as Buffer, rid: rid as number, bytes: bytes as Buffer };
      yield last;
    }
    if (rows.length < size) return;
  }
}

function* walkStream(
  sqlite: Sqlite,
  collection: Collection,
  plan: Plan & { index: Index },
  stream: Stream,
  page: { size: number },
  counters: Counters,
): Generator<Hit> {
  for (const range of plan.reverse ? [...stream.ranges].reverse() : stream.ranges)
    yield* walkRange(sqlite, collection, plan.index, range, plan.reverse, page, counters);
}

/** Merges streams by what follows their prefixes, so that rows of several prefixes come in one order. */
function* merge(streams: { hits: Generator<Hit>; prefixLength: number }[], reverse: boolean): Generator<Hit> {
  const open = streams.flatMap(({ hits, prefixLength }) => {
    const next = hits.next();
    return next.done === true
      ? []
      : [{ hits, prefixLength, head: next.value, suffix: next.value.key.subarray(prefixLength) }];
  });
  while (open.length > 0) {
    let best = open[0] as (typeof open)[number];
    for (const other of open) {
      const order = other.suffix.compare(best.suffix) || other.head.rid - best.head.rid;
      if (reverse ? order > 0 : order < 0) best = other;
    }
    yield best.head;
    const next = best.hits.next();
    if (next.done === true) open.splice(open.indexOf(best), 1);
    else {
      best.head = next.value;
      best.suffix = next.value.key.subarray(best.prefixLength);
    }
  }
}

function* once(hits: Iterable<Hit>): Generator<Hit> {
  const seen = new Set<number>();
  for (const hit of hits) {
    if (seen.has(hit.rid)) continue;
    seen.add(hit.rid);
    yield hit;
  }
}

function* walkCollection(sqlite: Sqlite, collection: Collection, size: number, counters: Counters): Generator<Stored> {
  let rid = Number.MIN_SAFE_INTEGER;
  for (let limit = size; ; limit = Math.min(limit * 2, LARGEST_PAGE)) {
    const sql = `SELECT rid, doc FROM d${collection.id} WHERE rid > ? ORDER BY rid LIMIT ?`;
    const rows = sqlite.all(sql, [rid, limit]) as [number, Buffer][];
    counters.documents += rows.length;
    for (const [place, bytes] of rows) yield { rid: (rid = place), bytes };
    if (rows.length < limit) return;
  }
}

/** The documents a plan looks at, in the plan's order. `hint` is how many the caller is likely to want. */
export function scan(
  sqlite: Sqlite,
  collection: Collection,
  plan: Plan,
  counters: Counters,
  hint = FIRST_PAGE,
): Generator<Stored> {
  const size = Math.max(1, Math.min(hint, LARGEST_PAGE));
  const { index, streams, reverse } = plan;
  if (index === undefined) return walkCollection(sqlite, collection, size, counters);
  const each = Math.max(1, Math.ceil(size / Math.max(1, streams.length)));
  const opened = streams.map((stream) => ({
    hits: walkStream(sqlite, collection, { ...plan, index }, stream, { size: each }, counters),
    prefixLength: stream.prefixLength,
  }));
  const [first, ...others] = opened;
  const hits = first !== undefined && others.length === 0 ? first.hits : merge(opened, reverse);
  return index.multikey === 0 ? hits : once(hits);
}

/** Counts the keys in a plan's ranges without looking at documents. Only for plans that are exact. */
export function countKeys(sqlite: Sqlite, collection: Collection, plan: Plan & { index: Index }): number {
  const { id } = plan.index;
  const [table, column] = id === 0 ? [`d${collection.id}`, 'id'] : [`x${id}`, 'key'];
  let total = 0;
  for (const { lo, hi } of plan.streams.flatMap(({ ranges }) => ranges)) {
    const sql = `SELECT count(*) FROM ${table} WHERE ${column} >= ? AND ${column} < ?`;
    total += sqlite.get(sql, [lo, hi])?.[0] as number;
  }
  return total;
}
