import { LRUCache } from 'lru-cache';
import { DELETED, isMetastream, metastreamOf, NO_STREAM, originalOf } from '../events.js';
import { EventLog } from './event-log.js';
import { KEEP_LATEST, Retention, retentionOf } from './stream-metadata.js';

/** What is known of a stream: its key in the tables (0 before its first event) and its last revision. */
export interface StreamHead {
  key: number;
  last: number;
}

const CACHED_STREAMS = 50_000;

/** The heads and retention of streams, looked up by index when asked for and kept for the recently used ones. */
export class StreamHeads {
  readonly #heads = new LRUCache<string, StreamHead>({ max: CACHED_STREAMS });
  readonly #retentions = new LRUCache<string, Retention>({ max: CACHED_STREAMS });

  constructor(private readonly log: EventLog) {}

  /** The head of a stream; a metastream counts as tombstoned when its stream is. */
  head(stream: string): StreamHead {
    const own = this.#ownHead(stream);
    if (isMetastream(stream) && this.#ownHead(originalOf(stream)).last === DELETED) return { ...own, last: DELETED };
    return own;
  }

  retention(stream: string): Retention {
    if (isMetastream(stream)) return KEEP_LATEST;
    let retention = this.#retentions.get(stream);
    if (retention === undefined) {
      const { key, last } = this.#ownHead(metastreamOf(stream));
      retention = retentionOf(key === 0 ? undefined : this.log.event(key, last));
      this.#retentions.set(stream, retention);
    }
    return retention;
  }

  isSoftDeleted(stream: string): boolean {
    return this.retention(stream).truncateBefore === DELETED;
  }

  /** Notes that a stream has a new last event. */
  advance(stream: string, key: number, last: number): void {
    this.#heads.set(stream, { key, last });
    if (isMetastream(stream)) this.#retentions.delete(originalOf(stream));
  }

  /** Drops everything known, for when a transaction did not commit. */
  forget(): void {
    this.#heads.clear();
    this.#retentions.clear();
  }

  #ownHead(stream: string): StreamHead {
    let head = this.#heads.get(stream);
    if (head === undefined) {
      const key = this.log.streamKey(stream);
      head = key === undefined ? { key: 0, last: NO_STREAM } : { key, last: this.log.lastRevision(key) };
      this.#heads.set(stream, head);
    }
    return head;
  }
}
