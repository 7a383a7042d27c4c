import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, type Db } from 'mongodb';
import { ReadModelCheckpoints } from '../../projections/checkpoints.js';
import { startEventStore } from '../support/event-store.js';
import { startMongo } from '../support/mongo.js';
import { startSmtp } from '../support/smtp.js';
import { readModels, wholeReferrals } from './data-set/prepare.js';
import { type Figure, type Options } from './measure.js';
import { memoryOf, startProgram } from './processes.js';

/** Of nine facts each: a million events. */
const REFERRALS = 111_112;
/** Where it would take longer, the rate is that of so many seconds: a rebuild that meets its bar is done by then. */
const LONGEST = 90;

/** All read models from nothing, by a projector, out of a million events. */
export async function rebuild({ scale }: Options): Promise<Figure[]> {
  const dataDir = await wholeReferrals(Math.ceil(REFERRALS * scale));
  const { events, position } = JSON.parse(readFileSync(join(dataDir, 'prepared.json'), 'utf8')) as Prepared;
  const [store, mongo, smtp] = await Promise.all([
    startEventStore({ dataDir: join(dataDir, 'event-store') }),
    startMongo({ dataDir: join(dataDir, 'mongo') }),
    startSmtp(),
  ]);
  const client = await MongoClient.connect(mongo.url);
  const views = client.db('frontdoor_views');
  await views.dropDatabase();
  const stores = { EVENTSTORE_URL: store.url, MONGO_URL: mongo.url, SMTP_URL: smtp.url };
  const begun = performance.now();
  const projector = startProgram('projections/main.js', { DATA_DIR: dataDir, ...stores });
  const [end, held]: [number, number[]] = [Number(position), []];
  let [done, seconds] = [0, 0];
  try {
    while (done < end && seconds < LONGEST) {
      await sleep(250);
      done = Math.min(await slowest(views), end);
      seconds = (performance.now() - begun) / 1_000;
      if (done > 0) held.push(memoryOf(projector.pid).now);
    }
    const part = done / end;
    const how = part < 1 ? `; stopped after ${LONGEST} s at ${Math.floor(part * 100)} %` : '';
    const third = Math.ceil(held.length / 3);
    const [early, late] = [Math.max(...held.slice(0, third)), Math.max(...held.slice(-third))];
    const note = `all ${readModels.length} read models from ${events} events, projector and stores a process each${how}`;
    return [
      { name: 'rebuild', value: (events * part) / seconds, unit: '/s', bar: { least: 15_000 }, note },
      {
        name: 'rebuild_memory',
        value: late,
        unit: 'MB',
        against: early,
        bar: { most: 1.25 },
        note: "the projector's memory in the last third of a rebuild, against the first",
      },
    ];
  } finally {
    await projector.stop();
    await client.close();
    await Promise.all([store.stop(), mongo.stop(), smtp.stop()]);
  }
}

interface Prepared {
  events: number;
  position: string;
}

/** How far in the log the read model is that is furthest behind. */
async function slowest(views: Db): Promise<number> {
  const checkpoints = new ReadModelCheckpoints(views);
  const positions = await Promise.all(readModels.map(({ name }) => checkpoints.read(name)));
  return Math.min(...positions.map((position) => Number(position ?? 0n)));
}
