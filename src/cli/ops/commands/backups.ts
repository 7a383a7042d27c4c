import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { fitCheckpoints } from '../../../../projections/move-checkpoint.js';
import { openRoots } from '../../../audit/roots/open.js';
import { DAY } from '../../../core/clock.js';
import { newestPosition } from '../../../core/watchdog.js';
import { afterRestore } from '../../../records/after-restore.js';
import { readManifest } from '../manifest.js';
import { answer, confirm } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning, ownConfig } from '../running.js';

/** How long backups live, and what follows after one was put back. */
export function backupsCommands(program: Command): void {
  program
    .command('prune <dir>')
    .description(
      'removes the backups in a folder that are older than BACKUP_RETENTION_DAYS: they hold keys of what was erased',
    )
    .action(async (dir: string, _options: object, command: Command) => {
      const { backupRetentionDays: days } = ownConfig();
      const old = await olderThan(resolve(dir), Date.now() - days * DAY);
      if (old.length > 0) await confirm(command, `Remove ${old.length} backups older than ${days} days?`);
      for (const folder of old) await rm(folder, { recursive: true });
      answer(command, { removed: old }, [`${old.length} backups older than ${days} days removed`, ...old].join('\n'));
    });
  program
    .command('after-restore')
    .description(
      'fits an older backup: erases again what was erased since, and moves checkpoints back that lie behind it',
    )
    .action(async (_options: object, command: Command) => {
      const { roots, erasedAgain, problems, movedBack } = await onRunning(async (platform) => {
        // Before anything is erased again: the events of that have to be followed.
        const end = await newestPosition(platform.events);
        const done = await afterRestore({ ...platform, ...openRoots(platform) });
        return { ...done, movedBack: await fitCheckpoints(platform.vault, end) };
      });
      if (problems.length > 0)
        throw new Refused(`The audit roots are not as they were signed:\n  ${problems.join('\n  ')}`);
      const moved = movedBack.map(
        (follower) => `the checkpoint of ${follower} is at the end of the log now: start it again`,
      );
      const text = [`${roots} audit roots read, ${erasedAgain} erasures done again`, ...moved].join('\n');
      answer(command, { roots, erasedAgain, movedBack }, text);
    });
}

async function olderThan(dir: string, limit: number): Promise<string[]> {
  const folders = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const old: string[] = [];
  for (const { name } of folders) {
    const folder = join(dir, name);
    const manifest = await readManifest(folder).catch(() => undefined);
    if (manifest && Date.parse(manifest.begunAt) < limit) old.push(folder);
  }
  return old;
}
