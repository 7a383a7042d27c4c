import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { MINUTE } from '../../src/core/clock.js';
import { Sessions } from '../../src/session/sessions.js';
import { MovableClock } from '../support/timed-frontdoor.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/people.js';

let mongo: StartedMongo;
let client: MongoClient;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

const clock = new MovableClock();
/** Two processes of the application on one vault. */
let here: Sessions;
let there: Sessions;
let token: string;
beforeEach(async () => {
  const vault = client.db('vault');
  [here, there] = [new Sessions(vault, clock), new Sessions(vault, clock)];
  token = await here.start('amira', 'lancashire', 30, 'A test');
});

test('a session that one process ends is over in another, however busily it is used there', async () => {
  const { session } = (await there.use(token))!;
  await here.end(session._id);
  // `npm run test:security -- sessions` measures how soon.
  await until(async () => (await there.use(token)) === undefined);
  expect(await here.use(token)).toBeUndefined();
});

test('in the process that ends it, it is over at once, whatever is being read of it', async () => {
  const { session } = (await here.use(token))!;
  // From now on what is known of it is read again, and nobody waits for that.
  await sleep(600);
  const meanwhile = here.use(token);
  await here.end(session._id);
  await meanwhile;
  expect(await here.use(token)).toBeUndefined();
});

test('what one process sees of activity keeps the session alive in the others', async () => {
  clock.move(29 * MINUTE);
  await here.use(token);
  // Written down a moment later.
  const lastSeen = async () => (await there.ofAccount('amira')).map(({ lastSeenAt }) => lastSeenAt.getTime());
  await until(async () => (await lastSeen()).includes(clock.now().getTime()));
  clock.move(29 * MINUTE);
  expect(await there.use(token, false)).toMatchObject({ idleFor: 29 * MINUTE });
  clock.move(MINUTE);
  expect(await there.use(token, false)).toBeUndefined();
});

test('many that are used at one moment, and some that there are none of, are told apart', async () => {
  const tokens = await Promise.all(['lynn', 'omar', 'june'].map((who) => here.start(who, 'sefton', 30, 'A test')));
  const used = await Promise.all([...tokens, 'made up'].map((one) => there.use(one)));
  expect(used.map((one) => one?.session.accountId)).toEqual(['lynn', 'omar', 'june', undefined]);
});
