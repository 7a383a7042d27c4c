import type { Row, Sqlite } from './sqlite.js';
import type { Stored } from './store.js';

/** A row of an index with its document. */
export interface Hit extends Stored {
  key: Buffer;
}

/** Rows in a first page where nobody says how many are wanted, and in any page. */
const FIRST = 32;
const LARGEST = 512;
/** A page of large documents is shorter: this many bytes or thereabouts. */
const BYTES = 4 * 1024 * 1024;

/** How many rows to fetch next: few at first, for most queries want no more, then more and more. */
export class PageSize {
  rows: number;

  constructor(wanted = FIRST) {
    this.rows = Math.max(1, Math.min(wanted, FIRST));
  }

  grow(page: readonly Hit[]): void {
    const bytes = page.reduce((sum, hit) => sum + hit.bytes.length, 0);
    const fitting = bytes === 0 ? LARGEST : Math.floor((BYTES * page.length) / bytes);
    this.rows = Math.max(1, Math.min(this.rows * 2, LARGEST, fitting));
  }
}

/**
 * Fetches what `query` selects as key, rid and doc. A row that SQLite hands over costs many times what it costs to find:
 * so a page comes as one row, its parts strung together (in the query's order: SQLite keeps it for group_concat).
 */
export function fetchPage(sqlite: Sqlite, query: string, values: unknown[]): Hit[] {
  const [rids, lengths, keys, documents] = sqlite.get(
    `SELECT group_concat(rid), group_concat(length(key)), CAST(group_concat(key, '') AS BLOB),
      CAST(group_concat(doc, '') AS BLOB) FROM (${query})`,
    values,
  ) as Row as [string | null, string, Buffer, Buffer];
  if (rids === null) return [];
  const sizes = lengths.split(',');
  let [key, doc] = [0, 0];
  return rids.split(',').map((rid, at) => {
    const [fromKey, fromDoc] = [key, doc];
    key += Number(sizes[at]);
    doc += documents.readInt32LE(doc);
    return { rid: Number(rid), key: keys.subarray(fromKey, key), bytes: documents.subarray(fromDoc, doc) };
  });
}
