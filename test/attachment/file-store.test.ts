import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderFileStore } from '../../src/attachment/file-store.js';
import type { DataKeys } from '../../src/core/keys.js';
import { Secrets } from '../../src/core/secrets.js';

const OWNER = 'referral-3f1b7a52-8a54-4f0b-9a39-51f3f6a8a001';
const OTHER = 'referral-3f1b7a52-8a54-4f0b-9a39-51f3f6a8a002';
const bytes = Buffer.from('A letter about Violet Plant');

describe('files in a folder', () => {
  let folder: string;
  let keys: Map<string, Buffer>;
  let store: FolderFileStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'files-'));
    keys = new Map([OWNER, OTHER].map((owner, index) => [owner, Buffer.alloc(32, index + 1)]));
    const dataKeys = { find: async (owner: string) => keys.get(owner) } as unknown as DataKeys;
    store = new FolderFileStore(join(folder, 'files'), dataKeys, new Secrets(Buffer.alloc(32, 9)));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const onDisk = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.path, entry.name));
  };

  test('what is put is what is got', async () => {
    await store.put(OWNER, 'a', bytes);
    expect(await store.get(OWNER, 'a')).toEqual(bytes);
    expect(await store.get(OWNER, 'b')).toBeUndefined();
    expect(await store.get(OTHER, 'a')).toBeUndefined();
  });

  test('on disk a file is sealed, named by chance, and its owner’s alone', async () => {
    await store.put(OWNER, '../../letter.pdf', bytes);
    const [path, ...others] = await onDisk();
    expect(others).toEqual([]);
    expect(path).toMatch(/\/files\/[0-9a-f]{64}\/[0-9a-f]{64}$/);
    expect((await stat(path!)).mode & 0o777).toBe(0o600);
    expect((await readFile(path!)).includes('Violet')).toBe(false);
    expect(path).not.toContain('3f1b7a52');
  });

  test('put again, it is replaced, and nothing is left behind', async () => {
    await store.put(OWNER, 'a', bytes);
    await store.put(OWNER, 'a', Buffer.from('newer'));
    expect(await store.get(OWNER, 'a')).toEqual(Buffer.from('newer'));
    expect(await onDisk()).toHaveLength(1);
  });

  test('a byte that was changed on disk is noticed', async () => {
    await store.put(OWNER, 'a', bytes);
    const [path] = await onDisk();
    const sealed = await readFile(path!);
    sealed[sealed.length - 1]! ^= 1;
    await writeFile(path!, sealed);
    await expect(store.get(OWNER, 'a')).rejects.toThrow();
  });

  test('one is deleted, then all of an owner, and never another’s; twice is once', async () => {
    for (const [owner, id] of [
      [OWNER, 'a'],
      [OWNER, 'b'],
      [OTHER, 'a'],
    ] as const)
      await store.put(owner, id, bytes);
    await store.delete(OWNER, 'a');
    await store.delete(OWNER, 'a');
    expect(await store.get(OWNER, 'a')).toBeUndefined();
    expect(await store.get(OWNER, 'b')).toEqual(bytes);
    await store.deleteAll(OWNER);
    await store.deleteAll(OWNER);
    expect(await onDisk()).toHaveLength(1);
    expect(await store.get(OTHER, 'a')).toEqual(bytes);
  });

  test('with its owner’s key a file is gone, and none can be added', async () => {
    await store.put(OWNER, 'a', bytes);
    keys.delete(OWNER);
    expect(await store.get(OWNER, 'a')).toBeUndefined();
    await expect(store.put(OWNER, 'b', bytes)).rejects.toMatchObject({ code: 'FORM_ENDED' });
    expect(await onDisk()).toHaveLength(1);
  });
});
