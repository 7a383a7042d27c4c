import type { KeyRange, Plan, Stream } from '../query/planner.js';
import type { Collection, Index } from './catalog.js';
import { fetchPage, PageSize, type Hit } from './page.js';
import type { Sqlite } from './sqlite.js';
import type { Stored } from './store.js';

/** What a query has touched, for `explain`. */
export interface Counters {
  keys: number;
  documents: number;
}

/** Ranges that one query looks through: each asks for places in its text, and few queries name more. */
const RANGES = 16;

/** SQL for the rows of one range; `resumed` continues behind the last row instead of at the range's edge. */
function rangeSql(collection: Collection, index: Index, reverse: boolean, resumed: boolean): string {
  const order = reverse ? 'DESC' : 'ASC';
  if (index.id === 0) {
    const from = reverse ? 'id < ? AND id >= ?' : `${resumed ? 'id > ?' : 'id >= ?'} AND id < ?`;
    return `SELECT id AS key, rid, doc FROM d${collection.id} WHERE ${from} ORDER BY id ${order} LIMIT ?`;
  }
  const edge = reverse ? 'x.key < ? AND x.key >= ?' : 'x.key >= ? AND x.key < ?';
  const behind = reverse ? '(x.key, x.rid) < (?, ?) AND x.key >= ?' : '(x.key, x.rid) > (?, ?) AND x.key < ?';
  return `SELECT x.key, x.rid, d.doc FROM x${index.id} x CROSS JOIN d${collection.id} d ON d.rid = x.rid
    WHERE ${resumed ? behind : edge} ORDER BY x.key ${order}, x.rid ${order} LIMIT ?`;
}

const holds = ({ lo, hi }: KeyRange, key: Buffer): boolean => lo.compare(key) <= 0 && key.compare(hi) < 0;

/**
 * Walks ranges page by page, many short ones at a time. Between pages nothing is held open in SQLite: a cursor can rest
 * for minutes while writers go on, and picks up behind the last row it has seen.
 */
function* walkRanges(
  sqlite: Sqlite,
  collection: Collection,
  { index, reverse }: Plan & { index: Index },
  stream: Stream,
  page: PageSize,
  counters: Counters,
): Generator<Hit> {
  const ranges = reverse ? [...stream.ranges].reverse() : [...stream.ranges];
  let last: Hit | undefined;
  while (ranges.length > 0) {
    const together = ranges.slice(0, RANGES);
    const queries = together.map((_, at) => rangeSql(collection, index, reverse, at === 0 && last !== undefined));
    const values = together.flatMap(({ lo, hi }, at) => {
      const [start, end] = reverse ? [hi, lo] : [lo, hi];
      const from = at > 0 || last === undefined ? [start] : index.id === 0 ? [last.key] : [last.key, last.rid];
      return [...from, end, page.rows];
    });
    const hits =
      queries.length === 1
        ? fetchPage(sqlite, queries[0] as string, values)
        : fetchPage(sqlite, `SELECT * FROM (${queries.join(') UNION ALL SELECT * FROM (')}) LIMIT ?`, [
            ...values,
            page.rows,
          ]);
    const full = hits.length === page.rows;
    counters.keys += hits.length;
    counters.documents += hits.length;
    page.grow(hits);
    yield* hits;
    last = full ? hits.at(-1) : undefined;
    const { key } = last ?? {};
    ranges.splice(0, key === undefined ? together.length : together.findIndex((range) => holds(range, key)));
  }
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

function* walkCollection(
  sqlite: Sqlite,
  collection: Collection,
  page: PageSize,
  counters: Counters,
): Generator<Stored> {
  const query = `SELECT x'' AS key, rid, doc FROM d${collection.id} WHERE rid > ? ORDER BY rid LIMIT ?`;
  let rid = Number.MIN_SAFE_INTEGER;
  for (let full = true; full;) {
    const hits = fetchPage(sqlite, query, [rid, page.rows]);
    counters.documents += hits.length;
    full = hits.length === page.rows;
    page.grow(hits);
    rid = hits.at(-1)?.rid ?? rid;
    yield* hits;
  }
}

/** The documents a plan looks at, in the plan's order. `wanted` is how many the caller is likely to want. */
export function scan(
  sqlite: Sqlite,
  collection: Collection,
  plan: Plan,
  counters: Counters,
  wanted?: number,
): Generator<Stored> {
  const { index, streams, reverse } = plan;
  if (index === undefined) return walkCollection(sqlite, collection, new PageSize(wanted), counters);
  const each = wanted === undefined ? undefined : Math.ceil(wanted / Math.max(1, streams.length));
  const opened = streams.map((stream) => ({
    hits: walkRanges(sqlite, collection, { ...plan, index }, stream, new PageSize(each), counters),
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
