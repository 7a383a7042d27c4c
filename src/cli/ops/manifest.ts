import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Refused } from './refused.js';

const NAME = 'backup.json';
const FORMAT = 1;

/** What a backup holds. Written last: a folder without it is not a whole backup. */
export interface Manifest {
  format: typeof FORMAT;
  begunAt: string;
  endedAt: string;
  withSecrets: boolean;
  /** SHA-256 of every file, by its path in the backup. */
  files: Record<string, string>;
}

export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const file = await open(join(folder, NAME), 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify({ format: FORMAT, ...manifest }, null, 2));
  } finally {
    await file.close();
  }
  await sync(join(folder, NAME));
}

export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(folder, NAME), 'utf8');
  } catch (error) {
    throw new Refused(`${folder} holds no whole backup: ${NAME} is missing.`, { cause: error });
  }
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.format !== FORMAT) throw new Refused(`${folder} was written by another version of this program.`);
  return manifest;
}

/** Copies a file, on disk when this returns, and gives its SHA-256. */
export async function copyFile(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const file = await open(to, 'wx', 0o600);
  try {
    for await (const chunk of createReadStream(from) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  await sync(to);
  return hash.digest('hex');
}

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

/** Brings a file and its name to disk. */
export async function sync(path: string): Promise<void> {
  for (const place of [path, dirname(path)]) {
    const file = await open(place);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
