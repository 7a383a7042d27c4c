import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Follower } from '../../projections/follow.js';
import { inbox } from '../../projections/inbox.js';
import { project } from '../../projections/project.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { Shadow } from '../../projections/shadow.js';
import type { DomainEvent, StreamKind } from '../../src/core/decider.js';
import { noHead } from '../../src/core/event-log.js';
import { derivedId } from '../../src/core/ids.js';
import { referralKind, referralStream } from '../../src/referral/referral.events.js';
import { formStarted, formSubmitted, isla, subjectsNamed } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld } from '../support/following.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/people.js';

let store: RunningEventStore;
let mongo: StartedMongo;
let world: FollowingWorld;
let told: number;
beforeEach(async () => {
  told = 0;
  [store, mongo] = await Promise.all([startEventStore(), startMongo()]);
  world = await FollowingWorld.open(store.url, mongo.url);
});
afterEach(async () => {
  await world.close();
  await Promise.all([store.stop(), mongo.stop()]);
});

const life = () => [formStarted(), subjectsNamed(2, isla), formSubmitted()];
async function referrals(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await world.append((told += 1), ...life());
}
const rows = () => world.views.collection('inbox').find({ council: 'lancashire' }).toArray();
const stopped = async (name: string) => (await world.controls.of(name)).stopped?.why;

/** A stub of a newer release: it knows one event type more, and its inbox has one field more. */
const newerKind = {
  ...referralKind,
  clear: { ...referralKind.clear, FormArchived: [] },
} as unknown as StreamKind<DomainEvent>;
const newerInbox = {
  ...inbox,
  kind: newerKind,
  takes: new Set([...inbox.takes, 'FormArchived']),
  shapeVersion: 2,
  fold(documents, fact) {
    const [document] = documents;
    if (document && fact.type === 'FormArchived') return [{ ...document, archived: true }];
    const folded = inbox.fold(documents as never, fact as never) as readonly ViewDocument[];
    return folded.map((one) => (documents.includes(one) ? one : { archived: false, ...one }));
  },
} as Projection<ViewDocument, DomainEvent>;
const newer = (follower: Follower): Follower => {
  const kinds = follower.kinds.map((kind) => (kind.category === newerKind.category ? newerKind : kind));
  if (follower.name !== 'inbox') return { ...follower, kinds };
  const shape = { version: 2, takes: [...newerInbox.takes].sort() };
  const handle: Follower['handle'] = (facts) => project(newerInbox, world.views.collection('inbox'), facts);
  return {
    ...follower,
    kinds,
    takes: newerInbox.takes,
    shape,
    handle,
    shadow: new Shadow(newerInbox, world.views, shape),
  };
};

/** What a newer release appended: a referral that was archived. */
async function archived(): Promise<bigint> {
  const events = [...life(), { type: 'FormArchived', data: {} }];
  const stream = referralStream(derivedId('archived', (told += 1)));
  const commandId = derivedId(stream, 0);
  const actor = { kind: 'worker' as const, id: 'w', name: 'Wendy' };
  const context = { commandId, commandHash: '', council: 'lancashire', actor, correlationId: 'c' };
  const at = new Date().toISOString();
  return (await world.log.append(newerKind, stream, noHead, events, { ...context, at })).position;
}

describe('A release beside a newer one', () => {
  test('stops at an event type that it does not know, says so, and leaves it to the newer one', async () => {
    const names = ['inbox', 'mail', 'erasure'];
    const running = await world.start({ names });
    await referrals(2);
    await world.caughtUp(running);
    const unknown = await archived();
    await referrals(1);
    for (const name of names) await until(async () => (await stopped(name)) !== undefined);
    expect(await stopped('inbox')).toMatch(/^This release does not know FormArchived, event 3 of referral-/);
    expect(world.said).toContain('follower STOPPED: it waits for a newer release of this product');
    for (const { name, checkpoints } of running.followers) {
      expect({ name, passed: ((await checkpoints.read(name)) ?? 0n) >= unknown }).toEqual({ name, passed: false });
    }
    expect(await world.parked.counts()).toEqual([]);

    const next = await world.start({ names, holder: 'newer', instead: newer });
    await world.caughtUp(next);
    await until(async () => (await rows()).length === told);
    expect((await rows()).filter((row) => row.archived)).toHaveLength(1);
    for (const name of names) await until(async () => (await stopped(name)) === undefined);
  }, 60_000);

  test('finds its read model built anew by the newer one, beside the live one, and leaves it alone', async () => {
    const first = await world.start({ names: ['inbox'] });
    await referrals(8);
    await world.caughtUp(first);
    await first.stop();
    const counted: number[] = [];
    let asking = true;
    const asked = (async () => {
      while (asking) counted.push((await rows()).length);
    })();
    const second = await world.start({ names: ['inbox'], holder: 'newer', instead: newer });
    await until(async () => (await rows()).every((row) => row.archived === false));
    asking = false;
    await asked;
    expect(Math.min(...counted)).toBe(told);
    await second.stop();

    await world.start({ names: ['inbox'] });
    await until(async () => (await stopped('inbox')) !== undefined);
    expect(await stopped('inbox')).toMatch(/^The read model inbox was built by a newer release/);
    const third = await world.start({ names: ['inbox'], holder: 'newer again', instead: newer });
    await referrals(2);
    await world.caughtUp(third);
    expect((await rows()).map((row) => row.archived as boolean)).toEqual(Array(told).fill(false));
  }, 60_000);
});
