import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

type Statement = Database.Statement;
export type Row = unknown[];

/** A SQLite file with its statements prepared once, rows as arrays. */
export class Sqlite {
  private readonly statements = new Map<string, Statement>();
  /** Counts what may have changed something. */
  writes = 0;

  constructor(
    private readonly db: Database.Database,
    /** Held as long as the file is served. */
    private readonly lock: Database.Database,
  ) {}

  exec(sql: string): void {
    this.writes++;
    this.db.exec(sql);
  }

  run(sql: string, values: unknown[]): Database.RunResult {
    this.writes++;
    // One array argument: a lone Buffer would be taken for an object of named parameters.
    return this.prepared(sql).run(values);
  }

  get(sql: string, values: unknown[]): Row | undefined {
    return this.reading(sql).get(values) as Row | undefined;
  }

  all(sql: string, values: unknown[]): Row[] {
    return this.reading(sql).all(values) as Row[];
  }

  /** Drops a table and forgets the statements that speak of it. */
  drop(table: string): void {
    for (const sql of this.statements.keys()) if (sql.split(/\W/).includes(table)) this.statements.delete(sql);
    this.db.exec(`DROP TABLE ${table}`);
  }

  close(): void {
    this.statements.clear();
    this.db.close();
    this.lock.close();
  }

  private reading(sql: string): Statement {
    const known = this.statements.get(sql);
    return known ?? this.prepared(sql).raw();
  }

  private prepared(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.db.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

const isBusy = (error: unknown): boolean => (error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true;

/**
 * Opens a database file, which this process alone serves: it holds SQLite's exclusive lock on an otherwise empty
 * database beside it, which the operating system lets go of when a process dies. A backup may read the file itself
 * meanwhile. Another owner gets `patience` milliseconds to leave.
 */
export async function openExclusively(folder: string, file: string, patience = 5000): Promise<Sqlite> {
  mkdirSync(folder, { recursive: true });
  const lock = await lockFolder(folder, patience);
  const db = new Database(join(folder, file), { timeout: 5000 });
  try {
    db.pragma('journal_mode = WAL');
    db.exec(
      'PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY',
    );
    db.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS opened (at TEXT); COMMIT');
    return new Sqlite(db, lock);
  } catch (error) {
    db.close();
    lock.close();
    throw error;
  }
}

async function lockFolder(folder: string, patience: number): Promise<Database.Database> {
  const giveUp = Date.now() + patience;
  for (;;) {
    const lock = new Database(join(folder, 'lock.db'));
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock.close();
      if (!isBusy(error)) throw error;
      if (Date.now() > giveUp)
        throw new Error(`the data folder ${folder} is in use by another process`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
