import { Fault } from '../errors.js';
import type { Catalog } from './catalog.js';
import type { Sqlite } from './sqlite.js';

interface Job {
  work: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

type Outcome = { value: unknown } | { error: unknown };

/** Once writers share commits, the next commit waits this long for more of them, in milliseconds. */
const LINGER = 2;

/**
 * Writes that arrive together share one transaction and so one sync to disk, which costs more than they do. A promise is
 * kept only once COMMIT has returned. A writer that is alone does not wait for others.
 */
export class GroupCommit {
  private waiting: Job[] = [];
  /** When the last commit ended that several had shared. */
  private shared = -Infinity;

  constructor(
    private readonly sqlite: Sqlite,
    private readonly catalog: Catalog,
  ) {}

  /** Runs `work` in the next transaction, or again in another: where one job fails half done, all are done anew. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      if (this.waiting.length > 1) return;
      if (performance.now() - this.shared > LINGER) setImmediate(() => this.flush());
      else setTimeout(() => this.flush(), LINGER);
    });
  }

  /** Commits what waits; called by itself, and once more before shutdown. */
  flush(): void {
    const jobs = this.waiting;
    this.waiting = [];
    if (jobs.length === 0) return;
    let outcomes: Outcome[];
    try {
      outcomes = this.together(jobs) ?? this.apart(jobs);
    } catch (error) {
      this.abandon();
      for (const { reject } of jobs) reject(error);
      return;
    }
    if (jobs.length > 1) this.shared = performance.now();
    jobs.forEach(({ resolve, reject }, at) => {
      const outcome = outcomes[at] as Outcome;
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.value as never);
    });
  }

  /** One transaction; undefined, and nothing done, where a job failed that had written already. */
  private together(jobs: readonly Job[]): Outcome[] | undefined {
    const outcomes: Outcome[] = [];
    this.sqlite.run('BEGIN IMMEDIATE', []);
    for (const { work } of jobs) {
      const before = this.sqlite.writes;
      try {
        outcomes.push({ value: work() });
      } catch (error) {
        if (this.sqlite.writes !== before || !(error instanceof Fault)) {
          this.abandon();
          return undefined;
        }
        outcomes.push({ error });
      }
    }
    this.sqlite.run('COMMIT', []);
    return outcomes;
  }

  /** The same with a savepoint for each job, so that one that fails leaves the others as they are. */
  private apart(jobs: readonly Job[]): Outcome[] {
    this.sqlite.run('BEGIN IMMEDIATE', []);
    const outcomes = jobs.map(({ work }) => this.attempt(work));
    this.sqlite.run('COMMIT', []);
    return outcomes;
  }

  private attempt(work: () => unknown): Outcome {
    this.sqlite.run('SAVEPOINT job', []);
    try {
      const value = work();
      this.sqlite.run('RELEASE job', []);
      return { value };
    } catch (error) {
      this.sqlite.run('ROLLBACK TO job', []);
      this.sqlite.run('RELEASE job', []);
      this.catalog.reload();
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
