import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadProgram } from '../core/project-root.js';
import type { HashingTask } from './hashing-thread.js';

const THREAD = threadProgram('src/account/hashing-thread.js');

/**
 * One thread that hashes, away from libuv's threads, which are everybody's, and of a lower priority than what answers
 * people. It is started where there is none: one that broke down takes what it was at with it, and nothing more.
 */
export class Hashing {
  private worker?: Worker;

  /** Carries out one task; the next may be given once it has settled. */
  async run<T extends string | boolean>(task: HashingTask): Promise<T> {
    const worker = (this.worker ??= started());
    const settled = new AbortController();
    const { signal } = settled;
    worker.ref();
    try {
      worker.postMessage(task);
      const exit = once(worker, 'exit', { signal }).then(() => {
        throw new Error('The hashing thread ended.');
      });
      const [answer] = (await Promise.race([once(worker, 'message', { signal }), exit])) as [T];
      return answer;
    } catch (error) {
      this.worker = undefined;
      throw error;
    } finally {
      settled.abort();
      worker.unref();
    }
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
  }
}

function started(): Worker {
  // What breaks it down is told by the task that it was at.
  return new Worker(THREAD).on('error', () => undefined);
}
