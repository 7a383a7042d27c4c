import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';

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
    metadata BLOB NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS event_of_stream ON event (stream, revision);
`;

const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 100;

/** Opens the database of a data folder. COMMIT returns only once the log file is synced to disk. */
export function openDatabase(folder: string): Database.Database {
  const database = new Database(join(folder, 'events.db'), { timeout: 5_000 });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -32768');
  database.exec(SCHEMA);
  return database;
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
