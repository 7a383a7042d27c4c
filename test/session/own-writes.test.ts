import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { Checkpoints } from '../../projections/checkpoints.js';
import { OwnWrites } from '../../src/session/own-writes.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

const drafts = { name: 'drafts', takes: new Set(['Saved', 'Sent']) };
const sent = { name: 'sent', takes: new Set(['Sent']) };

let mongo: StartedMongo;
let client: MongoClient;
let ownWrites: OwnWrites;
let checkpoints: Checkpoints;
let nth = 0;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
beforeEach(() => {
  const views = client.db(`own-writes-${(nth += 1)}`);
  ownWrites = new OwnWrites(views, [drafts, sent]);
  checkpoints = new Checkpoints(views);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

/** Whether a caller's query goes on within a moment, or waits. */
async function goesOn(caller: string, { name }: { name: string }): Promise<boolean> {
  const settled = ownWrites.settle(caller, name).then(() => true);
  return Promise.race([settled, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 400))]);
}

describe("A caller's next query", () => {
  test('waits for the read model that the change is in, until it has come that far', async () => {
    ownWrites.note('lynn', [{ type: 'Saved' }], 20n);
    await checkpoints.write('drafts', 10n);
    expect(await goesOn('lynn', drafts)).toBe(false);
    await checkpoints.write('drafts', 20n);
    expect(await goesOn('lynn', drafts)).toBe(true);
  });

  test('never waits for one that the change is none of the business of, nor for what others did', async () => {
    ownWrites.note('lynn', [{ type: 'Saved' }], 20n);
    expect(await goesOn('lynn', sent)).toBe(true);
    expect(await goesOn('someone else', drafts)).toBe(true);
  });

  test('waits for the last change of each, also where another came after it', async () => {
    ownWrites.note('lynn', [{ type: 'Sent' }], 20n);
    ownWrites.note('lynn', [{ type: 'Saved' }], 30n);
    ownWrites.note('lynn', [{ type: 'Saved' }], undefined);
    await checkpoints.write('sent', 20n);
    await checkpoints.write('drafts', 20n);
    expect(await goesOn('lynn', sent)).toBe(true);
    expect(await goesOn('lynn', drafts)).toBe(false);
  });
});
