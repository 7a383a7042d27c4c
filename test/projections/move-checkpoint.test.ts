import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { followerStatus } from '../../projections/follower-status.js';
import { checkpointMove, fitCheckpoints } from '../../projections/move-checkpoint.js';
import { newestPosition } from '../../src/core/watchdog.js';
import { formStarted, formSubmitted, isla, subjectsNamed } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld, type Running } from '../support/following.js';
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

const referral = (n: number) => world.append(n, formStarted(), subjectsNamed(2, isla), formSubmitted());
const effects = () => world.start({ names: ['mail', 'erasure'] });
const checkpoint = (running: Running, name: string) =>
  running.followers.find((follower) => follower.name === name)!.checkpoints;

test('an older log beside the vault as it was: mail and erasure go on once their checkpoints fit it', async () => {
  await referral(1);
  const end = await newestPosition(world.client);
  const before = await effects();
  await world.caughtUp(before);
  await before.stop();
  for (const name of ['mail', 'erasure']) await checkpoint(before, name).write(name, end + 1_000_000n);
  const stopped = await effects();
  await until(() => Promise.resolve(world.said.filter((line) => line.includes('STOPPED')).length === 2));
  const { tools, followers } = stopped;
  const status = await followerStatus({ ...tools, events: world.client, followers, now: new Date() });
  expect(status.map(({ beyondLog }) => beyondLog)).toEqual([true, true]);
  await stopped.stop();

  expect((await fitCheckpoints(world.vault, end)).sort()).toEqual(['erasure', 'mail']);
  expect(await fitCheckpoints(world.vault, end)).toEqual([]);
  await referral(2);
  const after = await effects();
  await world.caughtUp(after);
  expect(await checkpoint(after, 'mail').read('mail')).toBeGreaterThan(end);
});

test('an operator hears first what another checkpoint would leave out or do again', async () => {
  await referral(1);
  const middle = await newestPosition(world.client);
  await referral(2);
  const end = await newestPosition(world.client);
  const running = await effects();
  await world.caughtUp(running);
  await running.stop();
  const mail = running.followers.find(({ name }) => name === 'mail')!;
  await mail.checkpoints.write('mail', middle);
  expect(await checkpointMove(world.client, mail, 'end')).toEqual({ from: middle, to: end, leftOut: 3, again: 0 });
  expect(await checkpointMove(world.client, mail, 0n)).toEqual({ from: middle, to: 0n, leftOut: 0, again: 3 });
  expect(await checkpointMove(world.client, mail, end + 5n)).toBeUndefined();
  await mail.checkpoints.write('mail', end + 1_000_000n);
  expect(await checkpointMove(world.client, mail, 'end')).toMatchObject({ to: end, leftOut: 0, again: 0 });
});
