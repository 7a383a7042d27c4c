import { setTimeout as sleep } from 'node:timers/promises';

/** How long any condition of a test may take to come true, in milliseconds: generous, for both cores may be busy. */
const PATIENCE = 60_000;
/** How long to wait between two looks, in milliseconds. */
const LOOK = 20;

/** Waits until a condition holds; throws naming `what` after a minute. */
export async function until(holds: () => Promise<boolean> | boolean, what = 'it came true'): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited a minute in vain until ${what}.`);
    await sleep(LOOK);
  }
}
