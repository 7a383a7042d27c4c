import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStore, type RunningEventStore } from '../support/faults-store.js';
import { Random } from './random.js';
import type { Report } from './report.js';
import { readLog, Writer } from './writers.js';

export const FALSE_YES = 'appends acknowledged while nothing could be stored';
export const UNCLEAR = 'refusals that do not say what is the matter';
export const NO_READS = 'reads that failed while nothing could be stored';
export const NO_RESTART = 'restarts after which the store does not take appends';

const WRITERS = 50;
const ROUNDS = 20;

/**
 * A disk that fills up at twenty different places: what is refused says why, what was acknowledged can be read all the
 * while and after a crash, and with room again the refused appends go in.
 */
export async function diskFaults(seed: number, report: Report): Promise<void> {
  report.none(FALSE_YES, UNCLEAR, NO_READS, NO_RESTART);
  const random = new Random(seed);
  for (let round = 0; round < ROUNDS; round += 1) {
    const dataDir = await mkdtemp(join(tmpdir(), 'faults-disk-'));
    // From 256 KiB to 4 MiB a file: full in the write-ahead log, or while it moves into the database.
    const store = await startEventStore({ dataDir, fileBlocks: random.whole(512, 8_192) });
    const writers = Array.from(
      { length: WRITERS },
      (_, n) => new Writer(`disk-${n}`, new Random(seed + round * 99 + n)),
    );
    await refusedBy(store, writers, report, /full|I\/O/i);
    report.done('full disks');
    await holdsAfterCrash(store, writers, report);
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Writes until everything is refused; nothing more is taken then, and reads go on. */
export async function refusedBy(
  store: RunningEventStore,
  writers: readonly Writer[],
  report: Report,
  reason: RegExp,
): Promise<void> {
  const client = EventStoreDBClient.connectionString(store.url);
  const refusals = await Promise.all(writers.map((writer) => writer.writeUntilRefused(client, report)));
  for (const refusal of refusals) {
    report.done('appends refused');
    report.check(reason.test(String(refusal)), UNCLEAR, () => String(refusal));
  }
  try {
    const { streams } = await readLog(client, undefined, report);
    for (const writer of writers) writer.compare(streams.get(writer.stream) ?? [], 0, report);
    report.done('reads of the whole log while nothing could be stored');
  } catch (error) {
    report.loss(NO_READS, String(error));
  }
  await client.dispose();
}

/** Killed and started again with room: all that was acknowledged is there, and what was refused goes in. */
export async function holdsAfterCrash(
  store: RunningEventStore,
  writers: readonly Writer[],
  report: Report,
): Promise<void> {
  await store.kill('SIGKILL');
  const again = await startEventStore({ dataDir: store.dataDir });
  const client = EventStoreDBClient.connectionString(again.url);
  try {
    const { streams } = await readLog(client, undefined, report);
    for (const writer of writers) writer.compare(streams.get(writer.stream) ?? [], 0, report);
    await Promise.all(writers.map((writer) => writer.repeat(client, report)));
  } catch (error) {
    report.loss(NO_RESTART, String(error));
  } finally {
    await client.dispose();
    await again.kill();
  }
}
