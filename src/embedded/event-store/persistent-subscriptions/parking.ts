import { randomUUID } from 'node:crypto';
import { metastreamOf, RecordedEvent, ResolvedEvent } from '../events.js';
import { EventStore } from '../storage/event-store.js';
import { jsonEvent } from './checkpoint.js';
import { GroupSettings, parkedStream } from './group-settings.js';

/** The stream in which a group puts aside, as links, the messages that could not be handled. */
export class Parking {
  readonly #stream: string;
  /** Parked links that are to be handed out again: from the next revision up to, but not including, the last. */
  #replay: { next: number; end: number } | undefined;

  constructor(
    private readonly store: EventStore,
    settings: GroupSettings,
  ) {
    this.#stream = parkedStream(settings);
  }

  get count(): number {
    const range = this.store.reader.visibleRange(this.#stream);
    return range ? range.last - range.first + 1 : 0;
  }

  async park({ event, link }: ResolvedEvent, reason: string): Promise<void> {
    const target = (event ?? link)!;
    const metadata = {
      added: new Date().toISOString(),
      reason,
      subscriptionEventNumber: (link ?? target).revision,
    };
    await this.store.writer.append(this.#stream, 'any', [
      {
        id: randomUUID(),
        type: '$>',
        isJson: false,
        data: Buffer.from(`${target.revision}@${target.stream}`),
        metadata: Buffer.from(JSON.stringify(metadata)),
      },
    ]);
  }

  /** Lets everything parked now, below `stopAt`, be handed out again. */
  replay(stopAt: number): void {
    const range = this.store.reader.visibleRange(this.#stream);
    if (!range) return;
    const next = this.#replay?.next ?? range.first;
    this.#replay = { next, end: Math.max(this.#replay?.end ?? 0, Math.min(stopAt, range.last + 1)) };
  }

  /** The next parked messages to hand out again; when the last is taken, they all leave the parked stream. */
  take(limit: number): ResolvedEvent[] {
    if (!this.#replay) return [];
    const { reader, writer } = this.store;
    const { next, end } = this.#replay;
    const range = reader.visibleRange(this.#stream);
    const links: RecordedEvent[] = range ? reader.streamPage(range, next, 'forward', limit) : [];
    const due = links.filter(({ revision }) => revision < end);
    const following = (due.at(-1)?.revision ?? end) + 1;
    if (following < end) this.#replay = { next: following, end };
    else {
      this.#replay = undefined;
      // Should this fail, the messages come again with the next replay: at least once is what is promised.
      void writer
        .append(metastreamOf(this.#stream), 'any', [jsonEvent('$metadata', { $tb: end })])
        .catch(() => undefined);
    }
    return due.map((link) => reader.resolve(link)).filter(({ event }) => event !== undefined);
  }

  get isReplaying(): boolean {
    return this.#replay !== undefined;
  }
}
