import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Unavailable } from './engine.js';
import { fetched } from './program.js';

const found = (tool: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Makes sure of these programs; on a Debian where we may, apt brings those that are missing. */
export async function need(tools: readonly string[], packages: readonly string[] = []): Promise<void> {
  const missing = () => tools.filter((tool) => !found(tool));
  if (missing().length === 0) return;
  const mayInstall = packages.length > 0 && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (mayInstall) {
    console.log(`  (${missing().join(', ')} missing: installing ${packages.join(', ')} with apt-get)`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await fetched('apt-get', ['update', '-q'], { env });
    await fetched('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], { env });
  }
  if (missing().length > 0) throw new Unavailable(`${missing().join(' and ')} not on this machine`);
}
