import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

/** The embedded stores' folders within DATA_DIR, and the one file in each that counts, in the order of their copying. */
export const databases = {
  'event-store': 'events.db',
  mongo: 'mongo.db',
  smtp: 'mailbox.db',
} as const;
export type StoreName = keyof typeof databases;

/**
 * Copies a database as it stands at one moment, also while a server writes to it: a read transaction of its own, which
 * neither waits for the writer nor holds it up. Structural damage ends it with an error.
 */
export function copyDatabase(file: string, target: string): void {
  const database = new Database(file, { timeout: 5_000 });
  try {
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
}

/** What SQLite finds wrong with a file when it reads all of it; nothing where it is sound. */
export function problemsOf(file: string): string[] {
  const database = new Database(file, { timeout: 5_000 });
  try {
    const found = database.prepare('PRAGMA integrity_check').raw().all() as [string][];
    return found.map(([problem]) => problem).filter((problem) => problem !== 'ok');
  } catch (error) {
    return [(error as Error).message];
  } finally {
    database.close();
  }
}

/** The embedded stores of a data folder that a process is serving. */
export function servedStores(dataDir: string): StoreName[] {
  return (Object.keys(databases) as StoreName[]).filter((name) => isLocked(join(dataDir, name, 'lock.db')));
}

function isLocked(file: string): boolean {
  if (!existsSync(file)) return false;
  const lock = new Database(file);
  try {
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    lock.close();
  }
}
