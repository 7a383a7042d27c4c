import { DELETED, NO_STREAM, RecordedEvent, ResolvedEvent } from '../events.js';
import { StoreError } from '../problem.js';
import { EventLog } from './event-log.js';
import { StreamHeads } from './stream-heads.js';

/** The events of a stream that may be seen: none where first > last. */
export interface VisibleRange {
  key: number;
  first: number;
  last: number;
}

export type Direction = 'forward' | 'backward';

const INTERNAL = /^\$persistentsubscription-\$all::.*-(checkpoint|parked)$/s;

/** Reads as clients see them: retention applied, deleted streams refused, links followed. */
export class Reader {
  constructor(
    private readonly log: EventLog,
    private readonly heads: StreamHeads,
  ) {}

  get lastPosition(): number {
    return this.log.lastPosition;
  }

  /** The last revision of a stream, NO_STREAM where it has none. */
  lastRevision(stream: string): number {
    return this.heads.head(stream).last;
  }

  /** What of a stream is visible; undefined where it is not there or soft-deleted. Throws where it is tombstoned. */
  visibleRange(stream: string): VisibleRange | undefined {
    const { key, last } = this.heads.head(stream);
    if (last === DELETED) throw new StoreError({ kind: 'stream-deleted', stream });
    if (last === NO_STREAM) return undefined;
    const { truncateBefore, maxCount, maxAgeSeconds } = this.heads.retention(stream);
    if (truncateBefore === DELETED) return undefined;
    const first = Math.max(truncateBefore, maxCount === undefined ? 0 : last - maxCount + 1);
    if (maxAgeSeconds === undefined) return { key, first, last };
    return { key, first: this.#firstSince(key, first, last, Date.now() - maxAgeSeconds * 1_000), last };
  }

  /** Visible events of a stream from a revision on, that one included. */
  streamPage({ key, first, last }: VisibleRange, from: number, direction: Direction, limit: number): RecordedEvent[] {
    return direction === 'forward'
      ? this.log.streamForward(key, Math.max(from, first), last, limit)
      : this.log.streamBackward(key, Math.min(from, last), first, limit);
  }

  /** All events: forward including `from`, backward excluding it. */
  allPage(from: number, direction: Direction, limit: number): RecordedEvent[] {
    return direction === 'forward' ? this.log.allForward(from, limit) : this.log.allBackward(from, limit);
  }

  isPosition(position: number): boolean {
    return this.log.isPosition(position);
  }

  /** Follows a link; other events stand for themselves. */
  resolve(event: RecordedEvent): ResolvedEvent {
    if (event.type !== '$>') return { event };
    return { link: event, event: this.#target(Buffer.from(event.data).toString('utf8')) };
  }

  #target(link: string): RecordedEvent | undefined {
    const at = link.indexOf('@');
    const revision = Number(link.slice(0, at));
    const stream = link.slice(at + 1);
    if (at < 1 || !Number.isSafeInteger(revision) || this.heads.head(stream).last === DELETED) return undefined;
    const range = this.visibleRange(stream);
    if (range === undefined || revision < range.first || revision > range.last) return undefined;
    return this.log.event(range.key, revision);
  }

  /** The first revision that is young enough, by halves: events of a stream lie in the order of their creation. */
  #firstSince(key: number, first: number, last: number, since: number): number {
    let low = first;
    let high = last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.log.createdOf(key, middle) ?? 0) < since) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** True for what EventStoreDB keeps out of $all: its own bookkeeping on groups that follow $all. */
export function isInternal(event: RecordedEvent): boolean {
  return event.type === '$epoch-information' || INTERNAL.test(event.stream);
}
