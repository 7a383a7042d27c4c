import { SEALED, type StoredRecord } from '../core/event-log.js';
import { linkHash, NO_HASH } from '../core/hash-chain.js';

/** The contract's HistoryVerification. */
export interface ChainVerification {
  intact: boolean;
  entries: number;
  /** The hash of the newest fact. */
  head: string;
  firstBrokenRevision: number | null;
}

const nothing: ChainVerification = { intact: true, entries: 0, head: NO_HASH, firstBrokenRevision: null };

/**
 * Recomputes every hash of a stream from the stored records, as they are read, oldest first. A record that was changed,
 * moved, inserted or left out does not fit; one that is no longer the product's own shape does not either.
 */
export class ChainVerifier {
  private entries: number;
  private head: string;
  private firstBrokenRevision: number | null;

  /** Goes on behind what was verified before. */
  constructor({ entries, head, firstBrokenRevision }: ChainVerification = nothing) {
    [this.entries, this.head, this.firstBrokenRevision] = [entries, head, firstBrokenRevision];
  }

  take(record: StoredRecord): void {
    if (this.firstBrokenRevision === null && !fits(record, this.entries, this.head)) {
      this.firstBrokenRevision = this.entries;
    }
    this.head = record.metadata?.hash ?? '';
    this.entries += 1;
  }

  end(): ChainVerification {
    const { entries, head, firstBrokenRevision } = this;
    return { intact: firstBrokenRevision === null, entries, head, firstBrokenRevision };
  }
}

function fits(record: StoredRecord, place: number, previousHash: string): boolean {
  // Stored data and metadata are JSON that JSON.stringify wrote: parsed and written again they are the same text.
  const { hash, ...unlinked } = record.metadata ?? {};
  const sealed = record.data?.[SEALED];
  return (
    record.isJson &&
    Number(record.revision) === place &&
    unlinked.previousHash === previousHash &&
    (sealed === undefined || typeof sealed === 'string') &&
    hash ===
      linkHash({
        previousHash,
        stream: record.streamId,
        revision: place,
        type: record.type,
        data: JSON.stringify(record.data),
        metadata: JSON.stringify(unlinked),
      })
  );
}
