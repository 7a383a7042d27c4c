import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { S3Bucket, type S3Place } from '../../attachment/s3-bucket.js';
import { isRootName, OtherRoot, PUBLIC_KEY, type KeptRoot, type RootPlace } from './places.js';

/** So many are read at once: of a bucket each costs a round trip. */
const ABREAST = 16;

/** Roots as files, one each, with the public keys in another. */
abstract class FilesPlace implements RootPlace {
  /** Writes a file, over the one that was there, durably once it resolves. */
  protected abstract put(name: string, text: string): Promise<void>;
  protected abstract get(name: string): Promise<string | undefined>;
  /** The names of all files, in their order. */
  protected abstract names(): Promise<string[]>;

  async keep(name: string, text: string): Promise<void> {
    const there = await this.get(name);
    if (there === undefined) return this.put(name, text);
    if (there !== text) throw new OtherRoot(name);
  }

  async *roots(): AsyncGenerator<KeptRoot> {
    const names = (await this.names()).filter(isRootName);
    for (let at = 0; at < names.length; at += ABREAST) {
      const some = names.slice(at, at + ABREAST);
      const texts = await Promise.all(some.map((name) => this.get(name)));
      for (const [nth, name] of some.entries()) yield { name, text: texts[nth] ?? '' };
    }
  }

  async publicKeys(): Promise<string> {
    return (await this.get(PUBLIC_KEY)) ?? '';
  }

  async addPublicKey(pem: string): Promise<void> {
    const known = await this.publicKeys();
    if (!known.includes(pem)) await this.put(PUBLIC_KEY, known + pem);
  }
}

/** A folder, best on another machine or on storage that takes no changes. */
export class FolderPlace extends FilesPlace {
  constructor(private readonly folder: string) {
    super();
  }

  protected async put(name: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, name);
    const passing = `${path}.part`;
    await synced(passing, 'w', (file) => file.writeFile(text));
    await rename(passing, path);
    await synced(dirname(path), 'r', async () => undefined);
  }

  protected async get(name: string): Promise<string | undefined> {
    return readFile(join(this.folder, name), 'utf8').catch(absent);
  }

  protected async names(): Promise<string[]> {
    return ((await readdir(this.folder).catch(absent)) ?? []).sort();
  }
}

/** A bucket; with object lock nobody can take a root back. */
export class BucketPlace extends FilesPlace {
  private readonly bucket: S3Bucket;

  constructor(place: S3Place) {
    super();
    this.bucket = new S3Bucket(place);
  }

  protected put(name: string, text: string): Promise<void> {
    return this.bucket.put(name, Buffer.from(text));
  }

  protected async get(name: string): Promise<string | undefined> {
    return (await this.bucket.get(name))?.toString('utf8');
  }

  protected async names(): Promise<string[]> {
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
