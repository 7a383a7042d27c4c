import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync, type Options } from '@node-rs/argon2';

/** What the thread is asked: the hash of a password, or whether it fits a `known` hash. */
export type HashingTask = { password: string; cost: Options } | { password: string; known: string };

/** Of a core that others want too, a tenth is left: a storm of log-ins slows log-ins down, and nothing else. */
const NICENESS = 10;

// Linux gives each thread a priority of its own; anywhere else this would be the whole process's.
if (process.platform === 'linux') {
  try {
    setPriority(getPriority() + NICENESS);
  } catch {
    // Where that is forbidden it hashes like everybody else.
  }
}

parentPort!.on('message', (task: HashingTask) => {
  const { password } = task;
  parentPort!.postMessage('known' in task ? verifySync(task.known, password) : hashSync(password, task.cost));
});
