import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHECKPOINT, ReadModelCheckpoints } from '../../projections/checkpoints.js';
import type { Follower } from '../../projections/follow.js';
import type { CheckpointDocument } from '../../projections/held-checkpoint.js';
import type { Shadow } from '../../projections/shadow.js';
import {
  contactStarted,
  formStarted,
  formSubmitted,
  isla,
  receipt,
  subjectsNamed,
} from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld, type Running } from '../support/following.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/people.js';

let store: RunningEventStore;
let mongo: StartedMongo;
let world: FollowingWorld;
let running: Running;
beforeAll(async () => {
  [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  world = await FollowingWorld.open(store.url, mongo.url);
  running = await world.start();
  await referrals(40);
});
afterAll(async () => {
  await world.close();
  await Promise.all([store.stop(), mongo.stop()]);
});

let told = 0;
/** So many referrals more, submitted. */
async function referrals(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await world.append((told += 1), formStarted(), subjectsNamed(2, isla), formSubmitted());
  }
}
const inbox = () => world.views.collection('inbox').find({ council: 'lancashire' }).sort({ _id: 1 }).toArray();
const checkpoints = () => new ReadModelCheckpoints(world.views);
const rebuilt = async (id: string) => (await world.controls.of('inbox')).rebuilt?.id === id;

describe('An operator', () => {
  test('pauses a follower, whichever process runs it, and all others go on', async () => {
    await world.caughtUp(running);
    await world.controls.pause('inbox');
    await until(async () => !(await running.tools.leases.living()).some(({ _id }) => _id === 'inbox'));
    const before = (await inbox()).length;
    await referrals(3);
    await world.caughtUp({ ...running, followers: running.followers.filter(({ name }) => name !== 'inbox') });
    expect(await inbox()).toHaveLength(before);

    // A process that starts now finds it paused.
    const other = await world.start({ holder: 'two', names: ['inbox'] });
    await until(() => other.tools.watch.of('inbox').pausedAt !== undefined);
    await other.stop();
    expect(await inbox()).toHaveLength(before);

    await world.controls.resume('inbox');
    await world.caughtUp(running);
    expect(await inbox()).toHaveLength(before + 3);
  });

  test('has a read model built anew while it is written to and read from: no query finds it short', async () => {
    await world.caughtUp(running);
    // What no event accounts for: gone once it is built from the events alone.
    await world.views.collection<{ _id: string }>('inbox').insertOne({ _id: 'stray', council: 'nowhere' } as never);
    const least = (await inbox()).length;
    const counted: number[] = [];
    let asking = true;
    const asked = (async () => {
      while (asking) counted.push((await inbox()).length);
    })();
    const id = await world.controls.askRebuild('inbox');
    expect(await world.controls.askRebuild('inbox')).toBe(id);
    while (!(await rebuilt(id))) await referrals(1);
    asking = false;
    await asked;
    await world.caughtUp(running);
    const after = await inbox();
    expect(counted.length).toBeGreaterThan(10);
    expect(Math.min(...counted)).toBeGreaterThanOrEqual(least);
    expect(counted).toEqual([...counted].sort((one, other) => one - other));
    expect(after).toHaveLength(told);
    expect(await world.views.collection('inbox').countDocuments({ council: 'nowhere' })).toBe(0);
    expect(await world.views.listCollections({ name: /~rebuild/ }).toArray()).toEqual([]);
    expect((await checkpoints().find('inbox'))!.rebuild).toBeUndefined();
    const keys = (await world.views.collection('inbox').indexes()).map(({ key }) => JSON.stringify(key));
    expect(keys).toContain(JSON.stringify({ council: 1, reference: 1 }));
    await referrals(1);
    await world.caughtUp(running);
    expect(await inbox()).toHaveLength(told);
  });

  test('gets a rebuild that was interrupted ended by the next process, from where it was left', async () => {
    await world.caughtUp(running);
    const before = await inbox();
    let letGo = () => {};
    const halted = new Promise<void>((resolve) => (letGo = resolve));
    const halting = (follower: Follower): Follower => {
      const { shadow } = follower;
      let pages = 0;
      const handle = async (...given: Parameters<Shadow['handle']>) => {
        if ((pages += 1) > 1) await halted;
        await shadow!.handle(...given);
      };
      return { ...follower, shadow: Object.create(shadow!, { handle: { value: handle } }) as Follower['shadow'] };
    };
    await running.stop();
    await referrals(200);
    const first = await world.start({ names: ['inbox'], instead: halting });
    const id = await world.controls.askRebuild('inbox');
    await until(async () => ((await world.controls.of('inbox')).rebuild?.events ?? 0) >= 150);
    first.abandon();
    await world.vault.collection('leases').deleteMany({});
    running = await world.start({ holder: 'next' });
    await until(() => rebuilt(id));
    await world.caughtUp(running);
    expect(await inbox()).toHaveLength(told);
    expect((await inbox()).map(({ _id }) => _id)).toEqual(expect.arrayContaining(before.map(({ _id }) => _id)));
    expect((await world.controls.of('inbox')).rebuild).toBeUndefined();
    // The first comes to itself again, and leaves everything alone.
    letGo();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await inbox()).toHaveLength(told);
  });

  const position = '0';
  const diedOf: [string, (rebuild: string, before: string) => Promise<unknown>][] = [
    [
      'a process',
      async (id) => {
        const rebuild = { id, events: 7 };
        const views = world.views.collection<CheckpointDocument>('inbox');
        await views.insertOne({ _id: CHECKPOINT, position, at: new Date(), term: 900, rebuild });
      },
    ],
    [
      'a process of the release before',
      async (rebuild, before) => {
        const documents = { _id: '~rebuild', stream: '~rebuild', revision: 0, rebuild, position, events: 7 };
        await world.views.collection<{ _id: string }>('inbox').insertOne(documents);
        await world.views
          .collection<{ _id: string }>('checkpoints')
          .insertOne({ _id: 'inbox', position: before } as never);
      },
    ],
  ];
  test.each(diedOf)('finds a rebuild ended after %s died with it just in its place', async (_who, died) => {
    await world.caughtUp(running);
    await running.stop();
    const before = await checkpoints().read('inbox');
    const id = await world.controls.askRebuild('inbox');
    await world.views.collection('inbox').deleteMany({});
    await died(id, String(before));
    running = await world.start({ holder: `after ${id}` });
    await world.caughtUp(running);
    await until(async () => (await inbox()).length === told);
    await until(async () => (await checkpoints().read('inbox')) === before);
    expect(await rebuilt(id)).toBe(true);
    expect((await checkpoints().find('inbox'))!.rebuild).toBeUndefined();
    expect(await world.views.collection<{ _id: string }>('inbox').findOne({ _id: '~rebuild' })).toBeNull();
    expect(await world.views.collection('checkpoints').countDocuments()).toBe(0);
  });

  test('finds the read models of the release before as they were, and goes on from their checkpoints', async () => {
    await world.caughtUp(running);
    await running.stop();
    const before = (await checkpoints().read('inbox'))!;
    const documents = world.views.collection<{ _id: string }>('inbox');
    await documents.deleteOne({ _id: CHECKPOINT });
    await world.views
      .collection<{ _id: string }>('checkpoints')
      .insertOne({ _id: 'inbox', position: String(before), at: new Date() } as never);
    // Gone if it were built again.
    await documents.insertOne({ _id: 'stray', council: 'nowhere' } as never);
    expect(await checkpoints().read('inbox')).toBe(before);
    running = await world.start({ holder: 'upgraded' });
    await referrals(1);
    await world.caughtUp(running);
    expect(await documents.findOne({ _id: 'stray' })).not.toBeNull();
    expect(await world.views.collection('checkpoints').countDocuments()).toBe(0);
    expect((await checkpoints().find('inbox'))!.shape).toMatchObject({ version: 1 });
    expect(await inbox()).toHaveLength(told);
    await documents.deleteOne({ _id: 'stray' });
  });
});

test('a parked event goes with a rebuild that can handle it', async () => {
  await running.stop();
  const poison = await world.append((told += 1), formStarted(), subjectsNamed(2, isla), formSubmitted());
  const broken = { on: true };
  const instead = (follower: Follower): Follower => ({
    ...follower,
    handle: async (facts) => {
      if (broken.on && facts.some(({ stream }) => stream === poison)) throw new Error('never');
      await follower.handle(facts);
    },
  });
  running = await world.start({ names: ['inbox'], instead });
  await world.append(told, contactStarted(2), receipt());
  await world.caughtUp(running);
  expect(await world.parked.counts()).toMatchObject([{ follower: 'inbox', streams: 1 }]);
  broken.on = false;
  const id = await world.controls.askRebuild('inbox');
  await until(() => rebuilt(id));
  expect(await world.parked.counts()).toEqual([]);
  await world.append(told, receipt(1, 'another'));
  await world.caughtUp(running);
  expect(await inbox()).toHaveLength(told);
});
