import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainEvent, Recorded, StreamKind } from '../src/core/decider.js';
import type { EventLog, StoredRecord } from '../src/core/event-log.js';
import type { Logger } from '../src/core/logger.js';
import { isOfNewerRelease, OfNewerRelease } from '../src/core/newer-release.js';
import { isTransient } from '../src/core/transient-errors.js';
import type { Parked, ParkedEvent } from './parked.js';

/** Whose events are applied, and how. */
export interface Applies {
  name: string;
  kinds: readonly StreamKind<DomainEvent>[];
  /** The types of fact that it does anything about; absent: it is given all. */
  takes?: ReadonlySet<string>;
  /** The types of fact behind which nothing is left of what came before them in their stream. */
  endings?: ReadonlySet<string>;
  handle(facts: Recorded<DomainEvent>[]): Promise<void>;
}

/** Whether an event is for a follower: of one of its kinds of stream, and of a type that it does something about. */
export function isFor(
  { kinds, takes }: Pick<Applies, 'kinds' | 'takes'>,
  { streamId, type }: { streamId: string; type: string },
): boolean {
  return (takes?.has(type) ?? true) && kinds.some(({ category }) => streamId.startsWith(`${category}-`));
}

/** The records before the first that a newer release appended: whether it matters to a follower only that release can say. */
export function upToUnknown(
  { kinds }: Pick<Applies, 'kinds'>,
  records: readonly StoredRecord[],
): { records: readonly StoredRecord[]; unknown?: OfNewerRelease } {
  const nth = records.findIndex((record) => {
    const kind = kinds.find(({ category }) => record.streamId.startsWith(`${category}-`));
    return kind && isOfNewerRelease(kind, record);
  });
  if (nth < 0) return { records };
  return { records: records.slice(0, nth), unknown: OfNewerRelease.event(records[nth]!) };
}

export interface ApplyTools {
  log: EventLog;
  parked: Parked;
  logger: Logger;
}

/** How long to wait before each further try of events that failed, in milliseconds. */
const PAUSES = [100, 500];
const TRIES = PAUSES.length + 1;
/**
 * So many streams failing one after the other, none going well between them, are no matter of single events: a key that
 * is not the right one, a release that cannot work. Then nothing more is set aside, and the follower waits.
 */
const TOO_MANY = 20;

/** Thrown where everything fails: it is not for the events to be set aside. */
class EverythingFails extends Error {
  override name = 'EverythingFails';
}

/** The rest of a stream's events from the first on that failed. */
interface Failure {
  stream: string;
  records: StoredRecord[];
  error: unknown;
}

/**
 * Applies events in order and sets aside those that cannot be: an event that fails three times is parked, with an error
 * in the log, and what follows it in its stream is parked behind it. All other streams go on. What fails because
 * something is away is thrown instead, and counts for nothing.
 */
export class Applying {
  private failingInARow = 0;

  private constructor(
    private readonly follower: Applies,
    private readonly tools: ApplyTools,
    private blocked: Map<string, number>,
  ) {}

  static async open(follower: Applies, tools: ApplyTools): Promise<Applying> {
    return new Applying(follower, tools, await tools.parked.blockedFrom(follower.name));
  }

  /** Looks again at what is parked: somebody else has changed it. */
  async reload(): Promise<void> {
    this.blocked = await this.tools.parked.blockedFrom(this.follower.name);
  }

  async apply(records: readonly StoredRecord[]): Promise<void> {
    const isBehind = ({ streamId, revision }: StoredRecord) => {
      const from = this.blocked.get(streamId);
      return from !== undefined && Number(revision) >= from;
    };
    const free = records.filter((record) => !isBehind(record));
    const ended = this.endedIn(free);
    let failures = await this.attempt(free.filter((record) => !ended.has(record)));
    for (const pause of PAUSES) {
      if (failures.length === 0) break;
      await sleep(pause);
      const failed = new Map(failures.map(({ stream, records: rest }) => [stream, new Set(rest)]));
      failures = await this.attempt(
        free.filter((record) => {
          const rest = failed.get(record.streamId);
          // Where an ending fails, what it would have ended stands.
          return rest && (rest.has(record) || ended.has(record));
        }),
      );
    }
    this.count(free, failures);
    const behind = records.filter(isBehind).map((record) => this.parkedEvent(record, null));
    await this.park(failures, behind);
  }

  /** Tries the parked events of a stream again, in order, up to the first that fails still. Gives how many went well. */
  async replay(stream: string): Promise<{ events: number; left: number }> {
    const { parked, log, logger } = this.tools;
    const waiting = await parked.ofStream(this.follower.name, stream);
    const records = new Map<number, StoredRecord>();
    for await (const record of log.records(stream)) records.set(Number(record.revision), record);
    let events = 0;
    for (const event of waiting) {
      const record = records.get(event.revision);
      const [failure] = record ? await this.attempt([record]) : [{ error: new Error('The log does not hold it.') }];
      if (failure) {
        await parked.failedAgain(event, classOf(failure.error));
        logger.error('a parked event failed again', { ...about(event), error: failure.error });
        break;
      }
      await parked.remove(event);
      events += 1;
    }
    const first = waiting[events];
    if (first) this.blocked.set(stream, first.revision);
    else this.blocked.delete(stream);
    return { events, left: waiting.length - events };
  }

  /** Streams with parked events. */
  get parkedStreams(): string[] {
    return [...this.blocked.keys()];
  }

  /** What need not be looked at: nothing is left of it behind an ending that comes later in its stream. */
  private endedIn(records: readonly StoredRecord[]): ReadonlySet<StoredRecord> {
    const { endings } = this.follower;
    if (!endings) return new Set();
    const ends = new Map<string, bigint>();
    for (const { streamId, type, revision } of records) if (endings.has(type)) ends.set(streamId, revision);
    return new Set(records.filter(({ streamId, revision }) => revision < (ends.get(streamId) ?? 0n)));
  }

  /** One try of everything; what fails is narrowed down to streams, and in them to events. Throws outages. */
  private async attempt(records: readonly StoredRecord[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    const facts: Recorded<DomainEvent>[] = [];
    // All at once: each may have to ask for a key.
    const opened = await Promise.all(records.map((record) => this.open(record)));
    for (const [nth, record] of records.entries()) {
      const failed = failures.find(({ stream }) => stream === record.streamId);
      const { fact, error } = opened[nth]!;
      if (failed) failed.records.push(record);
      else if (fact) facts.push(fact);
      else failures.push({ stream: record.streamId, records: [record], error });
    }
    for (const { stream, from, error } of await this.handle(facts)) {
      const rest = records.filter(({ streamId, revision }) => streamId === stream && Number(revision) >= from);
      const later = failures.findIndex((failure) => failure.stream === stream);
      if (later >= 0) failures.splice(later, 1);
      failures.push({ stream, records: rest, error });
    }
    return failures;
  }

  private async open(record: StoredRecord): Promise<{ fact?: Recorded<DomainEvent>; error?: unknown }> {
    try {
      return { fact: await this.tools.log.open(this.kindOf(record.streamId), record) };
    } catch (error) {
      if (isTransient(error)) throw error;
      return { error };
    }
  }

  /** Handles facts, in halves of the streams where they fail together, down to the first that fails of each stream. */
  private async handle(facts: Recorded<DomainEvent>[]): Promise<{ stream: string; from: number; error: unknown }[]> {
    if (facts.length === 0) return [];
    try {
      await this.follower.handle(facts);
      return [];
    } catch (error) {
      if (isTransient(error)) throw error;
      if (facts.length === 1) return [{ stream: facts[0]!.stream, from: facts[0]!.revision, error }];
    }
    const streams = [...new Set(facts.map(({ stream }) => stream))];
    if (streams.length === 1) {
      for (const fact of facts) {
        const failed = await this.handle([fact]);
        if (failed.length > 0) return failed;
      }
      return [];
    }
    const half = new Set(streams.slice(0, streams.length / 2));
    const first = await this.handle(facts.filter(({ stream }) => half.has(stream)));
    return [...first, ...(await this.handle(facts.filter(({ stream }) => !half.has(stream))))];
  }

  private count(tried: readonly StoredRecord[], failures: readonly Failure[]): void {
    const failed = failures.reduce((sum, { records }) => sum + records.length, 0);
    this.failingInARow = tried.length > failed ? 0 : this.failingInARow + failures.length;
    if (failures.length === 0 || this.failingInARow < TOO_MANY) return;
    throw new EverythingFails(`${this.follower.name} cannot handle anything.`, { cause: failures[0]!.error });
  }

  private async park(failures: readonly Failure[], behind: readonly ParkedEvent[]): Promise<void> {
    const { parked, logger } = this.tools;
    const events = failures.flatMap(({ records, error }) =>
      records.map((record, nth) => this.parkedEvent(record, nth === 0 ? classOf(error) : null)),
    );
    await parked.park([...events, ...behind]);
    for (const { stream, records, error } of failures) {
      this.blocked.set(stream, Number(records[0]!.revision));
      const head = this.parkedEvent(records[0]!, classOf(error));
      logger.error('an event was PARKED, its stream waits for a replay', { ...about(head), error });
    }
  }

  private parkedEvent({ streamId, revision, type, position }: StoredRecord, error: string | null): ParkedEvent {
    return {
      follower: this.follower.name,
      stream: streamId,
      revision: Number(revision),
      position: String(position?.commit ?? 0n),
      type,
      error,
      attempts: error === null ? 0 : TRIES,
      parkedAt: new Date(),
    };
  }

  private kindOf(stream: string): StreamKind<DomainEvent> {
    return this.follower.kinds.find(({ category }) => stream.startsWith(`${category}-`))!;
  }
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function about({ follower, stream, revision, position, type }: ParkedEvent) {
  return { follower, stream, revision, position, type };
}
