import type { Command } from 'commander';
import { giveUpKey } from '../../../records/record-erasure.js';
import { atTerminal } from '../../audit/reading.js';
import { answer, confirm, progressOf } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning } from '../running.js';

/** The keys that wrap data keys, and data keys that are gone for good. */
export function keysCommands(program: Command): void {
  const group = program.command('keys').description('the master key, and data keys that were lost');
  group
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
  group
    .command('lost <stream>')
    .description(
      'gives up a data key that no backup holds: records what it sealed as erased; what waits for it goes on',
    )
    .action(async (stream: string, _options: object, command: Command) => {
      if (!OWNER.test(stream)) throw new Refused('Name the stream as the log line does: referral-… or account-….');
      await confirm(command, `Everything personal in ${stream} counts as erased; this cannot be taken back.`);
      await onRunning((platform) => giveUpKey(platform, stream, atTerminal('records_officer')));
      answer(command, { lost: stream }, `${stream} is recorded as erased; followers go on`);
    });
}

const OWNER = /^(referral|account)-[0-9a-f-]{36}$/;

const STEPS = `
1. Give every process the new key beside the old: MASTER_KEY=old MASTER_KEY_OTHERS=new. One process alone can skip this.
2. Change places in every process: MASTER_KEY=new MASTER_KEY_OTHERS=old.
3. Run this. Cut short, run it again. 4. Take MASTER_KEY_OTHERS away. Backups made before still need the old key.`;
