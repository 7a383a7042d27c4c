import { setTimeout as sleep } from 'node:timers/promises';
import type { Council } from '../council/council.js';
import type { Feed } from './feed.js';

/** How long to wait for more at the end of the log, in milliseconds. */
const PAUSE = 1_000;
/** After so long without an event, in milliseconds, the stream says that it is alive. */
const SILENCE = 15_000;
/** Events read at once: what is read waits in memory until the consumer has taken it. */
const PAGE = 50;

export interface Streaming {
  feed: Feed;
  council: Council;
  after: bigint;
  cursorOf: (position: bigint) => string;
  /** Ends the stream: the consumer left, its token ran out, or the process stops. */
  signal: AbortSignal;
}

/**
 * The feed as server-sent events, whose ids are cursors. The log is asked again and again rather than subscribed to: a
 * read that fails is noticed, and nothing is read before the consumer has taken what came before.
 */
export async function* feedStream({ feed, council, after, cursorOf, signal }: Streaming): AsyncGenerator<string> {
  let position = after;
  let spokenAt = performance.now();
  yield 'retry: 5000\n\n';
  while (!signal.aborted) {
    const page = await feed.page(council, position, PAGE);
    for (const { event, position: place } of page.events) {
      yield `id: ${cursorOf(place)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
      spokenAt = performance.now();
    }
    position = page.position;
    if (performance.now() - spokenAt >= SILENCE) {
      // An id without data tells a consumer that comes again where to go on, past what was not for it.
      yield `${position === 0n ? '' : `id: ${cursorOf(position)}\n`}: alive\n\n`;
      spokenAt = performance.now();
    }
    if (!page.more) await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}
