import { parentPort, workerData } from 'node:worker_threads';
import { register } from 'prom-client';
import { boot } from '../src/boot.js';
import { loadConfig } from '../src/config.js';
import { systemClock } from '../src/core/clock.js';
import { lowerPriority } from '../src/core/lower-priority.js';
import { holdOutput } from '../src/core/process-output.js';
import { openPlatform, type Stores } from '../src/platform.js';
import { startFollowers } from './run.js';

/** Of a core that who answers people wants too, a quarter is left: at the limit of saves, lists are up to date within 150 ms still. */
const NICENESS = 5;

await boot(start);

/** The followers of a process that answers people too: see inside.ts. */
async function start(): Promise<void> {
  lowerPriority(NICENESS);
  const platform = await openPlatform(loadConfig(process.env), systemClock, { running: workerData as Stores });
  holdOutput(platform.logger);
  const followers = startFollowers(platform);
  const on: Record<string, () => Promise<void>> = {
    count: async () => parentPort!.postMessage(await register.getMetricsAsJSON()),
    stop: async () => {
      await followers.stop();
      await platform.close();
      process.exit(0);
    },
  };
  parentPort!.on('message', (asked: string) => void on[asked]!());
  parentPort!.postMessage('started');
}
