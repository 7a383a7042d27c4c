import { readFileSync } from 'node:fs';
import { settings } from './settings.js';

/** The environment with every secret that a file holds: NAME_FILE names the file of the secret setting NAME. */
export function withSecretFiles(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const mistakes: string[] = [];
  const read = settings
    .filter(({ name, secret }) => secret && env[`${name}_FILE`])
    .map(({ name }): [string, string | undefined] => {
      const file = env[`${name}_FILE`]!;
      if (env[name]) mistakes.push(`${name} and ${name}_FILE are both set: one of them`);
      try {
        return [name, readFileSync(file, 'utf8').trim()];
      } catch (error) {
        mistakes.push(`${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
        return [name, undefined];
      }
    });
  if (mistakes.length > 0) throw new Error(`The configuration has mistakes:\n  ${mistakes.join('\n  ')}`);
  return { ...env, ...Object.fromEntries(read) };
}
