import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { S3Bucket, type S3Place } from '../../attachment/s3-bucket.js';
import type { SignedRoot } from './signed-root.js';

/** Where signed roots are kept: out of reach of whoever can write to the event store. */
export interface RootPlace {
  /** Keeps a text under a name, durably once it resolves. The same again changes nothing. */
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | undefined>;
  /** All names, in their order. */
  names(): Promise<string[]>;
}

export const PUBLIC_KEY = 'public-key.pem';
const ROOT = /^root-\d{8}\.json$/;

export function rootName(number: number): string {
  return `root-${String(number).padStart(8, '0')}.json`;
}

/** The signed roots of a place, oldest first, each read when it is asked for. */
export async function* rootsAt(place: RootPlace): AsyncGenerator<{ name: string; root: SignedRoot }> {
  for (const name of (await place.names()).filter((each) => ROOT.test(each))) {
    const text = await place.get(name);
    if (text !== undefined) yield { name, root: JSON.parse(text) as SignedRoot };
  }
}

/** A folder, best on another machine or on storage that takes no changes. */
export class FolderPlace implements RootPlace {
  constructor(private readonly folder: string) {}

  async put(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, name);
    const passing = `${path}.part`;
    await synced(passing, 'w', (file) => file.writeFile(text));
    await rename(passing, path);
    await synced(dirname(path), 'r', async () => undefined);
  }

  async get(name: string): Promise<string | undefined> {
    return readFile(join(this.folder, name), 'utf8').catch(absent);
  }

  async names(): Promise<string[]> {
    return ((await readdir(this.folder).catch(absent)) ?? []).sort();
  }
}

/** A bucket; with object lock nobody can take a root back. */
export class BucketPlace implements RootPlace {
  private readonly bucket: S3Bucket;

  constructor(place: S3Place) {
    this.bucket = new S3Bucket(place);
  }

  put(name: string, text: string): Promise<void> {
    return this.bucket.put(name, Buffer.from(text));
  }

  async get(name: string): Promise<string | undefined> {
    return (await this.bucket.get(name))?.toString('utf8');
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const { keys, more } = await this.bucket.list('', names.at(-1));
      names.push(...keys);
      if (!more) return names;
    }
  }
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}

type File = Awaited<ReturnType<typeof open>>;

async function synced(path: string, flags: string, work: (file: File) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
