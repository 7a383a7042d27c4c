import type { Command } from 'commander';
import { settingMistakes } from '../../../config.js';
import { withSecretFiles } from '../../../secret-files.js';
import { settings } from '../../../settings.js';
import { answer } from '../output.js';

type Origin = 'environment' | 'file' | 'default' | 'not set';

interface Shown {
  name: string;
  /** Secrets masked; null where it has none. */
  value: string | null;
  from: Origin;
}

/** What the service would be started with. */
export function configCommands(program: Command): void {
  program
    .command('config')
    .description('every setting: its value, secrets masked, and where it comes from; names all mistakes')
    .action((_options: object, command: Command) => {
      const shown = shownSettings(process.env);
      const mistakes = settingMistakes(process.env);
      const widest = Math.max(...shown.map(({ name }) => name.length));
      const lines = shown.map(({ name, value, from }) => `${name.padEnd(widest)}  ${from.padEnd(11)}  ${value ?? ''}`);
      answer(command, { settings: shown, mistakes }, [...lines, ...mistakes].join('\n'));
      if (mistakes.length > 0) process.exitCode = 1;
    });
}

/** Every setting as it stands in an environment. */
export function shownSettings(given: Record<string, string | undefined>): Shown[] {
  const { env } = withSecretFiles(given);
  return settings.map(({ name, secret, default: otherwise }) => {
    const value = env[name] || otherwise || null;
    const from = given[name] ? 'environment' : env[name] ? 'file' : otherwise ? 'default' : 'not set';
    return { name, value: value && secret ? masked(value) : value, from };
  });
}

/** Of a URL everything but who logs in and its parameters, of any other secret nothing. */
function masked(secret: string): string {
  const [, scheme, who, place] = /^([a-z0-9+]+:\/\/)([^/?]*@)?([^@?]*)(?:\?.*)?$/i.exec(secret) ?? [];
  return scheme ? `${scheme}${who ? '***@' : ''}${place}` : '***';
}
