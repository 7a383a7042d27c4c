import type { Readable } from 'node:stream';
import type { StreamingRead } from '@eventstore/db-client';

/** A store that has said nothing for this long, in milliseconds, does not answer: less than people wait for a page. */
export const PATIENCE = 8_000;

/** Thrown where the event store was silent: whether it did what was asked is not known. */
export class StoreSilent extends Error {
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
  // What comes of the call after it was given up would otherwise end the process.
  reading.on('error', () => undefined);
  let ended = false;
  // However long the caller takes over one, it is not the store that is silent then.
  let waitingSince: number | undefined = performance.now();
  const look = () => {
    const silent = waitingSince === undefined ? 0 : performance.now() - waitingSince;
    // One timer for all that is read: one for each would cost more than the rest of this.
    if (silent < patience) timer = setTimeout(look, patience - silent);
    else reading.destroy(new StoreSilent(patience));
  };
  let timer = setTimeout(look, patience);
  try {
    for await (const one of undestroyed(reading)) {
      waitingSince = undefined;
      yield one;
      waitingSince = performance.now();
    }
    ended = true;
  } finally {
    clearTimeout(timer);
    if (!ended) {
      // What is on its way still has to go somewhere: a call with something unread never ends, and the client waits for
      // all that it ever began when it is disposed of.
      reading.resume();
      void reading.cancel().catch(() => undefined);
    }
  }
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
