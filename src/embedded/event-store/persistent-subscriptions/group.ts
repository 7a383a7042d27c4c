import { DELETED, RecordedEvent, ResolvedEvent } from '../events.js';
import { reportFault, StoreError } from '../problem.js';
import { EventFilter, toFilter } from '../services/filter.js';
import { allSource, Source, streamSource } from '../services/follow.js';
import { EventStore } from '../storage/event-store.js';
import { isInternal } from '../storage/reader.js';
import { Checkpoint } from './checkpoint.js';
import { Consumer } from './consumer.js';
import { ALL, GroupSettings } from './group-settings.js';
import { Measurements } from './measurements.js';
import { messageResponse } from './message-response.js';
import { Parking } from './parking.js';
import { Choose, strategy } from './strategies.js';

/** An event on its way through a group. Replayed messages have no place: their source's checkpoint is past them. */
interface Message {
  event: RecordedEvent;
  /** The event with its link followed, once it is to be sent. */
  resolved?: ResolvedEvent;
  /** What an ack names: the link's id where there is a link. */
  id: string;
  retryCount: number;
  /** The cursor of the event before it: with everything before done, this is as far as a checkpoint may go. */
  before?: number;
}

interface InFlight {
  message: Message;
  consumer: Consumer;
  sentAt: number;
  dueAt: number;
}

export type NackAction = 'park' | 'retry' | 'skip' | 'stop';

/**
 * A persistent subscription group: hands each event to one of its consumers, again and again until it is acknowledged,
 * skipped or parked, and keeps a checkpoint below everything unfinished.
 */
export class Group {
  readonly consumers: Consumer[] = [];
  readonly measurements: Measurements;
  readonly parking: Parking;
  readonly checkpoint: Checkpoint;
  readonly inFlight = new Map<string, InFlight>();
  /** Messages read ahead, in order, and messages to be sent again, which go first. */
  readonly fresh: Message[] = [];
  readonly retries: Message[] = [];
  lastKnown: number | undefined;
  readonly #source: Source;
  readonly #filter: EventFilter;
  readonly #choose: Choose;
  readonly #stopListening: () => void;
  #cursor: number;
  /** Nothing is left to read from disk: what is written goes straight to `fresh`. */
  #isLive = false;
  #finishedSinceCheckpoint = 0;
  #lastCheckpointAt = Date.now();
  #pumpScheduled = false;

  constructor(
    private readonly store: EventStore,
    readonly settings: GroupSettings,
    /** Where a group without a checkpoint starts: the last cursor it does not get. */
    start: number,
  ) {
    this.#source = settings.stream === ALL ? allSource(store.reader) : streamSource(store.reader, settings.stream);
    this.#filter = settings.filter ? toFilter(settings.filter) : () => true;
    this.#choose = strategy(settings.strategy);
    this.measurements = new Measurements(false);
    this.parking = new Parking(store, settings);
    this.checkpoint = new Checkpoint(store, settings);
    this.#cursor = this.checkpoint.place ?? start;
    this.#stopListening = store.feed.listen(this.#source.stream, (events) => this.#written(events));
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Takes a consumer in, unless there are as many as the group may have. */
  connect(consumer: Consumer): void {
    const { stream, group, maxSubscriberCount } = this.settings;
    if (maxSubscriberCount > 0 && this.consumers.length >= maxSubscriberCount) {
      throw new StoreError({ kind: 'maximum-subscribers-reached', stream, group });
    }
    this.consumers.push(consumer);
    consumer.out.onClose(() => this.#disconnected(consumer));
    this.#pumpSoon();
  }

  ack(ids: string[]): void {
    for (const id of ids) {
      const sent = this.#finish(id);
      if (!sent) continue;
      const took = Date.now() - sent.sentAt;
      sent.consumer.measurements.finished(took);
      this.measurements.finished(took);
    }
    this.#checkpointIfMany();
    this.#pump();
  }

  nack(ids: string[], action: NackAction, reason: string): void {
    if (action === 'stop') return; // as in EventStoreDB
    for (const id of ids) {
      const sent = this.inFlight.get(id);
      if (!sent) continue;
      if (action === 'retry') this.#retry(sent.message);
      else if (action === 'park') this.#park(sent.message, `Client explicitly NAK'ed message.\n${reason}`);
      else this.#finish(id);
    }
    this.#checkpointIfMany();
    this.#pump();
  }

  replayParked(stopAt: number): void {
    this.parking.replay(stopAt);
    this.#pumpSoon();
  }

  /** Once a second: what was not answered in time is sent again, and a checkpoint is written if one is due. */
  tick(now: number): void {
    for (const { message, dueAt } of [...this.inFlight.values()]) if (dueAt <= now) this.#retry(message);
    const { minCheckpointCount, checkpointAfterMs } = this.settings;
    const isDue = checkpointAfterMs > 0 && now - this.#lastCheckpointAt >= checkpointAfterMs;
    if (isDue && this.#finishedSinceCheckpoint >= Math.max(1, minCheckpointCount)) this.#writeCheckpoint();
    this.#pumpSoon();
  }

  /** Ends the group: its consumers are told that it was dropped. */
  drop(): void {
    this.#stopListening();
    this.inFlight.clear();
    const { stream, group } = this.settings;
    for (const { out } of this.consumers.splice(0)) {
      out.fail(new StoreError({ kind: 'persistent-subscription-dropped', stream, group }));
    }
  }

  #written(events: RecordedEvent[]): void {
    const last = events.at(-1);
    if (last && last.revision !== DELETED) this.lastKnown = this.#source.cursorOf(last);
    const fits = this.fresh.length + events.length <= this.settings.liveBufferSize;
    if (this.#isLive && fits && this.consumers.length > 0) for (const event of events) this.#consider(event);
    else this.#isLive = false;
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    setImmediate(() => {
      this.#pumpScheduled = false;
      try {
        this.#pump();
      } catch (error) {
        reportFault('A persistent subscription could not go on; it tries again at the next tick', error);
      }
    });
  }

  /** Runs at once on an answer: were answers gathered, retries would overtake what should go out between them. */
  #pump(): void {
    if (this.consumers.length === 0) return;
    this.#readAhead();
    this.#dispatch(this.retries);
    this.#dispatch(this.fresh);
    if (this.#wantsMore()) this.#pumpSoon();
  }

  #wantsMore(): boolean {
    const { readBatchSize } = this.settings;
    return (
      (!this.#isLive && this.fresh.length < readBatchSize) ||
      (this.parking.isReplaying && this.retries.length < readBatchSize)
    );
  }

  #readAhead(): void {
    const { readBatchSize } = this.settings;
    if (this.retries.length < readBatchSize) {
      for (const resolved of this.parking.take(readBatchSize)) {
        const link = resolved.link!;
        this.retries.push({ event: link, resolved, id: link.id, retryCount: 0 });
      }
    }
    if (this.#isLive || this.fresh.length >= readBatchSize) return;
    const page = this.#readAfter(readBatchSize);
    if (page.length === 0) this.#isLive = true;
    for (const event of page) this.#consider(event);
  }

  #readAfter(limit: number): RecordedEvent[] {
    try {
      return this.#source.readAfter(this.#cursor, limit);
    } catch (error) {
      if (error instanceof StoreError && error.problem.kind === 'stream-deleted') return [];
      throw error;
    }
  }

  #consider(event: RecordedEvent): void {
    const cursor = this.#source.cursorOf(event);
    if (cursor <= this.#cursor || event.revision === DELETED) return;
    const before = this.#cursor;
    this.#cursor = cursor;
    this.lastKnown = Math.max(this.lastKnown ?? 0, cursor);
    if (this.settings.stream === ALL && isInternal(event)) return;
    if (!this.#filter(event)) {
      this.#finishedSinceCheckpoint += 1;
      return;
    }
    this.fresh.push({ event, id: event.id, retryCount: 0, before });
  }

  /** Sends from the front of a queue what somebody can take; what has to wait keeps its place. */
  #dispatch(queue: Message[]): void {
    const waiting: Message[] = [];
    let taken = 0;
    for (const message of queue) {
      const { event, link } = this.#resolve(message);
      // Ids need not be unique: the second of two waits until the first is done, for acks tell them apart by id.
      const choice = this.inFlight.has(message.id) ? 'skip' : this.#choose((event ?? link)!.stream, this.consumers);
      if (choice === 'busy') break;
      taken += 1;
      if (choice === 'skip') waiting.push(message);
      else this.#send(message, choice);
    }
    queue.splice(0, taken, ...waiting);
  }

  #send(message: Message, consumer: Consumer): void {
    const { messageTimeoutMs } = this.settings;
    const sentAt = Date.now();
    const dueAt = messageTimeoutMs > 0 ? sentAt + messageTimeoutMs : Number.POSITIVE_INFINITY;
    this.inFlight.set(message.id, { message, consumer, sentAt, dueAt });
    consumer.inFlight += 1;
    consumer.send(messageResponse(this.#resolve(message), message.retryCount), () => this.#pumpSoon());
  }

  #resolve(message: Message): ResolvedEvent {
    const { event } = message;
    message.resolved ??= this.settings.resolveLinks ? this.store.reader.resolve(event) : { event };
    return message.resolved;
  }

  #finish(id: string): InFlight | undefined {
    const sent = this.inFlight.get(id);
    if (!sent) return undefined;
    this.inFlight.delete(id);
    sent.consumer.inFlight -= 1;
    if (sent.message.before !== undefined) this.#finishedSinceCheckpoint += 1;
    return sent;
  }

  #retry(message: Message): void {
    const { maxRetryCount } = this.settings;
    const sent = this.inFlight.get(message.id);
    if (!sent || sent.dueAt === PARKING) return;
    if (message.retryCount >= maxRetryCount) {
      this.#park(message, `Reached retry count of ${maxRetryCount}`);
      return;
    }
    this.inFlight.delete(message.id);
    sent.consumer.inFlight -= 1;
    this.retries.push({ ...message, retryCount: message.retryCount + 1 });
  }

  /** The message stays in flight until it is parked for certain; where that fails, it is sent again. */
  #park(message: Message, reason: string): void {
    const sent = this.inFlight.get(message.id);
    if (!sent || sent.dueAt === PARKING) return;
    sent.dueAt = PARKING;
    this.parking.park(this.#resolve(message), reason).then(
      () => {
        this.#finish(message.id);
        this.#checkpointIfMany();
        this.#pumpSoon();
      },
      () => {
        sent.dueAt = Date.now() + this.settings.messageTimeoutMs;
      },
    );
  }

  #disconnected(consumer: Consumer): void {
    const index = this.consumers.indexOf(consumer);
    if (index >= 0) this.consumers.splice(index, 1);
    for (const sent of [...this.inFlight.values()]) if (sent.consumer === consumer) this.#retry(sent.message);
    this.#pumpSoon();
  }

  #checkpointIfMany(): void {
    if (this.#finishedSinceCheckpoint >= Math.max(1, this.settings.maxCheckpointCount)) this.#writeCheckpoint();
  }

  #writeCheckpoint(): void {
    const unfinished = [...this.fresh, ...this.retries, ...[...this.inFlight.values()].map(({ message }) => message)];
    const place = unfinished.reduce((lowest, { before = lowest }) => Math.min(lowest, before), this.#cursor);
    if (place < 0 || place <= (this.checkpoint.place ?? -1)) return;
    this.#finishedSinceCheckpoint = 0;
    this.#lastCheckpointAt = Date.now();
    this.checkpoint.write(place);
  }
}

/** Due never: the message is being parked. */
const PARKING = Number.MAX_VALUE;
