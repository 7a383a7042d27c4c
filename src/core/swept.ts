import { concernsOneKey } from './keys.js';
import type { Logger } from './logger.js';
import { isTransient } from './transient-errors.js';

/**
 * One of the many that a sweep found due, by its stream: gives the number of facts that `handle` came to. One that was
 * damaged, or whose key is missing, is logged and skipped, so that it cannot keep everybody else's data from being erased. Other
 * outages are thrown: the sweep runs again.
 */
export async function swept(
  stream: string,
  logger: Logger,
  handle: () => Promise<{ facts: readonly unknown[] }>,
): Promise<number> {
  try {
    return (await handle()).facts.length;
  } catch (error) {
    if (isTransient(error) && !concernsOneKey(error)) throw error;
    logger.error('one that is due cannot be ended, the others are', { part: stream, error });
    return 0;
  }
}
