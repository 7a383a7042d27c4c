import { randomBytes } from 'node:crypto';
import { Fault } from '../errors.js';

const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const IDLE = 10 * 60 * 1000;

interface Cursor {
  namespace: string;
  collection: number | undefined;
  documents: Iterator<Buffer>;
  /** The next document, already fetched: it tells that there is more. */
  pending: Buffer;
  usedAt: number;
}

/** One batch, and the cursor for the rest (0n: there is none). */
export interface Batch {
  documents: Buffer[];
  id: bigint;
}

/** Open cursors. They hold a place in an index, not rows. */
export class Cursors {
  private readonly open = new Map<bigint, Cursor>();

  /** Takes the first batch; what is left becomes a cursor unless `single`. */
  start(
    namespace: string,
    collection: number | undefined,
    documents: Iterable<Buffer>,
    batchSize: number,
    single: boolean,
  ): Batch {
    const iterator = documents[Symbol.iterator]();
    const { batch, pending } = take(iterator, batchSize, undefined);
    if (pending === undefined || single) return { documents: batch, id: 0n };
    const id = randomBytes(8).readBigInt64BE() & 0x7fffffffffffffffn;
    this.open.set(id, { namespace, collection, documents: iterator, pending, usedAt: Date.now() });
    return { documents: batch, id };
  }

  /** The next batch of a cursor; `collectionNow` is the collection its namespace means today. */
  next(id: bigint, namespace: string, collectionNow: number | undefined, batchSize: number): Batch {
    const cursor = this.open.get(id);
    if (cursor === undefined || cursor.namespace !== namespace)
      throw new Fault('CursorNotFound', `cursor id ${id} not found`);
    this.open.delete(id);
    if (cursor.collection !== collectionNow)
      throw new Fault('QueryPlanKilled', 'collection dropped while a cursor was open on it');
    const { batch, pending } = take(cursor.documents, batchSize, cursor.pending);
    if (pending === undefined) return { documents: batch, id: 0n };
    this.open.set(id, { ...cursor, pending, usedAt: Date.now() });
    return { documents: batch, id };
  }

  kill(id: bigint): boolean {
    return this.open.delete(id);
  }

  /** Forgets cursors that nobody has asked for ten minutes. */
  expire(now = Date.now()): void {
    for (const [id, { usedAt }] of this.open) if (now - usedAt > IDLE) this.open.delete(id);
  }
}

function take(
  documents: Iterator<Buffer>,
  size: number,
  first: Buffer | undefined,
): { batch: Buffer[]; pending: Buffer | undefined } {
  const batch: Buffer[] = [];
  let bytes = 0;
  let next = first;
  for (;;) {
    if (next === undefined) {
      const result = documents.next();
      if (result.done === true) return { batch, pending: undefined };
      next = result.value;
    }
    bytes += next.length;
    if (batch.length >= size || (batch.length > 0 && bytes > MAX_BATCH_BYTES)) return { batch, pending: next };
    batch.push(next);
    next = undefined;
  }
}
