import { DAY, MINUTE } from '../../src/core/clock.js';

const SHORTEST = 1_000;
export const LONGEST_PAUSE = 15 * MINUTE;
/** Of a mail that is of use for minutes only. */
const LONGEST_URGENT = 10_000;
/** RFC 5321, 4.5.4.1 gives mail servers four to five days; whoever waits for these mails has asked somebody by then. */
const GIVE_UP = DAY;

/**
 * How long to wait before the next try, in milliseconds, where the first failed `failingFor` milliseconds ago; null where
 * it is time to give up. As long again as it has failed so far, so that pauses double, and a quarter more or less, so
 * that mails that failed together do not come again together. `random`: from 0 up to 1.
 */
export function pauseBeforeRetry(failingFor: number, urgent: boolean, random: number): number | null {
  if (failingFor >= GIVE_UP) return null;
  const pause = Math.max(SHORTEST, failingFor) * (0.75 + random / 2);
  return Math.min(pause, urgent ? LONGEST_URGENT : LONGEST_PAUSE);
}
