import { jest } from '@jest/globals';

/** Everything of time but Date itself. */
const UNCHANGED = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as never;

/** What `work` comes to in a process whose clock is so many milliseconds ahead; below 0, behind. */
export async function clockAhead<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  jest.useFakeTimers({ now: Date.now() + milliseconds, doNotFake: UNCHANGED });
  try {
    return await work();
  } finally {
    jest.useRealTimers();
  }
}
