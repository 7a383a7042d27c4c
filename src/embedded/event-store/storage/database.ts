import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { isDamage, problemOf, StoreError } from '../problem.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stream (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  );
  CREATE TABLE IF NOT EXISTS event (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    is_json INTEGER NOT NULL,
    created INTEGER NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB NOT NULL,
    checksum INTEGER
  );
  CREATE UNIQUE INDEX IF NOT EXISTS event_of_stream ON event (stream, revision);
`;

const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 100;

/**
 * Opens the database of a data folder. COMMIT returns only once the log file is synced to disk. Throws where the file
 * is no database any more or is shorter than it says it is: all that can be told without reading it through.
 */
export function openDatabase(folder: string): Database.Database {
  const file = join(folder, 'events.db');
  const database = new Database(file, { timeout: 5_000 });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('cache_size = -32768');
    database.exec(SCHEMA);
    addChecksums(database);
    checkLength(database, file);
    return database;
  } catch (error) {
    database.close();
    throw isDamage(error) ? new StoreError(problemOf(error)) : error;
  }
}

/** Folders of before 0.2 have no checksums; events without one are served unchecked. */
function addChecksums(database: Database.Database): void {
  const columns = database.prepare('PRAGMA table_info(event)').raw().all() as [number, string][];
  if (!columns.some(([, name]) => name === 'checksum')) database.exec('ALTER TABLE event ADD COLUMN checksum INTEGER');
}

/** SQLite itself meets a missing end only where it looks for something there. */
function checkLength(database: Database.Database, file: string): void {
  const first = (sql: string) => database.prepare(sql).raw().get() as number[];
  // What is still in the write-ahead log need not be in the file: only where all of it has moved over does length tell.
  const [busy, frames, moved] = checkpointed(first);
  if (busy !== 0 || frames !== moved) return;
  const expected = first('PRAGMA page_count')[0]! * first('PRAGMA page_size')[0]!;
  const { size } = statSync(file);
  if (size < expected) {
    throw new StoreError({ kind: 'damaged', place: `events.db ends at byte ${size} of ${expected}` });
  }
}

function checkpointed(first: (sql: string) => number[]): number[] {
  try {
    return first('PRAGMA wal_checkpoint(PASSIVE)');
  } catch (error) {
    if (isDamage(error)) throw error;
    return [1]; // a full disk: reads are served all the same
  }
}

/**
 * Makes this process the only one that serves a data folder. The lock is the operating system's lock on an otherwise
 * empty database, so it goes with its holder however that ends. A killed predecessor may still be going down, hence
 * the wait. Backups may read events.db meanwhile: it is not what is locked.
 */
export async function lockFolder(folder: string): Promise<Database.Database> {
  mkdirSync(folder, { recursive: true });
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    const lock = new Database(join(folder, 'lock.db'));
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock.close();
      if (!isBusy(error)) throw error;
      if (Date.now() > deadline) {
        throw new Error(`Another event store is serving ${folder}. Stop it first, or choose another folder.`, {
          cause: error,
        });
      }
      await sleep(LOCK_RETRY_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}
