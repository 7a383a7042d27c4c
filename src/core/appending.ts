import { Worker } from 'node:worker_threads';
import {
  ErrorType,
  type AppendExpectedRevision,
  type EventStoreDBClient,
  type JSONEventData,
  type JSONEventType,
} from '@eventstore/db-client';
import { threadProgram } from './project-root.js';

/** Events on their way into a stream that must be at a revision. */
export interface Appending {
  stream: string;
  expectedRevision: AppendExpectedRevision;
  events: JSONEventData<JSONEventType<string, Record<string, unknown>, Record<string, unknown>>>[];
}

/** Appends events, and gives the place of the last in the log; rejects as the official client does. */
export type Append = (appending: Appending) => Promise<bigint>;

/** Appends by the official client, on the thread that asks. */
export function appendBy(client: EventStoreDBClient): Append {
  return async ({ stream, expectedRevision, events }) => {
    const { position } = await client.appendToStream(stream, events, { expectedRevision, requiresLeader: true });
    return position?.commit ?? 0n;
  };
}

/** What goes to the thread, all of one turn of the event loop at once, and what comes back. */
export type Asked = Appending & { nth: number };
export type Told = { nth: number; position: bigint } | { nth: number; error: ToldError };
/** As much of an error as is told on and looked at: threads pass no classes. */
export type ToldError = Pick<Error, 'name' | 'message' | 'stack'> & { type?: ErrorType; code?: number };

/** New objects of the thread take this much at most, in MB: nothing of an append lives long. */
const NEW_OBJECTS = 8;
const THREAD = threadProgram('src/core/appending-thread.js');

/**
 * Appends by the official client on a thread of its own. Of one call the client's transport sends one message a turn of
 * the event loop, and all appends share a call: a thread that answers people, and takes long over a turn, would hold its
 * own appends up. A thread that broke down is replaced at the next append; what it was at may
 * have been done.
 */
export class AppendingThread {
  private worker?: Worker;
  private readonly underWay = new Map<
    number,
    { resolve: (position: bigint) => void; reject: (error: Error) => void }
  >();
  private asked: Asked[] = [];
  private count = 0;
  private stopping = false;

  /** `url`: the event store's connection string. `onBreakdown` is told what broke the thread down, whatever it was at. */
  constructor(
    private readonly url: string,
    private readonly onBreakdown: (error: unknown) => void = () => undefined,
  ) {
    this.worker = this.started();
  }

  readonly append: Append = (appending) =>
    new Promise((resolve, reject) => {
      const nth = (this.count += 1);
      this.underWay.set(nth, { resolve, reject });
      if (this.asked.push({ ...appending, nth }) === 1) setImmediate(() => this.send());
    });

  async stop(): Promise<void> {
    this.stopping = true;
    await this.worker?.terminate();
  }

  private send(): void {
    this.worker ??= this.started();
    this.worker.postMessage(this.asked);
    this.asked = [];
  }

  private started(): Worker {
    const worker = new Worker(THREAD, {
      workerData: this.url,
      resourceLimits: { maxYoungGenerationSizeMb: NEW_OBJECTS },
    });
    worker.unref();
    worker.on('message', (told: Told[]) => {
      for (const one of told) this.settle(one);
    });
    // What breaks it down is told by what it was at.
    let broken = new Error('The appending thread ended.');
    worker.on('error', (error) => (broken = error));
    worker.once('exit', () => {
      this.worker = undefined;
      if (!this.stopping) this.onBreakdown(broken);
      const { name, message, stack } = broken;
      const error = { name, message, stack, type: ErrorType.UNAVAILABLE };
      const waiting = new Set(this.asked.map(({ nth }) => nth));
      for (const nth of this.underWay.keys()) if (!waiting.has(nth)) this.settle({ nth, error });
    });
    return worker;
  }

  private settle(told: Told): void {
    const waiting = this.underWay.get(told.nth)!;
    this.underWay.delete(told.nth);
    if ('position' in told) waiting.resolve(told.position);
    else waiting.reject(Object.assign(new Error(told.error.message), told.error));
  }
}
