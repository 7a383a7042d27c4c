import { setFlagsFromString } from 'node:v8';

/**
 * How much larger than what lives the heap may grow before it is cleared, in percent. Left alone V8 goes to four times as
 * much where a machine has memory to spare: a third more memory, for no more speed (`npm run bench -- memory`).
 */
const HEAP_GROWTH = 100;

/**
 * Runs what a program begins with. One that fails says why in plain words: configuration, councils, a folder in use, a
 * port that is taken, a store that does not answer.
 */
export async function boot(start: () => Promise<void>): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
  try {
    await start();
  } catch (error) {
    process.stderr.write(`Frontdoor did not start. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
