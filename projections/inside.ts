import { Worker } from 'node:worker_threads';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { threadProgram } from '../src/core/project-root.js';
import type { Platform } from '../src/platform.js';

const THREAD = threadProgram('projections/thread.js');

export type Counted = MetricObjectWithValues<MetricValue<string>>[];

export interface FollowersInside {
  /** Resolves when they follow. */
  started: Promise<unknown>;
  /** What their thread has counted, for whoever tells the process's metrics. */
  counted(): Promise<Counted>;
  stop(): Promise<void>;
}

/**
 * Runs the followers in this process, on a thread of their own beside the one that answers people (at the limit of saves
 * it is a quarter of all there is to do): they find the stores that the process has opened or started, and know each
 * other by nothing else. Should they end by themselves, so does the process: one that answers and does not follow would
 * go unnoticed.
 */
export function followInside({ stores, logger }: Pick<Platform, 'stores' | 'logger'>): FollowersInside {
  const worker = new Worker(THREAD, { workerData: stores });
  // Neither waits in vain: the process ends with the thread.
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const heard = () => new Promise<unknown>((resolve) => worker.once('message', resolve));
  const started = heard();
  worker.on('error', (error) => logger.error('the followers failed', { error }));
  let stopping = false;
  worker.on('exit', () => {
    // What the thread said last is written first.
    if (!stopping) setImmediate(() => process.exit(1));
  });
  let asked: Promise<Counted> | undefined;
  return {
    started,
    counted() {
      asked ??= started.then(async () => {
        worker.postMessage('count');
        const families = (await heard()) as Counted;
        asked = undefined;
        return families;
      });
      return asked;
    },
    async stop() {
      stopping = true;
      worker.postMessage('stop');
      await ended;
    },
  };
}
