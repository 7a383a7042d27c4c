import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { projectRoot } from '../src/core/project-root.js';
import type { Platform } from '../src/platform.js';

/** Compiled, whether this runs from source or from dist: threads read no TypeScript. */
const THREAD = join(projectRoot, 'dist/projections/thread.js');

export type Counted = MetricObjectWithValues<MetricValue<string>>[];

export interface FollowersInside {
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
  const ended = once(worker, 'exit');
  worker.on('error', (error) => logger.error('the followers failed', { error }));
  let stopping = false;
  worker.on('exit', () => {
    // What the thread said last is written first.
    if (!stopping) setImmediate(() => process.exit(1));
  });
  let asked: Promise<Counted> | undefined;
  return {
    counted() {
      asked ??= once(worker, 'message').then(([families]) => {
        asked = undefined;
        return families as Counted;
      });
      worker.postMessage('count');
      return asked;
    },
    async stop() {
      stopping = true;
      worker.postMessage('stop');
      await ended;
    },
  };
}
