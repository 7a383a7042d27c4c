import { setTimeout as sleep } from 'node:timers/promises';
import { START, streamNameFilter, type AllStreamSubscription, type EventStoreDBClient } from '@eventstore/db-client';
import type { StoredRecord } from './event-log.js';
import { positionOf, readLogPage, weightOf } from './read-log.js';
import { storedRecord } from './records.js';
import { newestPosition, watchSubscription, type Progress } from './watchdog.js';

/** What comes behind a position of the log. */
export interface News {
  /** In the order of the log; may be empty. */
  records: readonly StoredRecord[];
  /** What is followed up to here is in `records` or lies behind the position asked for: ask on from here. */
  through: bigint;
  /** True where more of the log is at hand already. */
  more: boolean;
}

/** A part of the log without gaps: what is followed behind `from`, up to and with `through`. */
interface Stretch {
  from: bigint;
  through: bigint;
  records: StoredRecord[];
}

/** Somebody who is behind. */
interface Reader {
  /** Up to where it was given what there is. */
  through: bigint;
  /** When it last asked, or was given, in milliseconds. */
  at: number;
}

/** So many of the newest records at most are given at once. */
const BATCH = 1_000;
/** A page of older ones: the more of a stream's facts are given at once, the less often what follows from them is written. */
const PAGE = 4_000;
/** The newest records are kept until there are more than so many, or they weigh more than so many characters. */
const MOST_RECORDS = 4_000;
const MOST_WEIGHT = 32 * 1024 * 1024;
/** Pages of older records that are kept: whoever catches up beside another is given what that one has read. */
const MOST_PAGES = 3;
/** Nobody waits for a reader that has been at work on what it was given for longer than this, in milliseconds. */
const AT_WORK = 5_000;

/**
 * The log, read once for everybody in this process who follows it: one subscription, watched for silence, whose newest
 * records are kept for all. Who is behind them is given pages, read from the store, until it has caught up. Everybody
 * asks on from a position of their own, and may ask for the same again.
 */
export class LogFeed {
  private live?: Promise<LiveStretch>;
  /** In the order of the log. */
  private readonly pages: Stretch[] = [];
  /** Pages that are being read, by the position behind which they begin. */
  private readonly reading = new Map<bigint, Promise<Stretch>>();
  /** Who is behind, by what tells each to stop. */
  private readonly readers = new Map<AbortSignal, Reader>();

  /** `categories`: of the streams that anybody follows, the part of their names before the dash. */
  constructor(
    private readonly client: EventStoreDBClient,
    private readonly categories: readonly string[],
  ) {}

  /**
   * What comes behind a position, once there is anything, `signal` says stop, or `patience` milliseconds have passed.
   * Throws where the store is away or the subscription broke: ask again after a pause.
   */
  async after(position: bigint, signal: AbortSignal, patience = Infinity): Promise<News> {
    const live = await this.opened();
    if (position < live.from) return this.older(position, live.from, signal);
    this.caughtUp(signal);
    return live.after(position, signal, patience);
  }

  async close(): Promise<void> {
    const live = await this.live?.catch(() => undefined);
    live?.end(new Error('The log is not followed any more.'));
  }

  private opened(): Promise<LiveStretch> {
    this.live ??= this.open().catch((error: unknown) => {
      this.live = undefined;
      throw error;
    });
    return this.live;
  }

  private async open(): Promise<LiveStretch> {
    const from = await newestPosition(this.client);
    const progress: Progress = { heard: from, waiting: true };
    const subscription = this.client.subscribeToAll({
      fromPosition: from === 0n ? START : { commit: from, prepare: from },
      requiresLeader: true,
      filter: streamNameFilter({
        prefixes: this.categories.map((category) => `${category}-`),
        checkpointInterval: 1,
        checkpointReached: async (_subscription, { commit }) => void (progress.heard = commit),
      }),
    });
    const live = new LiveStretch(from, subscription, progress, () => (this.live = undefined));
    live.watch((onSilence) => watchSubscription(this.client, this.isFollowed, progress, onSilence));
    return live;
  }

  private readonly isFollowed = (stream: string) =>
    this.categories.some((category) => stream.startsWith(`${category}-`));

  /** A page behind a position that lies before `until`, the end of the log at an earlier time. */
  private async older(position: bigint, until: bigint, signal: AbortSignal): Promise<News> {
    this.readers.set(signal, { through: position, at: performance.now() });
    const known = this.pages.find((page) => holds(page, position));
    const { records, through } = known ?? (await this.page(position, until, signal));
    this.readers.set(signal, { through, at: performance.now() });
    // Read while this one is worked on; whoever asks for it meets what went wrong.
    if (through < until && this.pages.at(-1)?.through === through) {
      void this.page(through, until, signal).catch(() => undefined);
    }
    const first = records.findIndex((record) => positionOf(record) > position);
    return { records: first < 0 ? [] : records.slice(first), through, more: true };
  }

  private page(from: bigint, until: bigint, signal: AbortSignal): Promise<Stretch> {
    const under = this.reading.get(from);
    if (under) return under;
    const reading = this.read(from, until, signal).finally(() => this.reading.delete(from));
    this.reading.set(from, reading);
    return reading;
  }

  /** Whoever is ahead of all waits for those behind: a page that they are about to ask for would give way to this one. */
  private async read(from: bigint, until: bigint, signal: AbortSignal): Promise<Stretch> {
    while (this.isAhead(from) && this.isFull() && !signal.aborted) await sleep(5);
    const { records, ended } = await readLogPage(this.client, from, PAGE);
    const last = records.at(-1);
    const read = last ? positionOf(last) : from;
    const page = {
      from,
      // Nothing may stand where the log ended then: what was read to its end was read up to there.
      through: ended && read < until ? until : read,
      records: records.filter(({ streamId }) => this.isFollowed(streamId)),
    };
    // Far behind all others, one reads for itself alone.
    if (this.isAhead(from) || !this.isFull()) this.keep(page);
    return page;
  }

  /** Pages are for those who are behind: nothing is kept for nobody. */
  private caughtUp(signal: AbortSignal): void {
    if (this.readers.size === 0) return;
    this.readers.delete(signal);
    for (const reader of this.readers.keys()) if (reader.aborted) this.readers.delete(reader);
    if (this.readers.size === 0) this.pages.length = 0;
  }

  private keep(page: Stretch): void {
    if (this.pages.length === MOST_PAGES) this.pages.shift();
    this.pages.push(page);
    this.pages.sort((one, other) => Number(one.from - other.from));
  }

  private isAhead(position: bigint): boolean {
    return this.pages.every(({ through }) => through <= position);
  }

  /** Whether the oldest page would have to give way although somebody is about to ask for it. */
  private isFull(): boolean {
    const oldest = this.pages[0];
    if (!oldest || this.pages.length < MOST_PAGES) return false;
    const since = performance.now() - AT_WORK;
    return [...this.readers].some(
      ([signal, { through, at }]) => !signal.aborted && at > since && holds(oldest, through),
    );
  }
}

/** Whether what comes first behind a position is in a stretch. */
function holds({ from, through }: Stretch, position: bigint): boolean {
  return from <= position && position < through;
}

/** The newest records, as they come. */
class LiveStretch implements Stretch {
  readonly records: StoredRecord[] = [];
  through: bigint;
  private readonly waiting = new Set<() => void>();
  private weight = 0;
  private broken?: Error;
  private waking?: NodeJS.Immediate;
  private unwatch?: () => void;

  constructor(
    public from: bigint,
    private readonly subscription: AllStreamSubscription,
    private readonly progress: Progress,
    private readonly onEnd: () => void,
  ) {
    this.through = from;
    subscription.on('data', ({ event }) => event && this.add(storedRecord(event)));
    subscription.on('error', (error) => this.end(error));
    subscription.on('end', () => this.end(new Error('The subscription has ended.')));
  }

  watch(begin: (onSilence: (error: Error) => void) => () => void): void {
    this.unwatch = begin((error) => this.end(error));
  }

  async after(position: bigint, signal: AbortSignal, patience: number): Promise<News> {
    if (this.through <= position && !this.broken) await this.more(signal, patience);
    if (this.broken) throw this.broken;
    return behind(this, position);
  }

  end(error: Error): void {
    if (this.broken) return;
    this.broken = error;
    this.onEnd();
    this.unwatch?.();
    // Not destroyed: what nobody reads any more would never end, and the client waits for that when it is disposed of.
    void this.subscription.unsubscribe().catch(() => undefined);
    this.wake();
  }

  private add(record: StoredRecord): void {
    if (this.broken) return;
    this.records.push(record);
    this.weight += weightOf(record);
    this.through = positionOf(record);
    if (this.through > this.progress.heard) this.progress.heard = this.through;
    if (this.records.length > MOST_RECORDS || this.weight > MOST_WEIGHT) this.forgetHalf();
    // Once for all records that came at once.
    this.waking ??= setImmediate(() => this.wake());
  }

  private forgetHalf(): void {
    const forgotten = this.records.splice(0, Math.ceil(this.records.length / 2));
    this.from = positionOf(forgotten.at(-1)!);
    for (const record of forgotten) this.weight -= weightOf(record);
  }

  private wake(): void {
    this.waking = undefined;
    for (const wake of [...this.waiting]) wake();
  }

  private more(signal: AbortSignal, patience: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(late);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const late = patience === Infinity ? undefined : setTimeout(done, patience);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
      if (signal.aborted) done();
    });
  }
}

function behind({ records, through }: Stretch, position: bigint): News {
  // From the end: most are asked for what came last.
  const first = records.findLastIndex((record) => positionOf(record) <= position) + 1;
  const batch = records.slice(first, first + BATCH);
  if (first + BATCH < records.length) return { records: batch, through: positionOf(batch.at(-1)!), more: true };
  return { records: batch, through: through > position ? through : position, more: false };
}
