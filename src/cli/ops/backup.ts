import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { copyDatabase, databases, type StoreName } from './databases.js';
import { copyFile, hashOf, sync, writeManifest } from './manifest.js';
import { Refused } from './refused.js';

export interface Backup {
  dataDir: string;
  target: string;
  withSecrets: boolean;
  say: (line: string) => void;
}

/** Whoever has these and the rest can read everything. */
export const secretFiles = ['secrets.json', 'staff-key.json'];

/**
 * Copies the embedded data, also while the service runs. Each store is copied as it stands at one moment, and the order
 * of those moments matters: events first, then the vault, then files. A key is in the vault before the first event it
 * seals is appended, and a file is stored before the event that names it: so whatever an event of the copy needs is in
 * what is copied after it. The other way round, events would be copied whose keys were made since, unreadable for ever.
 * What the vault has beyond the events (a checkpoint, a key of a form begun since) restore puts right or is harmless.
 */
export async function backUp({ dataDir, target, withSecrets, say }: Backup): Promise<void> {
  if (!existsSync(join(dataDir, 'event-store', databases['event-store']))) {
    throw new Refused(`${dataDir} holds no embedded data: nothing to back up.`);
  }
  if (!relative(dataDir, target).startsWith('..')) throw new Refused('Choose a folder outside DATA_DIR.');
  if (existsSync(target) && (await readdir(target)).length > 0) throw new Refused(`${target} is not empty.`);
  const begunAt = new Date().toISOString();
  await mkdir(target, { recursive: true, mode: 0o700 });
  const files: Record<string, string> = {};
  for (const name of Object.keys(databases) as StoreName[]) {
    const path = join(name, databases[name]);
    if (!existsSync(join(dataDir, path))) continue;
    await mkdir(join(target, name), { mode: 0o700 });
    copyDatabase(join(dataDir, path), join(target, path));
    await chmod(join(target, path), 0o600);
    await sync(join(target, path));
    files[path] = await hashOf(join(target, path));
    say(`copied ${path}`);
  }
  await copyUploads(dataDir, target, files);
  for (const name of withSecrets ? secretFiles : []) {
    if (existsSync(join(dataDir, name))) files[name] = await copyFile(join(dataDir, name), join(target, name));
  }
  await writeManifest(target, { begunAt, endedAt: new Date().toISOString(), withSecrets, files });
  say(`backup complete: ${Object.keys(files).length} files in ${target}`);
  say(
    withSecrets
      ? 'NOTE: the secrets are in it. Whoever has this folder can read everything: keep it as safe as the service itself.'
      : `NOTE: the secrets are NOT in it, and without them it is unreadable. Keep ${join(dataDir, 'secrets.json')} somewhere else.`,
  );
}

/** Uploaded files, sealed as they lie. They never change; one that goes meanwhile was erased. */
async function copyUploads(dataDir: string, target: string, files: Record<string, string>): Promise<void> {
  const folder = join(dataDir, 'files');
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.part')) continue;
    const path = relative(dataDir, join(entry.parentPath, entry.name));
    try {
      files[path] = await copyFile(join(dataDir, path), join(target, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
