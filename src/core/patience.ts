import type { Readable } from 'node:stream';
import type { StreamingRead } from '@eventstore/db-client';
import { TransientError } from './transient-errors.js';

/** A store that has said nothing for this long, in milliseconds, does not answer: less than people wait for a page. */
export const PATIENCE = 8_000;

/** Thrown where the event store was silent: whether it did what was asked is not known. */
export class StoreSilent extends TransientError {
  constructor(patience: number) {
    super(`The event store has not answered for ${patience / 1_000} s.`);
    this.name = 'StoreSilent';
  }
}

/**
 * What a read gives, one by one. The official client's reads have no deadline: over a connection that swallows
 * everything they would wait for ever, so one that has been silent for `patience` milliseconds ends in StoreSilent.
 * A caller that stops half-way leaves no call open behind it.
 */
export async function* patiently<T>(reading: StreamingRead<T>, patience = PATIENCE): AsyncGenerator<T> {
  const watch = new SilenceWatch(reading, patience);
  let ended = false;
  try {
    for await (const one of undestroyed(reading)) {
      // However long the caller takes over one, it is not the store that is silent then.
      watch.rest();
      yield one;
      watch.wait();
    }
    ended = true;
  } finally {
    watch.end();
    if (!ended) leave(reading);
  }
}

/**
 * Gives what a read brings to `take` as it comes, until that says false; for pages, where a turn of the event loop for
 * each record would cost more than the record. Throws as `patiently` does.
 */
export function takePatiently<T>(
  reading: StreamingRead<T>,
  take: (one: T) => boolean,
  patience = PATIENCE,
): Promise<void> {
  const watch = new SilenceWatch(reading, patience);
  let done = false;
  return new Promise<void>((resolve, reject) => {
    reading.on('data', (one: T) => {
      watch.wait();
      if (done || take(one)) return;
      done = true;
      leave(reading);
      resolve();
    });
    reading.on('error', reject);
    reading.on('end', resolve);
    reading.on('close', () => reject(new TransientError('The read was broken off.')));
  }).finally(() => watch.end());
}

/** Destroys a reading in whose turn nothing has come for so long. */
class SilenceWatch {
  private timer: NodeJS.Timeout;
  private waitingSince: number | undefined = performance.now();

  constructor(
    private readonly reading: StreamingRead<unknown>,
    private readonly patience: number,
  ) {
    // What comes of the call after it was given up would otherwise end the process.
    reading.on('error', () => undefined);
    this.timer = setTimeout(this.look, patience);
  }

  /** It is the reading's turn from now on. */
  wait(): void {
    this.waitingSince = performance.now();
  }

  /** It is the caller's turn. */
  rest(): void {
    this.waitingSince = undefined;
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private readonly look = () => {
    const silent = this.waitingSince === undefined ? 0 : performance.now() - this.waitingSince;
    // One timer for all that is read: one for each would cost more than the rest of this.
    if (silent < this.patience) this.timer = setTimeout(this.look, this.patience - silent);
    else this.reading.destroy(new StoreSilent(this.patience));
  };
}

/**
 * Ends a call half-way. What is on its way still has to go somewhere: a call with something unread never ends, and the
 * client waits for all that it ever began when it is disposed of.
 */
function leave(reading: StreamingRead<unknown>): void {
  reading.resume();
  void reading.cancel().catch(() => undefined);
}

/** What a stream gives, one by one; left early, the stream stays as it is. The client's type does not know that it can. */
function undestroyed<T>(reading: StreamingRead<T>): AsyncIterable<T> {
  return (reading as unknown as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<T>;
}

/** The answer to a call, or StoreSilent where it does not come within `patience` milliseconds. */
export function answered<T>(call: Promise<T>, patience = PATIENCE): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new StoreSilent(patience)), patience);
    call.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
