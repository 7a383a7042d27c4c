import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, type Position } from '@eventstore/db-client';
import { startEventStore } from '../support/faults-store.js';
import { Random } from './random.js';
import type { Report } from './report.js';
import { GAPS, LOST, PARTIAL, REAPPEND, readLog, Writer, type Found } from './writers.js';

const WRITERS = 64;
/** The whole log is read again after this many cycles, and at the end; after the others, what is new in it. */
const WHOLE_LOG_EVERY = 250;

/** Kills the store with −9 under 64 concurrent writers, over and over, and holds what it has against what it said. */
export async function killFaults({ seed, cycles }: { seed: number; cycles: number }, report: Report): Promise<void> {
  report.none(LOST, GAPS, PARTIAL, REAPPEND);
  const random = new Random(seed);
  const writers = Array.from({ length: WRITERS }, (_, n) => new Writer(`writer-${n}`, new Random(seed * 1_000 + n)));
  const dataDir = await mkdtemp(join(tmpdir(), 'faults-store-'));
  const begun = Date.now();
  let store = await startEventStore({ dataDir });
  try {
    let checked: Checked = { revisions: new Map(), end: undefined };
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      const client = EventStoreDBClient.connectionString(store.url);
      const writing = writers.map((writer) => writer.writeUntilRefused(client, report));
      await sleep(random.whole(10, 90));
      await store.kill('SIGKILL');
      await Promise.all(writing);
      await client.dispose();
      report.done(`kills −9 under ${WRITERS} writers`);

      const before = Date.now();
      store = await startEventStore({ dataDir });
      report.most('slowest start after a kill, ms', Date.now() - before);
      const again = EventStoreDBClient.connectionString(store.url);
      checked = await check(again, writers, checked, report);
      await Promise.all(writers.map((writer) => writer.repeat(again, report)));
      if (cycle % WHOLE_LOG_EVERY === 0 || cycle === cycles) {
        checked = await check(again, writers, { revisions: new Map(), end: undefined }, report);
        report.done('reads of the whole log');
      }
      await again.dispose();
      report.progress(`${cycle} of ${cycles} kills, ${perCycle(begun, cycle)} ms each`);
    }
    report.done('events acknowledged, all compared byte for byte', sum(writers));
    report.most('time of a cycle, ms', (Date.now() - begun) / cycles);
  } finally {
    await store.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Checked {
  /** How many events of each stream have been compared. */
  revisions: Map<string, number>;
  end: Position | undefined;
}

/** Compares what is new in the log. */
async function check(
  client: EventStoreDBClient,
  writers: readonly Writer[],
  { revisions, end }: Checked,
  report: Report,
): Promise<Checked> {
  const none: Found[] = [];
  const log = await readLog(client, end, report);
  for (const writer of writers) {
    const from = revisions.get(writer.stream) ?? 0;
    const found = log.streams.get(writer.stream) ?? none;
    writer.compare(found, from, report);
    revisions.set(writer.stream, from + found.length);
  }
  return { revisions, end: log.end };
}

function sum(writers: readonly Writer[]): number {
  return writers.reduce((total, { acknowledged }) => total + acknowledged.length, 0);
}

function perCycle(begun: number, cycles: number): number {
  return Math.round((Date.now() - begun) / cycles);
}
