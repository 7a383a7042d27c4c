import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, MongoServerError, type Collection } from 'mongodb';
import { startMongo } from '../support/mongo.js';
import { Random } from './random.js';
import { Report } from './report.js';

const LOST = 'acknowledged documents lost or changed';
const DOUBLE = 'documents that share a unique value';
const COUNTERS = 'acknowledged increments lost, or counted that nobody asked for';
const UNCLEAR = 'refusals other than a broken connection or a duplicate key';

const WRITERS = 50;
/** Writers insert the same unique values in pairs: one of two may get each. */
const RIVALS = 2;

interface Note {
  _id: string;
  slug: string;
  text: string;
}

interface Counter {
  _id: string;
  count: number;
}

interface Writer {
  name: string;
  rival: number;
  random: Random;
  acknowledged: Map<string, Note>;
  /** Increments acknowledged since the counter was last read, and those whose outcome is not known. */
  increments: { before: number; known: number; unknown: number };
  nth: number;
}

/** Kills the MongoDB stand-in with −9 under fifty writers, over and over, and holds what it has against what it said. */
export async function mongoFaults({ seed, cycles }: { seed: number; cycles: number }): Promise<Report> {
  const report = new Report();
  report.none(LOST, DOUBLE, COUNTERS, UNCLEAR);
  const random = new Random(seed);
  const writers = Array.from({ length: WRITERS }, (_, n) => writer(n, seed));
  const dataDir = await mkdtemp(join(tmpdir(), 'faults-mongo-'));
  let mongo = await startMongo({ dataDir });
  try {
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      const client = await MongoClient.connect(mongo.url, { serverSelectionTimeoutMS: 300, maxPoolSize: WRITERS });
      const notes = client.db('faults').collection<Note>('notes');
      const counters = client.db('faults').collection<Counter>('counters');
      await notes.createIndex({ slug: 1 }, { unique: true });
      const before = report.count('inserts acknowledged');
      const writing = writers.map((one) => writeUntilGone(one, notes, counters, report));
      // All fifty connections are up first; then any moment will do.
      while (report.count('inserts acknowledged') < before + WRITERS) await sleep(5);
      await sleep(random.whole(0, 150));
      await mongo.kill('SIGKILL');
      await Promise.all(writing);
      await client.close();
      report.done(`kills −9 under ${WRITERS} writers`);

      mongo = await startMongo({ dataDir });
      const again = await MongoClient.connect(mongo.url);
      await check(writers, again, cycle === cycles, report);
      await again.close();
      report.progress(`${cycle} of ${cycles} kills`);
    }
    const documents = writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    report.done('documents acknowledged, all compared', documents);
  } finally {
    await mongo.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
  return report;
}

function writer(n: number, seed: number): Writer {
  return {
    name: `writer-${n}`,
    rival: Math.floor(n / RIVALS),
    random: new Random(seed * 1_000 + n),
    acknowledged: new Map(),
    increments: { before: 0, known: 0, unknown: 0 },
    nth: 0,
  };
}

async function writeUntilGone(
  writer: Writer,
  notes: Collection<Note>,
  counters: Collection<Counter>,
  report: Report,
): Promise<void> {
  const { name, rival, random, acknowledged, increments } = writer;
  for (;;) {
    writer.nth += 1;
    const slug = `${rival}-${writer.nth}`;
    const note = { _id: `${name}-${writer.nth}`, slug, text: 'x'.repeat(random.whole(1, 2_000)) };
    try {
      await notes.insertOne(note);
      acknowledged.set(note._id, note);
      report.done('inserts acknowledged');
    } catch (error) {
      if (!(error instanceof MongoServerError)) return;
      report.check(error.code === 11_000, UNCLEAR, () => String(error));
      report.done('inserts refused for a duplicate key');
    }
    try {
      increments.unknown += 1;
      await counters.updateOne({ _id: name }, { $inc: { count: 1 } }, { upsert: true });
      increments.unknown -= 1;
      increments.known += 1;
      report.done('increments acknowledged');
    } catch {
      return;
    }
  }
}

async function check(writers: readonly Writer[], client: MongoClient, whole: boolean, report: Report): Promise<void> {
  const notes = client.db('faults').collection<Note>('notes');
  // Each time what this cycle brought, at the end everything; slugs of all documents each time.
  for (const { name, acknowledged } of writers) {
    const expected = whole ? [...acknowledged.values()] : [...acknowledged.values()].slice(-200);
    const found = await notes.find({ _id: { $in: expected.map(({ _id }) => _id) } }).toArray();
    const stored = new Map(found.map((note) => [note._id, note]));
    for (const { _id, slug, text } of expected) {
      const note = stored.get(_id);
      report.check(note?.slug === slug && note.text === text, LOST, () => `${name}: ${_id}`);
    }
  }
  const slugs = await notes.find({}, { projection: { slug: 1 } }).toArray();
  report.check(new Set(slugs.map(({ slug }) => slug)).size === slugs.length, DOUBLE);
  const counters = await client.db('faults').collection<Counter>('counters').find().toArray();
  for (const { name, increments } of writers) {
    const count = counters.find(({ _id }) => _id === name)?.count ?? 0;
    const { before, known, unknown } = increments;
    const right = count >= before + known && count <= before + known + unknown;
    report.check(right, COUNTERS, () => `${name}: ${count}, known ${before + known}, perhaps ${unknown} more`);
    Object.assign(increments, { before: count, known: 0, unknown: 0 });
  }
}
