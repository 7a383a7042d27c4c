import { DomainError } from '../core/problem.js';

/** No list gives more than this at once, whatever is asked for. */
const MAX_PAGE = 100;

/** How many to give; throws BAD_INPUT where `first` is no sensible number. */
export function pageSize(first: number | null | undefined): number {
  if (first == null) return 20;
  if (first < 1 || first > MAX_PAGE) {
    throw new DomainError('BAD_INPUT', `first must be between 1 and ${MAX_PAGE}.`, 'first');
  }
  return first;
}

/** A place in a list: the sort keys of the row before it. Opaque to callers. */
export function writeCursor(...keys: (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** The sort keys of a cursor; throws BAD_INPUT where it was not given out here. */
export function readCursor<Keys extends (string | number)[]>(
  cursor: string,
  kinds: { [K in keyof Keys]: string },
): Keys {
  try {
    const keys = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Keys;
    if (
      Array.isArray(keys) &&
      keys.length === kinds.length &&
      keys.every((key, place) => typeof key === kinds[place])
    ) {
      return keys;
    }
  } catch {
    // Falls through: what cannot be read was not given out here.
  }
  throw new DomainError('BAD_INPUT', 'This cursor was not given out by this list.', 'after');
}

/** A page that was read with one row more than asked for, without the count that makes it the contract's connection. */
export function page<Row, Node>(rows: Row[], first: number, edge: (row: Row) => { cursor: string; node: Node }) {
  const edges = rows.slice(0, first).map(edge);
  return { edges, pageInfo: { hasNextPage: rows.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
}

/** The contract's connection of a page that was read with one row more than asked for. */
export function connection<Row, Node>(
  rows: Row[],
  first: number,
  totalCount: number,
  edge: (row: Row) => { cursor: string; node: Node },
) {
  return { ...page(rows, first, edge), totalCount };
}
