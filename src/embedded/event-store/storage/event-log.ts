import { crc32 } from 'node:zlib';
import type Database from 'libsql';
import { LRUCache } from 'lru-cache';
import { NO_STREAM, ProposedEvent, RecordedEvent } from '../events.js';
import { StoreError } from '../problem.js';
import { eventQuery, Row } from './rows.js';

/** As many events as are fetched at once: together they stay below the gigabyte that one value may have. */
const AT_ONCE = 32;

const CACHED_NAMES = 50_000;

/** What a record costs in the log beside its texts and bytes; real positions are byte offsets and just as sparse. */
const RECORD_OVERHEAD = 64;

/** The tables as a log: plain reads by index and the one insert. It decides nothing. */
export class EventLog {
  readonly #database: Database.Database;
  readonly #statements;
  readonly #names = new LRUCache<number, string>({ max: CACHED_NAMES });
  /** The end of the log; undefined until it is read from disk. */
  #end: { last: number; next: number } | undefined;

  constructor(database: Database.Database) {
    this.#database = database;
    const prepare = (sql: string) => database.prepare(sql).raw();
    this.#statements = {
      streamName: prepare('SELECT CAST(name AS BLOB) FROM stream WHERE key = ?'),
      streamKey: prepare('SELECT key FROM stream WHERE name = ?'),
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      addStream: database.prepare('INSERT INTO stream (name) VALUES (?)'),
      lastRevision: prepare('SELECT revision FROM event WHERE stream = ? ORDER BY revision DESC LIMIT 1'),
      addEvent: database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      lastEvent: prepare('SELECT position, length(data) FROM event ORDER BY position DESC LIMIT 1'),
      created: prepare('SELECT created FROM event WHERE stream = ? AND revision = ?'),
      oneOfStream: eventQuery(database, 'WHERE stream = ? AND revision = ?'),
      streamForward: eventQuery(
        database,
        'WHERE stream = ? AND revision >= ? AND revision <= ? ORDER BY revision LIMIT ?',
      ),
      streamBackward: eventQuery(
        database,
        'WHERE stream = ? AND revision <= ? AND revision >= ? ORDER BY revision DESC LIMIT ?',
      ),
      allForward: eventQuery(database, 'WHERE position >= ? ORDER BY position LIMIT ?'),
      allBackward: eventQuery(database, 'WHERE position < ? ORDER BY position DESC LIMIT ?'),
      atPosition: prepare('SELECT 1 FROM event WHERE position = ?'),
      recentIds: prepare(
        'SELECT CAST(id AS BLOB), stream, revision, position FROM event ORDER BY position DESC LIMIT ?',
      ),
    };
  }

  /** The position of the last event, 0 where there is none. */
  get lastPosition(): number {
    return this.#currentEnd().last;
  }

  /** Runs `work` in one transaction. When this returns, all of it is on disk; when it throws, none of it counts. */
  commit<T>(work: () => T): T {
    this.#statements.begin.run();
    try {
      const result = work();
      this.#statements.commit.run();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some failures, a full disk for one.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Lets what is known be read from disk again, after a transaction that did not commit. */
  forgetUncommitted(): void {
    this.#end = undefined;
    this.#names.clear();
  }

  streamKey(name: string): number | undefined {
    return (this.#statements.streamKey.get(name) as [number] | undefined)?.[0];
  }

  addStream(name: string): number {
    return Number(this.#statements.addStream.run(name).lastInsertRowid);
  }

  lastRevision(key: number): number {
    return (this.#statements.lastRevision.get(key) as [number] | undefined)?.[0] ?? NO_STREAM;
  }

  /** Adds one event to the end of the log. Only inside `commit`. */
  add(key: number, stream: string, revision: number, event: ProposedEvent, created: number): RecordedEvent {
    const position = this.#currentEnd().next;
    const { id, type, isJson, data, metadata } = event;
    const record = { position, stream, revision, created, id, type, isJson, data, metadata };
    const json = isJson ? 1 : 0;
    this.#statements.addEvent.run([position, key, revision, id, type, json, created, data, metadata, checksum(record)]);
    this.#end = { last: position, next: following(record) };
    return record;
  }

  event(key: number, revision: number): RecordedEvent | undefined {
    return this.#statements.oneOfStream(key, revision).map((row) => this.#recorded(row))[0];
  }

  createdOf(key: number, revision: number): number | undefined {
    return (this.#statements.created.get(key, revision) as [number] | undefined)?.[0];
  }

  /** From `from` to `to`, both included; the stream has them all. */
  streamForward(key: number, from: number, to: number, limit: number): RecordedEvent[] {
    const { streamForward } = this.#statements;
    const events = this.#gather(limit, from, (next, count) => streamForward(key, next, to, count), later);
    return unbroken(events, key, from, 1, Math.min(limit, to - from + 1));
  }

  /** From `from` down to `to`, both included. */
  streamBackward(key: number, from: number, to: number, limit: number): RecordedEvent[] {
    const { streamBackward } = this.#statements;
    const events = this.#gather(limit, from, (next, count) => streamBackward(key, next, to, count), earlier);
    return unbroken(events, key, from, -1, Math.min(limit, from - to + 1));
  }

  /** Forward including `from`. */
  allForward(from: number, limit: number): RecordedEvent[] {
    const events = this.#gather(limit, from, this.#statements.allForward, ({ position }) => position + 1);
    for (const [index, event] of events.entries()) {
      const before = events[index - 1];
      if (before && following(before) !== event.position) throw damaged(`events are missing behind ${placeOf(before)}`);
    }
    return events;
  }

  /** Backward excluding `from`. */
  allBackward(from: number, limit: number): RecordedEvent[] {
    return this.#gather(limit, from, this.#statements.allBackward, ({ position }) => position);
  }

  isPosition(position: number): boolean {
    return this.#statements.atPosition.get(position) !== undefined;
  }

  /** The ids of the last events, newest first. */
  recentIds(limit: number): { id: string; stream: string; revision: number; position: number }[] {
    return (this.#statements.recentIds.all(limit) as [Buffer, number, number, number][]).map(
      ([id, stream, revision, position]) => ({ id: text(id), stream: this.#nameOf(stream), revision, position }),
    );
  }

  /** Fetches up to `limit` events a few at a time; `next` says where the fetching goes on behind an event. */
  #gather(
    limit: number,
    from: number,
    fetch: (from: number, count: number) => Row[],
    next: (event: RecordedEvent) => number,
  ): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    for (let start = from; events.length < limit;) {
      const asked = Math.min(AT_ONCE, limit - events.length);
      const rows = fetch(start, asked);
      for (const row of rows) events.push(this.#recorded(row));
      if (rows.length < asked) break;
      start = next(events.at(-1)!);
    }
    return events;
  }

  #recorded(row: Row): RecordedEvent {
    const { position, revision, created, id, type, isJson, data, metadata } = row;
    const stream = this.#nameOf(row.stream);
    const event = { position, stream, revision, created, id, type, isJson, data, metadata };
    if (row.checksum !== undefined && row.checksum !== checksum(event)) throw damaged(placeOf(event));
    return event;
  }

  #nameOf(key: number): string {
    let name = this.#names.get(key);
    if (name === undefined) {
      const row = this.#statements.streamName.get(key) as [Buffer] | undefined;
      if (!row) throw damaged(`stream ${key} of events.db has no name`);
      name = text(row[0]);
      this.#names.set(key, name);
    }
    return name;
  }

  #currentEnd(): { last: number; next: number } {
    if (this.#end === undefined) {
      const [last, size] = (this.#statements.lastEvent.get() as [number, number] | undefined) ?? [0, 0];
      this.#end = { last, next: last + RECORD_OVERHEAD + size };
    }
    return this.#end;
  }

  /** Moves the write-ahead log into the database file and closes it. */
  close(): void {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }
}

const later = ({ revision }: RecordedEvent) => revision + 1;
const earlier = ({ revision }: RecordedEvent) => revision - 1;

function text(bytes: Buffer): string {
  return bytes.toString('utf8');
}

/** Revisions of a stream have no gaps and nothing is ever deleted: what is missing was lost, or the index is wrong. */
function unbroken(events: RecordedEvent[], key: number, from: number, step: 1 | -1, count: number): RecordedEvent[] {
  const missing = events.findIndex(({ revision }, index) => revision !== from + step * index);
  if (missing >= 0 || events.length < count) {
    const revision = from + step * (missing >= 0 ? missing : events.length);
    throw damaged(`event ${revision} of stream ${JSON.stringify(events[0]?.stream ?? key)} is not in events.db`);
  }
  return events;
}

/** Where the next event goes. */
function following({ position, data }: RecordedEvent): number {
  return position + RECORD_OVERHEAD + data.length;
}

/** SQLite has no checksums of its own: a byte that flips on the disk would be served as if it had been written so. */
function checksum({ position, stream, revision, created, id, type, isJson, data, metadata }: RecordedEvent): number {
  const head = [position, stream, revision, created, id, type, isJson].join('\n');
  return continued(continued(crc32(head), data), metadata);
}

/** crc32 begins anew where the bytes are none and lie nowhere, as libsql gives an empty value. */
function continued(sum: number, bytes: Uint8Array): number {
  return bytes.length === 0 ? sum : crc32(bytes, sum);
}

function placeOf({ stream, revision, position }: RecordedEvent): string {
  return `event ${revision} of stream ${JSON.stringify(stream)} at position ${position} of events.db`;
}

function damaged(place: string): StoreError {
  return new StoreError({ kind: 'damaged', place });
}
