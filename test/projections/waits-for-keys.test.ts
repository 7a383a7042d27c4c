import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { formStarted, formSubmitted, isla, subjectsNamed } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld } from '../support/following.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/people.js';

let store: RunningEventStore;
let mongo: StartedMongo;
let world: FollowingWorld;
beforeEach(async () => {
  [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  world = await FollowingWorld.open(store.url, mongo.url);
});
afterEach(async () => {
  await world.close();
  await Promise.all([store.stop(), mongo.stop()]);
});

const NAMES = ['saved-forms', 'inbox', 'mail'];

test('a follower waits at an event whose key is missing, parks nothing, and goes on once the key is back', async () => {
  const keys = world.vault.collection<{ _id: string }>('keys');
  const sent = await world.append(1, formStarted(), subjectsNamed(2, isla), formSubmitted());
  const saved = await world.append(2, formStarted(), subjectsNamed(2, isla));
  const taken = await keys.find().toArray();
  await keys.deleteMany({});

  const running = await world.start({ names: NAMES });
  // Each has tried, and tried again.
  const stopped = (name: string) =>
    [...world.troubles].some(([trouble, times]) => trouble.startsWith(`${name}: follower stopped`) && times > 1);
  await until(async () => NAMES.every(stopped));
  expect(await world.parked.counts()).toEqual([]);
  expect(await world.views.collection('inbox').countDocuments({ council: 'lancashire' })).toBe(0);

  await keys.insertMany(taken);
  await world.caughtUp(running);
  expect(await world.views.collection('inbox').findOne({ stream: sent })).toMatchObject({
    names: 'Isla Hargreaves, Noah Hargreaves',
  });
  expect(await world.views.collection('saved-forms').findOne({ stream: saved })).toMatchObject({
    draft: { subjects: [isla] },
  });
  expect(await world.parked.counts()).toEqual([]);
}, 60_000);
