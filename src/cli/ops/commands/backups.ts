import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openRoots } from '../../../audit/roots/open.js';
import { DAY } from '../../../core/clock.js';
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
    .description('erases again what was erased since the backup that was put back, as the signed audit roots list it')
    .action(async (_options: object, command: Command) => {
      const { roots, erasedAgain, problems } = await onRunning((platform) =>
        afterRestore({ ...platform, ...openRoots(platform) }),
      );
      if (problems.length > 0)
        throw new Refused(`The audit roots are not as they were signed:\n  ${problems.join('\n  ')}`);
      answer(command, { roots, erasedAgain }, `${roots} audit roots read, ${erasedAgain} erasures done again`);
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
