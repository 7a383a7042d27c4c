import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ANY, EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { MongoClient, type Db } from 'mongodb';
import { projectRoot } from '../../src/core/project-root.js';
import { startEventStore } from '../support/event-store.js';
import { startMongo } from '../support/mongo.js';
import { interleaved, median, rate, type Figure } from './measure.js';

/** The large data sets are made once and kept. */
const kept = join(projectRoot, 'var/bench');
const MILLION = 1_000_000;
const data = { text: 'x'.repeat(1_000) };
const event = () => jsonEvent({ id: randomUUID(), type: 'Measured', data });

interface Side {
  client: EventStoreDBClient;
  stop: () => Promise<void>;
}

async function memory(): Promise<Side> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/test/bench/memory-server.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { port } = JSON.parse(line) as { port: number };
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  return { client, stop: async () => void (await client.dispose(), child.kill()) };
}

async function durable(dataDir?: string): Promise<Side> {
  const store = await startEventStore({ dataDir });
  const client = EventStoreDBClient.connectionString(store.url);
  return { client, stop: async () => void (await client.dispose(), await store.stop()) };
}

const appends = ({ client }: Side, times = 6_000, atOnce = 64) =>
  rate(times, atOnce, (nth) => client.appendToStream(`measured-${nth % 500}`, event(), { expectedRevision: ANY }));

/** Durable appends at 64 at once against a server that keeps events in memory only. */
export async function append(): Promise<Figure[]> {
  const [disk, ram] = await Promise.all([durable(), memory()]);
  const { a, b } = await interleaved(
    5,
    () => appends(disk),
    () => appends(ram),
  );
  await Promise.all([disk.stop(), ram.stop()]);
  const note = 'durable appends of 1 KB at 64 at once, against a server in memory only';
  return [{ name: 'append', value: a, unit: '/s', against: b, bar: { least: 0.9 }, note }];
}

/** Reading 100,000 events from the start, by a subscription, against the same server in memory only. */
export async function catchUp(): Promise<Figure[]> {
  const [disk, ram] = await Promise.all([durable(), memory()]);
  const events = 100_000;
  for (const { client } of [disk, ram]) {
    await rate(events / 500, 8, (nth) => client.appendToStream(`filled-${nth}`, Array.from({ length: 500 }, event)));
  }
  const read = async ({ client }: Side) => {
    const started = performance.now();
    let seen = 0;
    const subscription = client.subscribeToAll({ fromPosition: START });
    for await (const { event: one } of subscription) {
      if (one && !one.type.startsWith('$') && (seen += 1) === events) await subscription.unsubscribe();
    }
    return events / ((performance.now() - started) / 1_000);
  };
  const { a, b } = await interleaved(
    3,
    () => read(disk),
    () => read(ram),
  );
  await Promise.all([disk.stop(), ram.stop()]);
  const note = 'catch-up of 100,000 events by a subscription, against a server in memory only';
  return [{ name: 'catch_up', value: a, unit: '/s', against: b, bar: { least: 0.8 }, note }];
}

/** A store of 1,000,000 events: how long it takes to open, and whether it appends and reads as a small one does. */
export async function growth(): Promise<Figure[]> {
  const largeDir = await filled('event-store-1m', MILLION);
  const smallDir = await filled('event-store-10k', 10_000);
  const opened = performance.now();
  const large = await durable(largeDir);
  await large.client.appendToStream('opened', event());
  const open = performance.now() - opened;
  const small = await durable(smallDir);
  const read = ({ client }: Side) =>
    rate(1_500, 16, async (nth) => {
      const read = client.readStream(`filled-${nth % 10}`, { maxCount: 10 });
      await read.forEach(() => undefined);
    });
  const written = await interleaved(
    5,
    () => appends(large),
    () => appends(small),
  );
  const found = await interleaved(
    5,
    () => read(large),
    () => read(small),
  );
  await Promise.all([large.stop(), small.stop()]);
  return [
    {
      name: 'open',
      value: open,
      unit: 'ms',
      bar: { most: 1_000 },
      note: 'process start to first append with 1,000,000 events',
    },
    {
      name: 'append_growth',
      value: written.a,
      unit: '/s',
      against: written.b,
      bar: { least: 0.9 },
      note: 'appends at 1,000,000 events, against 10,000',
    },
    {
      name: 'read_growth',
      value: found.a,
      unit: '/s',
      against: found.b,
      bar: { least: 0.9 },
      note: 'stream reads at 1,000,000 events, against 10,000',
    },
  ];
}

async function filled(name: string, events: number): Promise<string> {
  const dataDir = join(kept, name);
  if (existsSync(join(dataDir, 'filled'))) return dataDir;
  mkdirSync(dataDir, { recursive: true });
  const { client, stop } = await durable(dataDir);
  const batches = events / 1_000;
  let done = 0;
  await rate(batches, 8, async (nth) => {
    await client.appendToStream(`filled-${nth}`, Array.from({ length: 1_000 }, event));
    progress(name, (done += 1) / batches);
  });
  await stop();
  mkdirSync(join(dataDir, 'filled'));
  return dataDir;
}

/** The first page of an indexed query over 1,000,000 documents against 10,000. */
export async function page(): Promise<Figure[]> {
  const dataDir = join(kept, 'mongo');
  mkdirSync(dataDir, { recursive: true });
  const server = await startMongo({ dataDir });
  const client = await MongoClient.connect(server.url);
  const db = client.db('bench');
  await documents(db, 'large', MILLION);
  await documents(db, 'small', 10_000);
  const p50 = async (collection: string) => {
    const times: number[] = [];
    for (let nth = 0; nth < 400; nth += 1) {
      const started = performance.now();
      await db
        .collection(collection)
        .find({ owner: nth % 100 })
        .sort({ at: -1, _id: 1 })
        .limit(20)
        .toArray();
      times.push(performance.now() - started);
    }
    return median(times);
  };
  const { a, b } = await interleaved(
    5,
    () => p50('large'),
    () => p50('small'),
  );
  await client.close();
  await server.stop();
  const note = 'first page of an indexed query at 1,000,000 documents, against 10,000 (p50)';
  return [{ name: 'page_growth', value: a, unit: 'ms', against: b, bar: { most: 1.2 }, note }];
}

async function documents(db: Db, name: string, count: number): Promise<void> {
  const collection = db.collection<{ _id: number }>(name);
  if ((await collection.estimatedDocumentCount()) === count) return;
  await collection.deleteMany({});
  await collection.createIndex({ owner: 1, at: -1, _id: 1 });
  const size = 2_000;
  for (let from = 0; from < count; from += size) {
    const batch = Array.from({ length: size }, (_, nth) => ({
      _id: from + nth,
      owner: (from + nth) % 100,
      at: from + nth,
      text: 'x'.repeat(400),
    }));
    await collection.insertMany(batch, { ordered: false });
    progress(name, (from + size) / count);
  }
}

function progress(what: string, part: number): void {
  if (!process.stderr.isTTY && Math.round(part * 100) % 25 !== 0) return;
  process.stderr.write(`\rpreparing ${what}: ${Math.round(part * 100)} %${part >= 1 ? '\n' : ''}`);
}
