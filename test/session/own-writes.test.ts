import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { ReadModelCheckpoints } from '../../projections/checkpoints.js';
import { OwnWrites } from '../../src/session/own-writes.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

const drafts = { name: 'drafts', takes: new Set(['Saved', 'Sent']) };
const sent = { name: 'sent', takes: new Set(['Sent']) };

let mongo: StartedMongo;
let client: MongoClient;
let ownWrites: OwnWrites;
let checkpoints: ReadModelCheckpoints;
let nth = 0;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
let views: Db;
beforeEach(() => {
  views = client.db(`own-writes-${(nth += 1)}`);
  ownWrites = new OwnWrites(views, [drafts, sent], false);
  checkpoints = new ReadModelCheckpoints(views);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

/** Whether a caller's query goes on within a moment, or waits: it goes on by itself after two seconds. */
async function goesOn(caller: string, { name }: { name: string }, asked = ownWrites): Promise<boolean> {
  const settled = asked.settle(caller, name).then(() => true);
  return Promise.race([settled, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 1_500))]);
}

describe("A caller's next query", () => {
  test('waits for the read model that the change is in, until it has come that far', async () => {
    await ownWrites.note('lynn', [{ type: 'Saved' }], 20n);
    await checkpoints.write('drafts', 10n);
    expect(await goesOn('lynn', drafts)).toBe(false);
    await checkpoints.write('drafts', 20n);
    expect(await goesOn('lynn', drafts)).toBe(true);
  });

  test('never waits for one that the change is none of the business of, nor for what others did', async () => {
    await ownWrites.note('lynn', [{ type: 'Saved' }], 20n);
    expect(await goesOn('lynn', sent)).toBe(true);
    expect(await goesOn('someone else', drafts)).toBe(true);
  });

  test('waits for the last change of each, also where another came after it', async () => {
    await ownWrites.note('lynn', [{ type: 'Sent' }], 20n);
    await ownWrites.note('lynn', [{ type: 'Saved' }], 30n);
    await ownWrites.note('lynn', [{ type: 'Saved' }], undefined);
    await checkpoints.write('sent', 20n);
    await checkpoints.write('drafts', 20n);
    expect(await goesOn('lynn', sent)).toBe(true);
    expect(await goesOn('lynn', drafts)).toBe(false);
  });
});

describe('Where there are several API processes', () => {
  let one: OwnWrites;
  let other: OwnWrites;
  beforeEach(async () => {
    [one, other] = [new OwnWrites(views, [drafts, sent], true), new OwnWrites(views, [drafts, sent], true)];
    await one.createIndexes();
  });

  test('the query waits in each of them for what was changed through another', async () => {
    await one.note('lynn', [{ type: 'Saved' }], 20n);
    await checkpoints.write('drafts', 10n);
    expect(await goesOn('lynn', drafts, other)).toBe(false);
    expect(await goesOn('lynn', sent, other)).toBe(true);
    expect(await goesOn('someone else', drafts, other)).toBe(true);
    await checkpoints.write('drafts', 20n);
    expect(await goesOn('lynn', drafts, other)).toBe(true);
  });

  test('the last change counts, whichever was noted last', async () => {
    await one.note('lynn', [{ type: 'Saved' }], 100n);
    await other.note('lynn', [{ type: 'Saved' }], 20n);
    await checkpoints.write('drafts', 99n);
    expect(await goesOn('lynn', drafts, other)).toBe(false);
    await checkpoints.write('drafts', 100n);
    expect(await goesOn('lynn', drafts, other)).toBe(true);
  });

  test('an accepted change stays accepted where it cannot be noted', async () => {
    const nowhere = new MongoClient('mongodb://127.0.0.1:1', { serverSelectionTimeoutMS: 100 });
    const unable = new OwnWrites(nowhere.db('views'), [drafts], true);
    await expect(unable.note('lynn', [{ type: 'Saved' }], 20n)).resolves.toBeUndefined();
    await nowhere.close();
  });
});
