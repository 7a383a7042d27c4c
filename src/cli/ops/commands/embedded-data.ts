import { resolve } from 'node:path';
import type { Command } from 'commander';
import { projectRoot } from '../../../core/project-root.js';
import { withSecretFiles } from '../../../secret-files.js';
import { backUp } from '../backup.js';
import { check } from '../check.js';
import { answer, progressOf } from '../output.js';
import { Refused } from '../refused.js';
import { restore } from '../restore.js';

/** Back up, restore and check what the embedded stores hold in DATA_DIR. */
export function embeddedDataCommands(program: Command): void {
  program
    .command('backup <dir>')
    .description('copies the embedded data into a new folder, while the service runs')
    .option('--with-secrets', 'copies MASTER_KEY, APP_SECRET and the development staff key too', false)
    .addHelpText('after', SECRETS)
    .action(async (dir: string, { withSecrets }: { withSecrets: boolean }, command: Command) => {
      const target = resolve(dir);
      await backUp({ dataDir: embeddedDataDir(), target, withSecrets, say: progressOf(command) });
      answer(command, { backup: target, withSecrets }, `backed up into ${target}`);
    });
  program
    .command('restore <dir>')
    .description('puts a backup into DATA_DIR, which must be empty, and checks every bit of it')
    .action(async (dir: string, _options: object, command: Command) => {
      const dataDir = embeddedDataDir();
      await restore({ dataDir, source: resolve(dir), env: withSecretFiles(process.env).env, say: progressOf(command) });
      answer(command, { restored: dataDir }, `start the service with DATA_DIR=${dataDir}`);
    });
  program
    .command('check')
    .description('reads the embedded data through and names what is damaged; the service must be stopped')
    .action(async (_options: object, command: Command) => {
      const dataDir = embeddedDataDir();
      await check({ dataDir, say: progressOf(command) });
      answer(command, { sound: dataDir }, `${dataDir} is sound`);
    });
}

function embeddedDataDir(): string {
  if (process.env.EVENTSTORE_URL || process.env.MONGO_URL) {
    throw new Refused('EVENTSTORE_URL or MONGO_URL is set: back up those engines with their own tools.');
  }
  return resolve(projectRoot, process.env.DATA_DIR || 'var');
}

const SECRETS = `
Backups do not hold the secrets (MASTER_KEY, APP_SECRET, the development staff key) unless --with-secrets says so:
whoever has both can read everything. Keep secrets.json apart from the backups; without it a backup is unreadable.`;
