import { DELETED, RecordedEvent } from '../events.js';
import { StoreError } from '../problem.js';
import { Feed } from '../storage/feed.js';
import { PageSize } from '../storage/page-size.js';
import { isInternal, Reader } from '../storage/reader.js';

/** A stream or $all as something to follow: a cursor is a revision or a position, and reading goes on after it. */
export interface Source {
  stream: string | undefined;
  cursorOf(event: RecordedEvent): number;
  readAfter(cursor: number, limit: number): RecordedEvent[];
  /** The cursor of the last event there is; where nothing is, the one before all. */
  end(): number;
}

export function streamSource(reader: Reader, stream: string): Source {
  return {
    stream,
    cursorOf: (event) => event.revision,
    readAfter: (cursor, limit) => {
      const range = reader.visibleRange(stream);
      return range ? reader.streamPage(range, cursor + 1, 'forward', limit) : [];
    },
    end: () => reader.lastRevision(stream),
  };
}

export function allSource(reader: Reader): Source {
  return {
    stream: undefined,
    cursorOf: (event) => event.position,
    readAfter: (cursor, limit) => reader.allPage(cursor + 1, 'forward', limit),
    end: () => reader.lastPosition,
  };
}

/** What a follower does with what it gets. Where a promise comes back, it is waited for: that is the back-pressure. */
export interface Follower {
  deliver(event: RecordedEvent, cursor: number): Promise<void> | undefined;
  /** All that there is for now has been delivered. */
  delivered(): Promise<void> | undefined;
  caughtUp(cursor: number): Promise<void> | undefined;
  readonly open: boolean;
  onClose(listener: () => void): void;
}

/** How far a follower may lag behind what is written before it has to read from disk again. */
const BACKLOG_EVENTS = 1_000;
const BACKLOG_BYTES = 16 * 1_048_576;

/**
 * Delivers everything after `cursor`: first from disk, then, once nothing is left there, from memory as it is written.
 * A follower too slow for that goes back to the disk and catches up again. Ends when the follower closes; throws
 * stream-deleted where the stream is tombstoned.
 */
export async function follow(source: Source, feed: Feed, cursor: number, follower: Follower): Promise<void> {
  let last = cursor;
  const deliver = async (events: RecordedEvent[]) => {
    for (const event of events) {
      const here = source.cursorOf(event);
      if (here <= last) continue;
      last = here;
      if (source.stream === undefined && isInternal(event)) continue;
      const blocked = follower.deliver(event, here);
      if (blocked) await blocked;
      if (!follower.open) return;
      if (source.stream !== undefined && event.revision === DELETED) {
        throw new StoreError({ kind: 'stream-deleted', stream: source.stream });
      }
    }
    const blocked = follower.delivered();
    if (blocked) await blocked;
  };

  const pages = new PageSize();
  let backlog: Backlog | undefined;
  follower.onClose(() => backlog?.end());
  while (follower.open) {
    const page = source.readAfter(last, pages.size);
    if (page.length > 0) {
      pages.adapt(page);
      await deliver(page);
      await nextTurn();
      continue;
    }
    // No turn passes between the empty page and the first listening, so nothing written can fall in between.
    backlog = new Backlog(source, feed);
    await follower.caughtUp(last);
    for (let events = await backlog.next(); events; events = await backlog.next()) await deliver(events);
  }
}

class Backlog {
  #events: RecordedEvent[] | undefined = [];
  #bytes = 0;
  #wake: (() => void) | undefined;
  readonly #stop: () => void;

  constructor(source: Source, feed: Feed) {
    this.#stop = feed.listen(source.stream, (events) => this.#add(events));
  }

  /** What has come since the last time, as soon as there is something; undefined once too much has, or on close. */
  async next(): Promise<RecordedEvent[] | undefined> {
    if (this.#events?.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const events = this.#events;
    if (events) this.#events = [];
    this.#bytes = 0;
    return events;
  }

  #add(events: RecordedEvent[]): void {
    if (!this.#events) return;
    // Whoever has taken everything so far keeps up, however much is written in one go.
    const keepsUp = this.#events.length === 0;
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += event.data.length + event.metadata.length;
    }
    if (!keepsUp && (this.#events.length > BACKLOG_EVENTS || this.#bytes > BACKLOG_BYTES)) this.end();
    else this.#wake?.();
  }

  end(): void {
    this.#stop();
    this.#events = undefined;
    this.#wake?.();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
