import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore } from '../support/faults-store.js';
import { Random } from './random.js';
import type { Report } from './report.js';
import { FALSE_YES, holdsAfterCrash, refusedBy } from './store-disk.js';
import { Writer } from './writers.js';

/** fsync and fdatasync that fail while the file named by FAILING_SYNC is there: loaded before the C library's own. */
const FAILING_SYNC = String.raw`
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int failing(void) {
  const char *flag = getenv("FAILING_SYNC");
  if (flag == NULL || access(flag, F_OK) != 0) return 0;
  errno = EIO;
  return 1;
}

int fsync(int file) {
  int (*own)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return failing() ? -1 : own(file);
}

int fdatasync(int file) {
  int (*own)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return failing() ? -1 : own(file);
}
`;

const WRITERS = 50;
const ROUNDS = 20;

/**
 * A disk whose syncs fail from some moment on: from then on nothing is acknowledged, reads go on, and once the disk is
 * well again so is the store. The C library's fsync is replaced by one that fails on demand; that takes a C compiler.
 */
export async function syncFaults(seed: number, report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-sync-'));
  const library = compiled(folder);
  if (!library) {
    report.done('SKIPPED: failing syncs need a C compiler (cc) on Linux; none was found');
    return;
  }
  const flag = join(folder, 'failing');
  for (let round = 0; round < ROUNDS; round += 1) {
    const dataDir = join(folder, String(round));
    const store = await withPreload(library, flag, () => startEventStore({ dataDir }));
    const writers = Array.from(
      { length: WRITERS },
      (_, n) => new Writer(`sync-${n}`, new Random(seed + round * 77 + n)),
    );
    const failing = failAfter(new Random(seed + round).whole(20, 200), flag);
    await refusedBy(store, writers, report, /I\/O|sync/i);
    await failing;
    // From here on every sync fails: one acknowledgement would be one too many.
    const before = report.count('appends acknowledged while the store was taken away');
    await refusedBy(store, writers, report, /I\/O|sync/i);
    const more = report.count('appends acknowledged while the store was taken away') - before;
    report.check(more === 0, FALSE_YES, () => `${more} in round ${round}`);
    report.done('disks whose syncs fail');
    await rm(flag);
    if (round % 2 === 0) await goesOn(store.url, writers, report);
    await holdsAfterCrash(store, writers, report);
  }
  await rm(folder, { recursive: true, force: true });
}

/** With the disk well again the same process takes what it had refused. */
async function goesOn(url: string, writers: readonly Writer[], report: Report): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  await Promise.all(writers.map((writer) => writer.repeat(client, report)));
  await client.dispose();
  report.done('disks well again under the same process');
}

async function failAfter(milliseconds: number, flag: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await writeFile(flag, '');
}

function compiled(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const library = join(folder, 'failing-sync.so');
  try {
    const options = ['-shared', '-fPIC', '-x', 'c', '-o', library, '-', '-ldl'];
    execFileSync('cc', options, { input: FAILING_SYNC, stdio: ['pipe', 'inherit', 'inherit'] });
    return library;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The store takes its environment from this process. */
async function withPreload<T>(library: string, flag: string, start: () => Promise<T>): Promise<T> {
  Object.assign(process.env, { LD_PRELOAD: library, FAILING_SYNC: flag });
  try {
    return await start();
  } finally {
    delete process.env.LD_PRELOAD;
    delete process.env.FAILING_SYNC;
  }
}
