import { RecordedEvent } from '../events.js';

export type Listener = (events: RecordedEvent[]) => void;

/** Hands committed events to whoever follows the log or one stream, in order and without touching the disk. */
export class Feed {
  readonly #ofAll = new Set<Listener>();
  readonly #ofStream = new Map<string, Set<Listener>>();

  /** Listens to all events, or to those of one stream. Returns what ends it. */
  listen(stream: string | undefined, listener: Listener): () => void {
    if (stream === undefined) {
      this.#ofAll.add(listener);
      return () => this.#ofAll.delete(listener);
    }
    const listeners = this.#ofStream.get(stream) ?? new Set();
    this.#ofStream.set(stream, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#ofStream.get(stream) === listeners) this.#ofStream.delete(stream);
    };
  }

  /** Listeners only take note of the events, they never throw. */
  publish(events: RecordedEvent[]): void {
    if (events.length === 0) return;
    for (const listener of this.#ofAll) listener(events);
    if (this.#ofStream.size === 0) return;
    for (const event of events) {
      for (const listener of this.#ofStream.get(event.stream) ?? []) listener([event]);
    }
  }
}
