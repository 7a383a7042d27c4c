import { readFileSync } from 'node:fs';
import { settings } from './settings.js';

type Env = Record<string, string | undefined>;

/**
 * The environment with each secret that is kept in a file put in place: NAME_FILE says where NAME stands. Secrets that
 * are mounted as files show in no list of processes and in no inspection of a container.
 */
export function withSecretFiles(given: Env): { env: Env; mistakes: string[] } {
  const env = { ...given };
  const mistakes: string[] = [];
  for (const { name } of settings.filter(({ secret }) => secret)) {
    const file = given[`${name}_FILE`];
    if (!file) continue;
    if (given[name]) {
      mistakes.push(`${name} and ${name}_FILE are both set: one of them is meant`);
      continue;
    }
    try {
      env[name] = readFileSync(file, 'utf8').trim();
      if (!env[name]) mistakes.push(`${name}_FILE names an empty file`);
    } catch (error) {
      mistakes.push(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return { env, mistakes };
}
