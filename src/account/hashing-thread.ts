import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync, type Options } from '@node-rs/argon2';
import { lowerPriority } from '../core/lower-priority.js';

/** What the thread is asked: the hash of a password, or whether it fits a `known` hash. */
export type HashingTask = { password: string; cost: Options } | { password: string; known: string };

/** Of a core that others want too, a tenth is left: a storm of log-ins slows log-ins down, and nothing else. */
const NICENESS = 10;

lowerPriority(NICENESS);

parentPort!.on('message', (task: HashingTask) => {
  const { password } = task;
  parentPort!.postMessage('known' in task ? verifySync(task.known, password) : hashSync(password, task.cost));
});
