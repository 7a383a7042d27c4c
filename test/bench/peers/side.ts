import { rate } from '../measure.js';

/** Streams that commands go to, with so many events in each before it begins. */
export const STREAMS = 1_000;
export const EVENTS = 10;
const AT_ONCE = 32;

/** What a person writes on one page: as much in every store. */
export const page = (nth: number) => ({ text: `What somebody writes on page ${nth} of a form. `.repeat(10) });

/**
 * Runs in a process of its own, which its parent asks for one round after the other: a message with seconds, answered by
 * how many commands came to an end in a second. `command` appends one event to a stream, whatever its life has come to.
 */
export async function serve(command: (stream: number) => Promise<unknown>): Promise<void> {
  for (let event = 0; event < EVENTS; event += 1) await rate(STREAMS, AT_ONCE, command);
  let next = 0;
  process.on('message', ({ seconds }: { seconds: number }) => void round(seconds));
  process.send!('ready');

  async function round(seconds: number): Promise<void> {
    const [begun, until] = [performance.now(), performance.now() + seconds * 1_000];
    let done = 0;
    const lane = async () => {
      for (; performance.now() < until; done += 1) await command((next += 1) % STREAMS);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    process.send!({ rate: done / ((performance.now() - begun) / 1_000) });
  }
}
