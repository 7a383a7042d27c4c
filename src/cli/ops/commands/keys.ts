import type { Command } from 'commander';
import { answer, progressOf } from '../output.js';
import { onRunning } from '../running.js';

/** The keys that wrap data keys. */
export function keysCommands(program: Command): void {
  program
    .command('keys')
    .description('the master key')
    .command('rotate')
    .description('wraps every data key anew with the master key of now, while the service runs; rewrites no event')
    .addHelpText('after', STEPS)
    .action(async (_options: object, command: Command) => {
      const say = progressOf(command);
      const done = await onRunning(({ keys }) => keys.rotate(({ rewrapped, seen }) => say(`${rewrapped} of ${seen}`)));
      answer(
        command,
        done,
        `${done.rewrapped} of ${done.seen} data keys wrapped anew: the former master key opens nothing any more`,
      );
    });
}

const STEPS = `
1. Give every process the new key beside the old: MASTER_KEY=old MASTER_KEY_OTHERS=new. One process alone can skip this.
2. Change places in every process: MASTER_KEY=new MASTER_KEY_OTHERS=old.
3. Run this. Cut short, run it again. 4. Take MASTER_KEY_OTHERS away. Backups made before still need the old key.`;
