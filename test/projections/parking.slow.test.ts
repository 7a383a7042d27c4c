import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Follower } from '../../projections/follow.js';
import { DomainError } from '../../src/core/problem.js';
import type { Recorded } from '../../src/core/decider.js';
import { TransientError } from '../../src/core/transient-errors.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import {
  contactStarted,
  formStarted,
  formSubmitted,
  receipt,
  subjectsNamed,
  isla,
} from '../deciders/referral-story.js';
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

const PARKED = 'an event was PARKED, its stream waits for a replay';
const life = [[formStarted(), subjectsNamed(2, isla)], [formSubmitted()], [contactStarted(2)], [receipt()]];
/** So many referrals, fact after fact in turns; gives their streams. */
async function told(referrals: number, from = 0, facts = life): Promise<string[]> {
  const streams = new Set<string>();
  for (const events of facts) {
    for (let n = from; n < from + referrals; n += 1) streams.add(await world.append(n, ...events));
  }
  return [...streams];
}

/** A follower that cannot handle what `bad` says, until it is put right. */
function failing(bad: (fact: Recorded<ReferralEvent>) => Error | undefined) {
  const broken = { on: true };
  const instead = (follower: Follower): Follower => ({
    ...follower,
    async handle(facts) {
      for (const fact of facts) {
        const error = broken.on ? bad(fact as unknown as Recorded<ReferralEvent>) : undefined;
        if (error) throw error;
      }
      await follower.handle(facts);
    },
  });
  return { broken, instead };
}

const documents = async (stream: string) => world.views.collection('receipts').find({ stream }).toArray();
const receiptsOf = async (streams: string[]) =>
  (await Promise.all(streams.map(documents))).map((found) => found.filter((one) => one._id !== one.stream).length);

describe('An event that cannot be handled', () => {
  test('is parked with what follows it in its stream, and all other streams go on', async () => {
    const streams = await told(10);
    const poison = streams[3]!;
    const { instead } = failing(({ stream, type }) =>
      stream === poison && type === 'FormSubmitted' ? new RangeError('Violet Plant is too much') : undefined,
    );
    const running = await world.start({
      names: ['receipts', 'inbox'],
      instead: (f) => (f.name === 'receipts' ? instead(f) : f),
    });
    await world.caughtUp(running);
    expect(await receiptsOf(streams)).toEqual(streams.map((stream) => (stream === poison ? 0 : 1)));
    const parked = await world.parked.ofStream('receipts', poison);
    expect(parked).toMatchObject([
      { follower: 'receipts', revision: 2, type: 'FormSubmitted', error: 'RangeError', attempts: 3 },
      // What came between is none of its business.
      { revision: 4, type: 'ReceiptAcknowledged', error: null, attempts: 0 },
    ]);
    expect(BigInt(parked[0]!.position)).toBeGreaterThan(0n);
    expect(JSON.stringify(parked)).not.toMatch(/Violet|Amira|Isla/);
    expect(await world.parked.counts()).toEqual([{ follower: 'receipts', events: 2, streams: 1 }]);
    expect(world.said.filter((line) => line === PARKED)).toHaveLength(1);
  });

  test('holds back what comes to its stream later, also after a restart', async () => {
    const [poison, other] = (await told(2, 0, life.slice(0, 2))) as [string, string];
    const bad = ({ stream, type }: Recorded<ReferralEvent>) =>
      stream === poison && type === 'FormSubmitted' ? new Error('never') : undefined;
    const first = await world.start({ names: ['receipts'], ...failing(bad) });
    await world.caughtUp(first);
    await first.stop();
    const second = await world.start({ names: ['receipts'], holder: 'two' });
    await told(2, 0, life.slice(2));
    await world.caughtUp(second);
    expect(await receiptsOf([poison, other])).toEqual([0, 1]);
    expect((await world.parked.ofStream('receipts', poison)).map(({ type }) => type)).toEqual([
      'FormSubmitted',
      'ReceiptAcknowledged',
    ]);
  });

  test('is replayed with what waits behind it, in order, and its stream goes on', async () => {
    const [poison] = (await told(3)) as [string];
    const handled: string[] = [];
    const { broken, instead } = failing((fact) => {
      if (fact.stream !== poison) return undefined;
      handled.push(fact.type);
      return fact.type === 'FormSubmitted' ? new Error('never') : undefined;
    });
    const running = await world.start({ names: ['receipts'], instead });
    await world.caughtUp(running);

    const still = await world.controls.askReplay('receipts', null);
    await until(async () => (await world.controls.of('receipts')).replayed?.id === still);
    expect((await world.controls.of('receipts')).replayed).toMatchObject({ events: 0, left: 2 });
    expect((await world.parked.ofStream('receipts', poison))[0]).toMatchObject({ attempts: 4, error: 'Error' });

    broken.on = false;
    const id = await world.controls.askReplay('receipts', poison);
    await until(async () => (await world.controls.of('receipts')).replayed?.id === id);
    expect((await world.controls.of('receipts')).replayed).toMatchObject({ events: 2, left: 0 });
    expect((await world.controls.of('receipts')).replay).toBeUndefined();
    expect(await world.parked.counts()).toEqual([]);
    expect(await receiptsOf([poison])).toEqual([1]);
    expect((await documents(poison)).find(({ version }) => version === 1)).toMatchObject({
      acknowledgedAt: expect.any(String),
    });
    await world.append(0, formSubmitted({ version: 2 }));
    await world.caughtUp(running);
    expect(await receiptsOf([poison])).toEqual([2]);
  });

  test('leaves what it would have ended, until it is replayed', async () => {
    const [poison] = (await told(2, 0, life.slice(0, 2))) as [string];
    const { broken, instead } = failing(({ stream, type }) =>
      stream === poison && type === 'FormSubmitted' ? new Error('never') : undefined,
    );
    const running = await world.start({ names: ['saved-forms'], instead });
    await world.caughtUp(running);
    const saved = () => world.views.collection('saved-forms').find({ council: 'lancashire' }).toArray();
    expect(await saved()).toMatchObject([{ stream: poison, revision: 1, savedRevision: 2 }]);
    expect(await world.parked.counts()).toEqual([{ follower: 'saved-forms', events: 1, streams: 1 }]);

    broken.on = false;
    const id = await world.controls.askReplay('saved-forms', poison);
    await until(async () => (await world.controls.of('saved-forms')).replayed?.id === id);
    expect(await saved()).toEqual([]);
  });

  test('that cannot even be opened is parked too', async () => {
    const [poison, other] = (await told(2, 0, life.slice(0, 1))) as [string, string];
    // Its sealed part is another stream's.
    const sealed = [];
    for await (const record of world.log.records(other)) sealed.push(record);
    await world.forge(poison, 'AnswersSaved', { savedRevision: 3, expiresAt: '', sealed: sealed[0]!.data.sealed });
    const running = await world.start({ names: ['saved-forms', 'mail'] });
    await world.caughtUp(running);
    expect(await world.parked.counts()).toEqual([
      { follower: 'mail', events: 1, streams: 1 },
      { follower: 'saved-forms', events: 1, streams: 1 },
    ]);
  });
});

describe('An outage', () => {
  test.each([new DomainError('UNAVAILABLE', 'away'), new TransientError('away')])(
    '(%s) is never held against an event',
    async (error) => {
      const streams = await told(3);
      const away = failing(() => error);
      const running = await world.start({ names: ['receipts'], instead: away.instead });
      await until(() => Promise.resolve(world.said.length >= 4));
      expect(await world.parked.counts()).toEqual([]);
      away.broken.on = false;
      await world.caughtUp(running);
      expect(await receiptsOf(streams)).toEqual([1, 1, 1]);
    },
  );

  test('of MongoDB is none either', async () => {
    const streams = await told(3);
    const running = await world.start({ names: ['receipts'], mongoUrl: mongo.url });
    await world.caughtUp(running);
    await mongo.kill();
    await told(3, 0, [[formSubmitted({ version: 2 })]]);
    await until(() => world.said.includes('follower stopped, will resume'));
    mongo = await startMongo({ dataDir: mongo.dataDir, args: ['--port', String(mongo.port)] });
    await world.caughtUp(running);
    expect(await world.parked.counts()).toEqual([]);
    expect(await receiptsOf(streams)).toEqual([2, 2, 2]);
  });
});

test('where everything fails, a few are parked and then no more: it is not the events', async () => {
  const streams = await told(30);
  const all = failing(() => new Error('the release cannot work'));
  const running = await world.start({ names: ['receipts'], instead: all.instead });
  await until(() => Promise.resolve(world.said.includes('follower stopped, will resume')));
  const [{ streams: few } = { streams: 0 }] = await world.parked.counts();
  expect(few).toBeLessThan(20);
  all.broken.on = false;
  await world.controls.askReplay('receipts', null);
  await world.caughtUp(running);
  await until(async () => (await world.parked.counts()).length === 0);
  expect(await receiptsOf(streams)).toEqual(streams.map(() => 1));
});
