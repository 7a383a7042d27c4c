import { randomUUID } from 'node:crypto';
import {
  DELETED,
  EMPTY,
  ExpectedRevision,
  isMetastream,
  metastreamOf,
  NO_STREAM,
  originalOf,
  ProposedEvent,
  RecordedEvent,
} from '../events.js';
import { Problem, problemOf, reportFault, StoreError } from '../problem.js';
import { checkAppend, StreamsSoFar } from './append-check.js';
import { Feed } from './feed.js';
import { softDeletedMetadata, withTruncateBefore } from './stream-metadata.js';

export interface AppendResult {
  /** NO_STREAM where nothing was to be written to a stream that is not there. */
  revision: number;
  /** The position of the last event written; undefined where there was none. */
  position?: number;
}

interface Change {
  run: () => unknown;
  resolve: (result: unknown) => void;
  reject: (error: StoreError) => void;
}

type Outcome = { change: Change; result: unknown } | { change: Change; problem: Problem };

/** What one transaction takes at most, so that neither it nor its answer grows without bound. */
const CHANGES_A_COMMIT = 1_000;

/**
 * The one writer. Changes that arrive in one turn of the event loop share one transaction and its sync to disk; each is
 * decided against the state its predecessors in that transaction left, and answered only after the commit.
 */
export class Writer {
  #waiting: Change[] = [];
  /** What the open transaction has written so far. */
  #written: RecordedEvent[] = [];
  #scheduled = false;
  #isFailing = false;

  constructor(
    private readonly state: StreamsSoFar,
    private readonly feed: Feed,
  ) {}

  append(
    stream: string,
    expected: ExpectedRevision,
    events: ProposedEvent[],
    deadline = Number.POSITIVE_INFINITY,
  ): Promise<AppendResult> {
    return this.#submit(() => {
      if (Date.now() > deadline) throw new StoreError({ kind: 'timeout' });
      const decision = checkAppend(
        this.state,
        stream,
        expected,
        events.map(({ id }) => id),
      );
      if (!decision.write) return { revision: decision.revision, position: decision.position };
      if (events.length === 0) return { revision: this.state.heads.head(stream).last };
      return this.#write(stream, events, decision.undelete);
    });
  }

  /** Hides all events of a stream; a later append brings it back with the next revision. */
  softDelete(stream: string, expected: ExpectedRevision): Promise<AppendResult> {
    return this.#submit(() => {
      checkAppend(this.state, stream, expected, [randomUUID()]);
      const metastream = metastreamOf(stream);
      const { heads } = this.state;
      if (heads.head(stream).last === NO_STREAM && heads.head(metastream).last === NO_STREAM) {
        throw new StoreError({ kind: 'wrong-expected-version', stream, expected, actual: NO_STREAM });
      }
      return this.#record(metastream, [metadataEvent(softDeletedMetadata())]);
    });
  }

  /** Ends a stream for good. */
  tombstone(stream: string, expected: ExpectedRevision): Promise<AppendResult> {
    return this.#submit(() => {
      checkAppend(this.state, stream, expected, [randomUUID()]);
      const tombstone = { id: randomUUID(), type: '$streamDeleted', isJson: false, data: EMPTY, metadata: EMPTY };
      return this.#record(stream, [tombstone], DELETED);
    });
  }

  /** Commits what is waiting. */
  flush(): void {
    while (this.#waiting.length > 0) this.#settle(this.#commit(this.#waiting.splice(0, CHANGES_A_COMMIT)));
  }

  #submit<T>(run: () => T): Promise<T> {
    const { promise, resolve, reject } = withResolvers<T>();
    this.#waiting.push({ run, resolve: resolve as (result: unknown) => void, reject });
    if (!this.#scheduled) {
      this.#scheduled = true;
      // After the poll phase, in which all that the sockets hold has been read: that is the group.
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
    return promise;
  }

  #commit(changes: Change[]): Outcome[] {
    let stage: 'deciding' | 'committing' = 'deciding';
    let outcomes: Outcome[];
    this.#written = [];
    try {
      outcomes = this.state.log.commit(() => {
        const decided = changes.map((change): Outcome => {
          try {
            return { change, result: change.run() };
          } catch (error) {
            // A refusal has written nothing; anything else may have, so the transaction must go.
            if (!(error instanceof StoreError)) throw error;
            return { change, problem: error.problem };
          }
        });
        stage = 'committing';
        return decided;
      });
    } catch (error) {
      this.state.log.forgetUncommitted();
      this.state.heads.forget();
      this.state.recentIds.forget();
      // One change that cannot be written must not spoil the others. A failed COMMIT is different: it says nothing
      // about any single change, so all are told.
      if (stage === 'deciding' && changes.length > 1) return changes.flatMap((change) => this.#commit([change]));
      if (!this.#isFailing) reportFault('Nothing can be written', error);
      this.#isFailing = true;
      return changes.map((change) => ({ change, problem: problemOf(error) }));
    }
    this.#isFailing = false;
    this.feed.publish(this.#written);
    return outcomes;
  }

  #settle(outcomes: Outcome[]): void {
    for (const outcome of outcomes) {
      if ('problem' in outcome) outcome.change.reject(new StoreError(outcome.problem));
      else outcome.change.resolve(outcome.result);
    }
  }

  #write(stream: string, events: ProposedEvent[], undelete: boolean): AppendResult {
    const { heads } = this.state;
    const firstRevision = heads.head(stream).last + 1;
    const original = isMetastream(stream) ? originalOf(stream) : undefined;
    const undeletesOriginal = original !== undefined && heads.isSoftDeleted(original);
    const result = this.#record(stream, events);
    if (undelete) this.#truncateBefore(stream, firstRevision);
    if (undeletesOriginal) this.#truncateBefore(original, heads.head(original).last + 1);
    return result;
  }

  /** Repeats a stream's metadata with another `$tb`. */
  #truncateBefore(stream: string, revision: number): void {
    const metastream = metastreamOf(stream);
    const { key, last } = this.state.heads.head(metastream);
    const metadata = this.state.log.event(key, last);
    if (metadata !== undefined) this.#record(metastream, [metadataEvent(withTruncateBefore(metadata, revision))]);
  }

  #record(stream: string, events: ProposedEvent[], revision?: number): Required<AppendResult> {
    const { log, heads, recentIds } = this.state;
    const head = heads.head(stream);
    const key = head.key === 0 ? log.addStream(stream) : head.key;
    const created = Date.now();
    let last = head.last;
    let position = 0;
    for (const event of events) {
      last = revision ?? last + 1;
      const record = log.add(key, stream, last, event, created);
      position = record.position;
      recentIds.remember(event.id, { stream, revision: last, position });
      this.#written.push(record);
    }
    heads.advance(stream, key, last);
    return { revision: last, position };
  }
}

function metadataEvent(data: Uint8Array): ProposedEvent {
  return { id: randomUUID(), type: '$metadata', isJson: true, data, metadata: EMPTY };
}

function withResolvers<T>() {
  let resolve!: (result: T) => void;
  let reject!: (error: StoreError) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
