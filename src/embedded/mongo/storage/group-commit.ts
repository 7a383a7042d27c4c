import { Fault } from '../errors.js';
import type { Catalog } from './catalog.js';
import type { Sqlite } from './sqlite.js';

interface Job {
  work: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

type Outcome = { value: unknown } | { error: unknown };

/**
 * Writes that arrive in one turn of the event loop share one transaction and so one sync to disk. Each has a savepoint
 * of its own; a promise is kept only once COMMIT has returned.
 */
export class GroupCommit {
  private waiting: Job[] = [];

  constructor(
    private readonly sqlite: Sqlite,
    private readonly catalog: Catalog,
  ) {}

  /** Runs `work` in the next transaction. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ work, resolve, reject });
    });
  }

  /** Commits what waits; called by itself, and once more before shutdown. */
  flush(): void {
    const jobs = this.waiting;
    this.waiting = [];
    if (jobs.length === 0) return;
    const outcomes: Outcome[] = [];
    try {
      this.sqlite.run('BEGIN IMMEDIATE', []);
      for (const { work } of jobs) outcomes.push(this.attempt(work));
      this.sqlite.run('COMMIT', []);
    } catch (error) {
      this.abandon();
      for (const { reject } of jobs) reject(error);
      return;
    }
    jobs.forEach(({ resolve, reject }, at) => {
      const outcome = outcomes[at] as Outcome;
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.value as never);
    });
  }

  private attempt(work: () => unknown): Outcome {
    this.sqlite.run('SAVEPOINT job', []);
    const before = this.sqlite.writes;
    try {
      const value = work();
      this.sqlite.run('RELEASE job', []);
      return { value };
    } catch (error) {
      const untouched = this.sqlite.writes === before && error instanceof Fault;
      this.sqlite.run('ROLLBACK TO job', []);
      this.sqlite.run('RELEASE job', []);
      if (!untouched) this.catalog.reload();
      return { error };
    }
  }

  private abandon(): void {
    try {
      this.sqlite.run('ROLLBACK', []);
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk
    }
    this.catalog.reload();
  }
}
