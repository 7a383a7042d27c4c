import { cp, mkdtemp, open, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, type BinaryRecordedEvent } from '@eventstore/db-client';
import { startEventStore, type RunningEventStore } from '../support/faults-store.js';
import { Random } from './random.js';
import type { Report } from './report.js';
import { foundOf, readLog, Writer, type Found } from './writers.js';

const SERVED = 'damaged files of which something was served that was never written';
const UNNAMED = 'damaged files that were refused without naming the place';
const ROUNDS = 120;

type Damage = (file: string, random: Random) => Promise<void>;

const damages: Record<string, Damage> = {
  'a byte flipped': (file, random) => flip(file, random, (size) => random.whole(0, size - 1)),
  'a byte of the header flipped': (file, random) => flip(file, random, () => random.whole(0, 99)),
  'a page zeroed': async (file, random) => {
    const pages = Math.floor((await stat(file)).size / 4_096);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4_096), 0, 4_096, random.whole(0, pages - 1) * 4_096);
    await handle.close();
  },
  'cut short': async (file, random) => truncate(file, random.whole(0, (await stat(file)).size - 1)),
};

/**
 * Damages a database file in many ways and asks for everything in it, as the log and stream by stream: what was written
 * is served, or an error names the place; anything else never.
 */
export async function damageFaults(seed: number, report: Report): Promise<void> {
  report.none(SERVED, UNNAMED);
  const random = new Random(seed);
  const whole = await mkdtemp(join(tmpdir(), 'faults-whole-'));
  const writers = await fill(whole, seed, report);
  for (let round = 0; round < ROUNDS; round += 1) {
    const dataDir = await mkdtemp(join(tmpdir(), 'faults-damaged-'));
    await cp(join(whole, 'events.db'), join(dataDir, 'events.db'));
    const kind = Object.keys(damages)[round % Object.keys(damages).length]!;
    await damages[kind]!(join(dataDir, 'events.db'), random);
    const place = `${kind}, round ${round}`;
    await serveOrRefuse(dataDir, writers, place, report);
    report.done(`damaged files: ${kind}`);
    await rm(dataDir, { recursive: true, force: true });
  }
  await rm(whole, { recursive: true, force: true });
}

async function fill(dataDir: string, seed: number, report: Report): Promise<Writer[]> {
  const store = await startEventStore({ dataDir });
  const client = EventStoreDBClient.connectionString(store.url);
  const writers = Array.from({ length: 50 }, (_, n) => new Writer(`damage-${n}`, new Random(seed + n)));
  const writing = writers.map((writer) => writer.writeUntilRefused(client, report));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await store.kill('SIGTERM');
  await Promise.all(writing);
  await client.dispose();
  return settled(dataDir, writers, report);
}

/** Lets the writers know what became of what was under way. */
async function settled(dataDir: string, writers: Writer[], report: Report): Promise<Writer[]> {
  const store = await startEventStore({ dataDir });
  const client = EventStoreDBClient.connectionString(store.url);
  await Promise.all(writers.map((writer) => writer.repeat(client, report)));
  await client.dispose();
  await store.kill('SIGTERM');
  return writers;
}

async function serveOrRefuse(dataDir: string, writers: readonly Writer[], place: string, report: Report) {
  let store: RunningEventStore;
  try {
    store = await startEventStore({ dataDir });
  } catch (error) {
    report.done('refused at the start');
    return named(error, place, report);
  }
  const client = EventStoreDBClient.connectionString(store.url);
  try {
    const all = await read(() => readLog(client, undefined, report), place, report);
    let complete = all !== undefined;
    for (const writer of writers) {
      if (all) complete &&= fits(all.streams.get(writer.stream) ?? [], writer, place, report);
      const alone = await read(() => readStream(client, writer.stream), place, report);
      if (alone) complete &&= fits(alone, writer, place, report);
      else complete = false;
    }
    report.done(complete ? 'harmless: all of it is served, byte for byte' : 'refused where it was read');
  } finally {
    await client.dispose();
    await store.kill();
  }
}

/** What was read, or undefined where the store said what is wrong. */
async function read<T>(reading: () => Promise<T>, place: string, report: Report): Promise<T | undefined> {
  try {
    return await reading();
  } catch (error) {
    named(error, place, report);
    return undefined;
  }
}

function named(error: unknown, place: string, report: Report): void {
  report.check(/damaged: .*(events\.db|lock\.db)/s.test(String(error)), UNNAMED, () => `${place}: ${String(error)}`);
}

function fits(found: readonly Found[], { stream, acknowledged }: Writer, place: string, report: Report): boolean {
  const same =
    found.length === acknowledged.length &&
    found.every(({ id, checksum }, at) => acknowledged[at]!.id === id && acknowledged[at]!.checksum === checksum);
  report.check(same, SERVED, () => `${place}: ${stream} has ${found.length} of ${acknowledged.length} events`);
  return same;
}

async function readStream(client: EventStoreDBClient, stream: string): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { event } of client.readStream(stream)) {
    if (event) found.push(foundOf(event as BinaryRecordedEvent));
  }
  return found;
}

async function flip(file: string, random: Random, place: (size: number) => number): Promise<void> {
  const handle = await open(file, 'r+');
  const at = place((await handle.stat()).size);
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0]! ^= random.whole(1, 255);
  await handle.write(byte, 0, 1, at);
  await handle.close();
}
