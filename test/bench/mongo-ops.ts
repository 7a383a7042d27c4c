import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Collection, type Db } from 'mongodb';
import { startMongo } from '../support/mongo.js';
import { rate, type Figure } from './measure.js';

interface Kept {
  _id: string;
  owner: string;
  at: Date;
  revision: number;
  title: string;
  person: { forename: string; surname: string };
  rows: { name: string; date: string }[];
}

const TIMES = 8_000;
const WARMED = 8_000;
const AT_ONCE = 16;
const BULK = 50;

const id = (nth: number) => `referral-0a0c9a1e-7d0c-4c53-8f9b-${String(nth % 2_000).padStart(12, '0')}`;
const document = (nth: number): Kept => ({
  _id: id(nth),
  owner: `owner-${nth % 100}`,
  at: new Date(1_700_000_000_000 + nth * 1_000),
  revision: nth,
  title: 'Request for Support',
  person: { forename: 'Lynn', surname: 'Robinson' },
  rows: Array.from({ length: 4 }, (_, row) => ({ name: `Violet Plant the ${row}th`, date: '2026-11-20' })),
});

/** What the application asks of MongoDB all the time; the number is how many operations one call is. */
const operations: Record<string, [number, (kept: Collection<Kept>, nth: number, db: Db) => Promise<unknown>]> = {
  ping: [1, (_, __, db) => db.command({ ping: 1 })],
  find_one: [1, (kept, nth) => kept.findOne({ _id: id(nth) })],
  find_in: [1, (kept, nth) => kept.find({ owner: { $in: [`owner-${nth % 100}`, 'nobody'] } }).toArray()],
  find_page: [
    1,
    (kept, nth) =>
      kept
        .find({ owner: `owner-${nth % 100}` })
        .sort({ at: -1, _id: 1 })
        .limit(20)
        .toArray(),
  ],
  update_one: [1, (kept, nth) => kept.updateOne({ _id: id(nth) }, { $set: { title: `Title ${nth}`, revision: nth } })],
  upsert: [1, (kept, nth) => kept.updateOne({ _id: `new-${nth}` }, { $set: { title: `T ${nth}` } }, { upsert: true })],
  find_and_update: [
    1,
    (kept, nth) =>
      kept.findOneAndUpdate(
        { _id: id(nth), owner: `owner-${nth % 100}` },
        { $inc: { revision: 1 } },
        { returnDocument: 'after' },
      ),
  ],
  insert_one: [1, (kept, nth) => kept.insertOne({ ...document(nth), _id: `inserted-${nth}` })],
  delete_one: [1, (kept, nth) => kept.deleteOne({ _id: `inserted-${nth}` })],
  bulk_replace: [
    BULK,
    (kept, nth) => {
      const replaceOne = (at: number) => ({
        replaceOne: { filter: { _id: id(at) }, replacement: { ...document(at), revision: nth }, upsert: true },
      });
      return kept.bulkWrite(
        Array.from({ length: BULK }, (_, at) => replaceOne(nth * BULK + at)),
        { ordered: false },
      );
    },
  ],
  bulk_update: [
    BULK,
    (kept, nth) => {
      const updateOne = (at: number) => ({
        updateOne: { filter: { _id: id(at) }, update: { $set: { revision: nth } } },
      });
      return kept.bulkWrite(
        Array.from({ length: BULK }, (_, at) => updateOne(nth * BULK + at)),
        { ordered: false },
      );
    },
  ],
};

/** Processor time a process has taken so far, in microseconds, by Linux' account of it (in hundredths of a second). */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Processor time that the MongoDB stand-in takes for each of the operations the application lives on. */
export async function mongoOps(): Promise<Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mongo-ops-'));
  const server = await startMongo({ dataDir });
  const client = await MongoClient.connect(server.url);
  const db = client.db('bench');
  const kept = db.collection<Kept>('kept');
  await kept.createIndex({ owner: 1, at: -1, _id: 1 });
  await kept.createIndex({ 'person.surname': 1 });
  await kept.insertMany(Array.from({ length: 2_000 }, (_, nth) => document(nth)));
  const figures: Figure[] = [];
  for (const [name, [each, operation]] of Object.entries(operations)) {
    const times = TIMES / each;
    await rate(WARMED / each, AT_ONCE, (nth) => operation(kept, times + nth, db));
    const before = processorTime(server.pid);
    const calls = await rate(times, AT_ONCE, (nth) => operation(kept, nth, db));
    const used = (processorTime(server.pid) - before) / TIMES;
    const note = `processor time of the stand-in for each, at ${Math.round(calls * each)} a second`;
    figures.push({ name: `mongo_${name}`, value: used, unit: 'µs', note });
  }
  await client.close();
  await server.stop();
  rmSync(dataDir, { recursive: true });
  return figures;
}
