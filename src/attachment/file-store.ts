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
 * Files in a folder of this machine, sealed. Folders and files are named by keyed hashes: whoever reads the disk learns
 * neither whose they are nor what they were called, and nobody who uploads has a say in a path.
 */
export class FolderFileStore extends FileStore {
  constructor(
    /** DATA_DIR/files; made on first use. */
    private readonly folder: string,
    private readonly keys: DataKeys,
    private readonly secrets: Secrets,
  ) {
    super();
  }

  async put(owner: string, id: string, bytes: Buffer): Promise<void> {
    const key = await this.keys.find(owner);
    if (!key) throw new DomainError('FORM_ENDED', 'This form was erased: nothing can be added to it any more.');
    const folder = this.folderOf(owner);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const passing = join(folder, `${randomBytes(8).toString('hex')}.part`);
    try {
      await durably(await open(passing, 'wx', 0o600), (file) => file.writeFile(seal(key, bytes, contextOf(owner, id))));
      await rename(passing, this.pathOf(owner, id));
    } catch (error) {
      await rm(passing, { force: true });
      throw error;
    }
    // The name is durable only once its folder is, and the folder only once the one around it is.
    for (const path of [folder, this.folder]) await durably(await open(path), async () => undefined);
  }

  async get(owner: string, id: string): Promise<Buffer | undefined> {
    const key = await this.keys.find(owner);
    if (!key) return undefined;
    try {
      return unseal(key, await readFile(this.pathOf(owner, id)), contextOf(owner, id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async delete(owner: string, id: string): Promise<void> {
    await rm(this.pathOf(owner, id), { force: true });
  }

  async deleteAll(owner: string): Promise<void> {
    await rm(this.folderOf(owner), { recursive: true, force: true });
  }

  private folderOf(owner: string): string {
    return join(this.folder, this.secrets.mac('file folder', owner).toString('hex'));
  }

  private pathOf(owner: string, id: string): string {
    return join(this.folderOf(owner), this.secrets.mac('file name', contextOf(owner, id)).toString('hex'));
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
