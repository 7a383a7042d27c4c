import { randomUUID } from 'node:crypto';
import { EMPTY, metastreamOf, NO_STREAM, ProposedEvent } from '../events.js';
import { EventStore } from '../storage/event-store.js';
import { checkpointStream, GroupSettings, placeText } from './group-settings.js';

/** Keeps how far a group has come in a stream of its own. */
export class Checkpoint {
  readonly #stream: string;
  /** The last cursor up to which everything is done; undefined where none was ever written. */
  place: number | undefined;
  #wanted: number | undefined;
  #isWriting = false;

  constructor(
    private readonly store: EventStore,
    private readonly settings: GroupSettings,
  ) {
    this.#stream = checkpointStream(settings);
    this.place = this.#load();
  }

  /** Writes a checkpoint; those that come while one is being written are written as one, the furthest. */
  write(place: number): void {
    this.#wanted = place;
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#writeWanted().finally(() => (this.#isWriting = false));
  }

  async #writeWanted(): Promise<void> {
    while (this.#wanted !== undefined) {
      const place = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#append(place);
        this.place = place;
      } catch {
        return; // not fatal: the next checkpoint covers it
      }
    }
  }

  async #append(place: number): Promise<void> {
    if (this.store.reader.lastRevision(this.#stream) === NO_STREAM) {
      await this.store.writer.append(metastreamOf(this.#stream), 'any', [jsonEvent('$metadata', { $maxCount: 2 })]);
    }
    const checkpoint = jsonEvent('$SubscriptionCheckpoint', placeText(this.settings.stream, place));
    await this.store.writer.append(this.#stream, 'any', [checkpoint]);
  }

  #load(): number | undefined {
    const { reader } = this.store;
    const range = reader.visibleRange(this.#stream);
    const [last] = range ? reader.streamPage(range, range.last, 'backward', 1) : [];
    const place = last && /\d+/.exec(Buffer.from(last.data).toString('utf8'))?.[0];
    return place === undefined ? undefined : Number(place);
  }
}

export function jsonEvent(type: string, content: unknown): ProposedEvent {
  return { id: randomUUID(), type, isJson: true, data: Buffer.from(JSON.stringify(content)), metadata: EMPTY };
}
