import type { Command } from 'commander';
import { openPublishing } from '../../../../projections/kafka/open.js';
import { allFollowers } from '../../../../projections/followers.js';
import { integrationStatus } from '../../../integration/status.js';
import { integrationStatusText } from '../integration-status.js';
import { onRunning } from '../running.js';
import { answer } from '../output.js';

/** What leaves for other systems: receipts and lag. */
export function integrationCommands(program: Command): void {
  program
    .command('integration')
    .description('what other systems have and have not taken')
    .command('status')
    .description('what no system has acknowledged in time, and how far each follower is behind')
    .action(async (_options: object, command: Command) => {
      const status = await onRunning(async (platform) => {
        const publishing = openPublishing(platform);
        const followers = allFollowers({ ...platform, ledger: platform.mails, wakeMail: () => undefined, publishing });
        return integrationStatus({ ...platform, followers });
      });
      answer(command, status, integrationStatusText(status));
    });
}
