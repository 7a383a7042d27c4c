import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Document } from 'bson';
import type { Follower } from '../../projections/follow.js';
import type { Shadow } from '../../projections/shadow.js';
import { contactStarted, formStarted, formSubmitted, isla, subjectsNamed } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld } from '../support/following.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { startReplies, type Replies } from '../support/mongo-replies.js';
import { until } from '../support/people.js';

let store: RunningEventStore;
let mongo: StartedMongo;
let world: FollowingWorld;
let replies: Replies;
let told: number;
beforeEach(async () => {
  told = 0;
  [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  world = await FollowingWorld.open(store.url, mongo.url);
  replies = await startReplies(mongo.port);
});
afterEach(async () => {
  // What is held up yet goes on its way, or its process would never stop.
  letGo();
  goOn();
  await world.close();
  replies.close();
  await Promise.all([store.stop(), mongo.stop()]);
});

/** So many referrals more, submitted. */
async function referrals(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await world.append((told += 1), formStarted(), subjectsNamed(2, isla), formSubmitted());
  }
}
const inbox = () => world.views.collection('inbox').find({ council: 'lancashire' }).sort({ _id: 1 }).toArray();
const isComplete = async () => (await inbox()).length === told;
const rebuilt = async (id: string) => (await world.controls.of('inbox')).rebuilt?.id === id;
/** The documents as they stand in the database: checkpoint, marks and all. */
const copyOf = (name: string) => world.views.collection(name).find().toArray();

let [letGo, goOn] = [() => {}, () => {}];
/** Holds up the first command of the proxied process that fits; resolves once it has come. */
function holdUp(fits: (command: string, body: Document) => boolean): Promise<void> {
  const released = new Promise<void>((resolve) => (letGo = resolve));
  return new Promise((resolve) => {
    replies.hold = (command, body) => {
      if (!fits(command, body)) return undefined;
      replies.hold = () => undefined;
      resolve();
      return released;
    };
  });
}
/** Resolves with the next reply to the proxied process's command. */
function nextReply(of: string): Promise<Document> {
  return new Promise((resolve) => {
    replies.change = (command, reply) => {
      if (command === of) resolve(reply);
      return reply;
    };
  });
}

describe('A read model whose database is dropped while it is followed', () => {
  test.each([
    ['something happens', 1],
    ['nothing happens', 0],
  ])('is built again whole, with its indexes, where %s afterwards', async (_name, more) => {
    await referrals(8);
    await world.caughtUp(await world.start({ names: ['inbox', 'submitted-forms'] }));
    await world.views.dropDatabase();
    await referrals(more);
    await until(isComplete);
    await until(
      async () => (await world.views.collection('submitted-forms').countDocuments({ council: 'lancashire' })) >= told,
    );
    const keys = (await world.views.collection('inbox').indexes()).map(({ key }) => JSON.stringify(key));
    expect(keys).toContain(JSON.stringify({ council: 1, reference: 1 }));
  });

  test('is built again whole where an older copy of it is put back', async () => {
    await referrals(4);
    const running = await world.start({ names: ['inbox'] });
    await world.caughtUp(running);
    const [documents, checkpoints] = await Promise.all([copyOf('inbox'), copyOf('checkpoints')]);
    await referrals(4);
    await world.caughtUp(running);
    // What no event accounts for shows whether the copy was believed.
    const stray = { _id: 'stray', council: 'lancashire' } as never;
    await world.views.dropDatabase();
    await world.views.collection('inbox').insertMany([...documents, stray]);
    if (checkpoints.length > 0) await world.views.collection('checkpoints').insertMany(checkpoints);
    await until(isComplete);
    expect((await inbox()).map(({ _id }) => String(_id))).not.toContain('stray');
  });
});

describe('A process that was replaced while it was held up', () => {
  test('cannot move the checkpoint any more', async () => {
    await referrals(2);
    await world.caughtUp(await world.start({ names: ['inbox'], mongoUrl: replies.url }));
    const held = holdUp(
      (command, body) => command === 'update' && ['inbox', 'checkpoints'].includes(String(body.update)),
    );
    await referrals(1);
    await held;
    await world.vault.collection('leases').deleteMany({});
    const next = await world.start({ names: ['inbox'], holder: 'two' });
    await referrals(2);
    await world.caughtUp(next);
    const [follower] = next.followers;
    const before = await follower!.checkpoints.read('inbox');
    const answered = nextReply('update');
    letGo();
    await answered;
    expect(await follower!.checkpoints.read('inbox')).toBe(before);
    await referrals(1);
    await world.caughtUp(next);
    expect(await isComplete()).toBe(true);
  });

  test('cannot put what another builds in the place of the live documents', async () => {
    await referrals(6);
    await world.caughtUp(await world.start({ names: ['inbox'], mongoUrl: replies.url }));
    const held = holdUp((command) => command === 'renameCollection');
    const first = await world.controls.askRebuild('inbox');
    await held;
    await world.vault.collection('leases').deleteMany({});
    let halted = () => {};
    const isHalted = new Promise<void>((resolve) => (halted = resolve));
    const going = new Promise<void>((resolve) => (goOn = resolve));
    let halts = false;
    /** Builds the first two documents, then stands still. */
    const instead = (follower: Follower): Follower => {
      const shadow = follower.shadow!;
      const handle = async (...[facts, ...into]: Parameters<Shadow['handle']>) => {
        if (!halts) return shadow.handle(facts, ...into);
        await shadow.handle(facts.slice(0, 6), ...into);
        halted();
        await going;
        await shadow.handle(facts, ...into);
      };
      return { ...follower, shadow: Object.create(shadow, { handle: { value: handle } }) as Shadow };
    };
    const next = await world.start({ names: ['inbox'], holder: 'two', instead });
    await until(() => rebuilt(first));
    halts = true;
    const second = await world.controls.askRebuild('inbox');
    await isHalted;
    const answered = nextReply('renameCollection');
    letGo();
    expect(await answered).toMatchObject({ codeName: 'NamespaceNotFound' });
    expect(await isComplete()).toBe(true);
    goOn();
    await until(() => rebuilt(second));
    await world.caughtUp(next);
    expect(await isComplete()).toBe(true);
  });
});

describe('What happens at the moment a rebuild takes its place', () => {
  test('is applied, also to a form that was parked until then', async () => {
    await referrals(3);
    const parked = await world.append(1, contactStarted(2));
    /** The live one cannot handle a form that the rebuild can. */
    const instead = (follower: Follower): Follower => ({
      ...follower,
      handle: async (facts) => {
        if (facts.some(({ stream, revision }) => stream === parked && revision === 3)) throw new Error('never');
        await follower.handle(facts);
      },
    });
    const running = await world.start({ names: ['inbox'], instead });
    await world.caughtUp(running);
    expect(await world.parked.counts()).toMatchObject([{ follower: 'inbox', streams: 1 }]);
    const blockedFrom = running.tools.parked.blockedFrom.bind(running.tools.parked);
    let [begun, happened] = [false, false];
    running.tools.parked.blockedFrom = async (follower) => {
      if (follower === 'inbox' && !begun) {
        begun = true;
        await world.append(1, contactStarted(3));
        // Injected: what stalls here leaves a live follower the time to get it.
        for (let waited = 0; waited < 20 && (await world.parked.counts()).length === 0; waited += 1) await sleep(100);
        happened = true;
      }
      return blockedFrom(follower);
    };
    const id = await world.controls.askRebuild('inbox');
    await until(() => rebuilt(id));
    await until(async () => happened);
    await world.caughtUp(running);
    expect(await world.parked.counts()).toEqual([]);
    const row = await world.views.collection('inbox').findOne({ stream: parked });
    expect(row).toMatchObject({ revision: 4 });
  });
});
