import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataKeys } from '../core/keys.js';
import { DomainError } from '../core/problem.js';
import { seal, unseal } from '../core/seal.js';
import type { Secrets } from '../core/secrets.js';

/** Where files are kept. `owner` is the stream whose data key seals the file: with the key, the file is gone. */
export abstract class FileStore {
  /** Keeps the bytes, durably once it resolves; throws FORM_ENDED where the owner was erased. */
  abstract put(owner: string, id: string, bytes: Buffer): Promise<void>;
  /** The bytes as they were put; undefined where there is no such file, or its owner was erased. */
  abstract get(owner: string, id: string): Promise<Buffer | undefined>;
  abstract delete(owner: string, id: string): Promise<void>;
  abstract deleteAll(owner: string): Promise<void>;
}

/**
 * Seals files before they leave the process. Folders and files are named by keyed hashes: whoever reads the storage
 * learns neither whose they are nor what they were called, and nobody who uploads has a say in a path.
 */
export abstract class SealedFileStore extends FileStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly secrets: Secrets,
  ) {
    super();
  }

  /** Keeps the bytes under a name in a folder, in place of any before, durably once it resolves. */
  protected abstract write(folder: string, name: string, sealed: Buffer): Promise<void>;
  protected abstract read(folder: string, name: string): Promise<Buffer | undefined>;
  protected abstract remove(folder: string, name: string): Promise<void>;
  protected abstract removeAll(folder: string): Promise<void>;

  async put(owner: string, id: string, bytes: Buffer): Promise<void> {
    const key = await this.keys.find(owner);
    if (!key) throw new DomainError('FORM_ENDED', 'This form was erased: nothing can be added to it any more.');
    await this.write(this.folderOf(owner), this.nameOf(owner, id), seal(key, bytes, contextOf(owner, id)));
  }

  async get(owner: string, id: string): Promise<Buffer | undefined> {
    const key = await this.keys.find(owner);
    const sealed = key && (await this.read(this.folderOf(owner), this.nameOf(owner, id)));
    return sealed && unseal(key, sealed, contextOf(owner, id));
  }

  async delete(owner: string, id: string): Promise<void> {
    await this.remove(this.folderOf(owner), this.nameOf(owner, id));
  }

  async deleteAll(owner: string): Promise<void> {
    await this.removeAll(this.folderOf(owner));
  }

  private folderOf(owner: string): string {
    return this.secrets.lookup('file folder', owner).toString('hex');
  }

  private nameOf(owner: string, id: string): string {
    return this.secrets.lookup('file name', contextOf(owner, id)).toString('hex');
  }
}

/** Files in a folder of this machine. */
export class FolderFileStore extends SealedFileStore {
  constructor(
    /** DATA_DIR/files; made on first use. */
    private readonly root: string,
    keys: DataKeys,
    secrets: Secrets,
  ) {
    super(keys, secrets);
  }

  protected async write(folder: string, name: string, sealed: Buffer): Promise<void> {
    const path = join(this.root, folder);
    await mkdir(path, { recursive: true, mode: 0o700 });
    const passing = join(path, `${randomBytes(8).toString('hex')}.part`);
    try {
      await durably(await open(passing, 'wx', 0o600), (file) => file.writeFile(sealed));
      await rename(passing, join(path, name));
    } catch (error) {
      await rm(passing, { force: true });
      throw error;
    }
    // The name is durable only once its folder is, and the folder only once the one around it is.
    for (const directory of [path, this.root]) await durably(await open(directory), async () => undefined);
  }

  protected async read(folder: string, name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.root, folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  protected async remove(folder: string, name: string): Promise<void> {
    await rm(join(this.root, folder, name), { force: true });
  }

  protected async removeAll(folder: string): Promise<void> {
    await rm(join(this.root, folder), { recursive: true, force: true });
  }
}

function contextOf(owner: string, id: string): string {
  return `${owner}|file|${id}`;
}

async function durably(file: FileHandle, write: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
