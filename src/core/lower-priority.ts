import { getPriority, setPriority } from 'node:os';

/**
 * Lets the calling thread's work give way to that of others: `by` is added to its niceness, and each step leaves it a
 * fifth less of a core that others want too (Linux, sched(7)).
 */
export function lowerPriority(by: number): void {
  // Linux gives each thread a priority of its own; anywhere else this would be the whole process's.
  if (process.platform !== 'linux') return;
  try {
    setPriority(getPriority() + by);
  } catch {
    // Where that is forbidden it works like everybody else.
  }
}
