import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { projectRoot } from '../../src/core/project-root.js';
import type { Json } from '../../src/cli/demo/api.js';

/** Where the folders of earlier versions are kept; its README says how to add one. */
export const foldersDir = join(projectRoot, 'test/fixtures/data-folders');
const PACKED = '.br';
/** SQLite's own files beside a database: empty or rebuilt once the store was stopped in good order. */
const BESIDE = /-(shm|wal)$/;
/** DATA_DIR, and the folder beside it that the audit roots were published to. */
const PARTS = ['data', 'data-audit'];

/** What a data folder is known to hold: written when it was made, never changed afterwards. */
export interface Expected {
  /** The commit that wrote it. */
  commit: string;
  /** When its last event was written, ISO text. */
  at: string;
  log: { events: number; streams: number; roots: number };
  accounts: { council: string; email: string; password: string; forename: string; surname: string }[];
  referrals: ExpectedReferral[];
  /** Erased by an officer or by retention. */
  erasedReferrals: { council: string; reference: string; cause: string }[];
  erasedAccounts: { council: string; accountId: string }[];
  /** Streams of saved forms that expired, and of those that were still waiting to be sent on the last day. */
  expiredForms: string[];
  savedForms: string[];
  /** Streams of accounts whose registration was not confirmed by the last day. */
  registrations: string[];
  /** An event that the follower could not handle: the inbox shows one status, and another once it is rebuilt. */
  parked: { council: string; follower: string; reference: string; stream: string; before: string; after: string };
}

export interface ExpectedReferral {
  council: string;
  reference: string;
  /** What a worker reads (see reads.ts). */
  referral: Json;
  /** Its event types, oldest first. */
  history: string[];
  /** The hash of the last of them. */
  head: string;
}

/** The names of all data folders that are kept. */
export function dataFolders(): string[] {
  return readdirSync(foldersDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(foldersDir, name, 'expected.json'), 'utf8')) as Expected;
}

/** Compresses every file of `folder` (a DATA_DIR named `data` and its roots) into a folder to keep, which must be new. */
export async function pack(folder: string, name: string): Promise<void> {
  await mkdir(join(foldersDir, name));
  for (const path of await filesOf(folder, PARTS)) {
    const target = join(foldersDir, name, `${path}${PACKED}`);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, brotliCompressSync(await readFile(join(folder, path))));
  }
}

/** Decompresses a kept folder into a new temporary folder; returns the DATA_DIR in it. */
export async function unpack(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'data-folder-'));
  for (const path of await filesOf(join(foldersDir, name), PARTS)) {
    const target = join(folder, path.slice(0, -PACKED.length));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, brotliDecompressSync(await readFile(join(foldersDir, name, path))));
  }
  return join(folder, 'data');
}

async function filesOf(folder: string, parts: readonly string[]): Promise<string[]> {
  const entries = await Promise.all(
    parts.map((part) => readdir(join(folder, part), { recursive: true, withFileTypes: true })),
  );
  return entries
    .flat()
    .filter((entry) => entry.isFile() && !BESIDE.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
