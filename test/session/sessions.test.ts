import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { MINUTE } from '../../src/core/clock.js';
import type { Standing } from '../../src/session/session-endings.js';
import { Sessions } from '../../src/session/sessions.js';
import { MovableClock } from '../support/timed-frontdoor.js';
import { clockAhead } from '../support/clock-ahead.js';
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
/** What the account's stream says. */
let standing: Standing;
/** Two processes of the application on one vault. */
let here: Sessions;
let there: Sessions;
let token: string;
beforeEach(async () => {
  const vault = client.db('vault');
  standing = { closed: false, passwordChange: null };
  const [one, other] = [1, 2].map(() => new Sessions(vault, clock, async () => standing));
  [here, there] = [one!, other!];
  token = await here.start('amira', 'lancashire', 30, 'A test');
});

test('a session that one process ends is over in another, however busily it is used there', async () => {
  const { session } = (await there.use(token))!;
  await here.end(session._id);
  // `npm run test:security -- sessions` measures how soon.
  await until(async () => (await there.use(token)) === undefined);
  expect(await here.use(token)).toBeUndefined();
});

test('a session that one process ends is over in another whose clock is set back ten minutes meanwhile', async () => {
  const { session } = (await there.use(token))!;
  await here.end(session._id);
  await clockAhead(-10 * MINUTE, async () => {
    for (const begun = performance.now(); await there.isLive(session._id); await sleep(20)) {
      if (performance.now() - begun > 5_000) throw new Error('It lives on.');
    }
  });
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

const changed = (revision: number, commandId: string): Standing => ({
  closed: false,
  passwordChange: { revision, at: clock.now().toISOString(), commandId },
});

test('where the sessions of a changed account are not deleted, those from before the change are over all the same', async () => {
  const before = await here.start('noor', 'lancashire', 30, 'A test', 3);
  const own = await here.start('noor', 'lancashire', 30, 'A test', 4);
  expect(await there.use(before)).toBeDefined();
  const { session } = (await here.use(own))!;
  await here.announceEnding('noor', 'change', session._id);
  // The event may yet not follow: then nothing has ended.
  expect(await there.use(before)).toBeDefined();
  standing = changed(5, 'change');
  const changedAt = Date.now();
  await until(async () => (await there.use(before)) === undefined);
  expect(Date.now() - changedAt).toBeLessThan(1_000);
  expect(await there.use(own)).toBeDefined();
  // Begun with the old password, and written down late.
  const late = await there.start('noor', 'lancashire', 30, 'A test', 2);
  expect(await here.use(late)).toBeUndefined();
  const after = await there.start('noor', 'lancashire', 30, 'A test', 6);
  expect(await here.use(after)).toBeDefined();
  expect((await there.ofAccount('noor')).map(({ signedIn }) => signedIn).sort()).toEqual([4, 6]);
  // A reset ends the session that made the last change, too.
  await here.announceEnding('noor', 'reset');
  standing = changed(7, 'reset');
  await until(async () => (await there.use(own)) === undefined);
});

test('a session from before revisions were kept is judged by its instant; none outlives its account', async () => {
  const token = await here.start('omar', 'lancashire', 30, 'A test');
  clock.move(1_000);
  await here.announceEnding('omar', 'reset');
  standing = changed(5, 'reset');
  clock.move(1_000);
  const after = await here.start('omar', 'lancashire', 30, 'A test');
  expect([await there.use(token), await there.use(after)]).toEqual([undefined, expect.anything()]);
  standing = { closed: true, passwordChange: null };
  await until(async () => (await there.use(after)) === undefined);
});
