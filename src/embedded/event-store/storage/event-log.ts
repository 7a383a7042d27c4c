import type Database from 'libsql';
import { NO_STREAM, ProposedEvent, RecordedEvent } from '../events.js';

type Row = [
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  isJson: number,
  created: number,
  data: Buffer,
  metadata: Buffer,
];

const COLUMNS = 'position, name, revision, id, type, is_json, created, data, metadata';
const EVENTS = `SELECT ${COLUMNS} FROM event JOIN stream ON stream.key = event.stream`;

/** What a record costs in the log beside its texts and bytes; real positions are byte offsets and just as sparse. */
const RECORD_OVERHEAD = 64;

/** The tables as a log: plain reads by index and the one insert. It decides nothing. */
export class EventLog {
  readonly #database: Database.Database;
  readonly #statements;
  /** The end of the log; undefined until it is read from disk. */
  #end: { last: number; next: number } | undefined;

  constructor(database: Database.Database) {
    this.#database = database;
    const prepare = (sql: string) => database.prepare(sql).raw();
    this.#statements = {
      streamKey: prepare('SELECT key FROM stream WHERE name = ?'),
      addStream: database.prepare('INSERT INTO stream (name) VALUES (?)'),
      lastRevision: prepare('SELECT revision FROM event WHERE stream = ? ORDER BY revision DESC LIMIT 1'),
      addEvent: database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      lastEvent: prepare('SELECT position, length(data) FROM event ORDER BY position DESC LIMIT 1'),
      oneOfStream: prepare(`${EVENTS} WHERE event.stream = ? AND revision = ?`),
      created: prepare('SELECT created FROM event WHERE stream = ? AND revision = ?'),
      streamForward: prepare(
        `${EVENTS} WHERE event.stream = ? AND revision >= ? AND revision <= ? ORDER BY revision LIMIT ?`,
      ),
      streamBackward: prepare(
        `${EVENTS} WHERE event.stream = ? AND revision <= ? AND revision >= ? ORDER BY revision DESC LIMIT ?`,
      ),
      allForward: prepare(`${EVENTS} WHERE position >= ? ORDER BY position LIMIT ?`),
      allBackward: prepare(`${EVENTS} WHERE position < ? ORDER BY position DESC LIMIT ?`),
      atPosition: prepare('SELECT 1 FROM event WHERE position = ?'),
      recentIds: prepare(
        `SELECT id, name, revision, position FROM event JOIN stream ON stream.key = event.stream
         ORDER BY position DESC LIMIT ?`,
      ),
    };
  }

  /** The position of the last event, 0 where there is none. */
  get lastPosition(): number {
    return this.#currentEnd().last;
  }

  /** Runs `work` in one transaction. When this returns, all of it is on disk; when it throws, none of it counts. */
  commit<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some failures, a full disk for one.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Lets the end of the log be read from disk again, after a transaction that did not commit. */
  forgetUncommitted(): void {
    this.#end = undefined;
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
    this.#statements.addEvent.run(position, key, revision, id, type, isJson ? 1 : 0, created, data, metadata);
    this.#end = { last: position, next: position + RECORD_OVERHEAD + data.length };
    return { position, stream, revision, created, id, type, isJson, data, metadata };
  }

  event(key: number, revision: number): RecordedEvent | undefined {
    const row = this.#statements.oneOfStream.get(key, revision) as Row | undefined;
    return row && recorded(row);
  }

  createdOf(key: number, revision: number): number | undefined {
    return (this.#statements.created.get(key, revision) as [number] | undefined)?.[0];
  }

  streamForward(key: number, from: number, to: number, limit: number): RecordedEvent[] {
    return (this.#statements.streamForward.all(key, from, to, limit) as Row[]).map(recorded);
  }

  streamBackward(key: number, from: number, to: number, limit: number): RecordedEvent[] {
    return (this.#statements.streamBackward.all(key, from, to, limit) as Row[]).map(recorded);
  }

  /** Forward including `from`. */
  allForward(from: number, limit: number): RecordedEvent[] {
    return (this.#statements.allForward.all(from, limit) as Row[]).map(recorded);
  }

  /** Backward excluding `from`. */
  allBackward(from: number, limit: number): RecordedEvent[] {
    return (this.#statements.allBackward.all(from, limit) as Row[]).map(recorded);
  }

  isPosition(position: number): boolean {
    return this.#statements.atPosition.get(position) !== undefined;
  }

  /** The ids of the last events, newest first. */
  recentIds(limit: number): { id: string; stream: string; revision: number; position: number }[] {
    return (this.#statements.recentIds.all(limit) as [string, string, number, number][]).map(
      ([id, stream, revision, position]) => ({ id, stream, revision, position }),
    );
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

function recorded(row: Row): RecordedEvent {
  const [position, stream, revision, id, type, isJson, created, data, metadata] = row;
  return { position, stream, revision, id, type, isJson: isJson === 1, created, data, metadata };
}
