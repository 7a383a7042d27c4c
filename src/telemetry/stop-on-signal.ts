import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../platform.js';

/** Whoever stops a process waits about 30 s before it kills: by then it is to have ended by itself. */
const LONGEST = 25_000;

/** Ends the process as it is told to by SIGTERM or SIGINT: turns callers away first, then does `stop`; status 0 if all went well. */
export function stopOnSignal({ health, config, logger }: Platform, stop: () => Promise<void>): void {
  const end = async () => {
    if (health.stopping) return;
    health.stopping = true;
    setTimeout(() => {
      logger.error('stopping took too long, ended with work under way');
      process.exit(1);
    }, LONGEST).unref();
    await sleep(config.drainSeconds * 1_000);
    await stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end());
}
