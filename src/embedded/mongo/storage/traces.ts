import type { Sqlite } from './sqlite.js';

/** How long what was deleted may stay in the write-ahead log, and in pages that were rearranged, in milliseconds. */
const CHECKPOINT_EVERY = 10_000;
const COMPACT_EVERY = 24 * 60 * 60_000;

/**
 * What is deleted goes for good. SQLite overwrites deleted content (secure_delete), but two kinds of copies outlast it:
 * the write-ahead log keeps earlier states of pages until it is emptied, and a page that was rearranged may keep old
 * bytes between its cells until the file is written anew.
 */
export class Traces {
  private checkpointed = 0;
  private compacted = 0;
  private compactedAt = Date.now();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly sqlite: Sqlite) {
    this.timer = setInterval(() => this.tidy(), CHECKPOINT_EVERY);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Writes the file anew, without anything that is no document any more. */
  compact(): void {
    this.sqlite.exec('VACUUM');
    this.empty();
    this.compacted = this.sqlite.writes;
    this.compactedAt = Date.now();
  }

  private tidy(): void {
    try {
      if (this.sqlite.writes !== this.checkpointed) this.empty();
      if (this.sqlite.writes !== this.compacted && Date.now() - this.compactedAt > COMPACT_EVERY) this.compact();
    } catch (error) {
      // Disk full, say: it is tried again.
      process.stderr.write(`deleted content could not be cleared away yet: ${String(error)}\n`);
    }
  }

  private empty(): void {
    this.sqlite.get('PRAGMA wal_checkpoint(TRUNCATE)', []);
    this.checkpointed = this.sqlite.writes;
  }
}
