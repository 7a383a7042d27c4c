import { EventLog } from './event-log.js';

interface KnownEvent {
  stream: string;
  revision: number;
  position: number;
}

const REMEMBERED = 100_000;
const RELOADED = 10_000;

/**
 * Remembers the ids of recent events, so that an append that expects nothing in particular can be recognised as a
 * repetition. Best effort, as in EventStoreDB; appends with an expected revision are checked against the log instead.
 */
export class RecentIds {
  #known: Map<string, KnownEvent> | undefined;

  constructor(private readonly log: EventLog) {}

  find(id: string, stream: string): KnownEvent | undefined {
    const known = this.#loaded().get(id);
    return known?.stream === stream ? known : undefined;
  }

  remember(id: string, event: KnownEvent): void {
    const known = this.#loaded();
    known.delete(id);
    known.set(id, event);
    if (known.size > REMEMBERED) {
      const [oldest] = known.keys();
      known.delete(oldest!);
    }
  }

  /** Drops everything known, for when a transaction did not commit; the log's own ids are read again when needed. */
  forget(): void {
    this.#known = undefined;
  }

  #loaded(): Map<string, KnownEvent> {
    if (this.#known === undefined) {
      this.#known = new Map();
      for (const { id, ...event } of this.log.recentIds(RELOADED).reverse()) this.#known.set(id, event);
    }
    return this.#known;
  }
}
