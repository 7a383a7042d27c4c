import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MongoClient, type Document } from 'mongodb';
import { Leases } from '../../projections/lease.js';
import { DAY } from '../../src/core/clock.js';
import { CommandHandling } from '../../src/core/handle-command.js';
import { projectRoot } from '../../src/core/project-root.js';
import { Councils } from '../../src/council/councils.js';
import { RetentionSweep } from '../../src/records/retention-sweep.js';
import { referralDecider, type ReferralCommand } from '../../src/referral/referral.decider.js';
import { referralKind, referralStream, type ReferralEvent } from '../../src/referral/referral.events.js';
import type { ReferralState } from '../../src/referral/referral.state.js';
import { request, secrets } from '../core/stores.js';
import {
  isla,
  noah,
  requestInformation,
  respond,
  retract,
  saveForm,
  setHold,
  startForm,
  submitForm,
} from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld, type Running } from '../support/following.js';
import { MovableClock } from '../support/timed-frontdoor.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

const [COUNCIL_DAYS, FORM_DAYS] = [365, 30];
interface Key {
  _id: string;
  wrapped?: Buffer;
}

/** Kept as long as the council says, and as long as it says itself. */
const [USUAL, SHORT] = ['request-for-support', 'short-enquiry'];

let events: RunningEventStore;
let mongo: StartedMongo;
let world: FollowingWorld;
let followers: Running;
let councils: Councils;
let clock: MovableClock;
let handling: CommandHandling;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'retention-'));
  cpSync(join(projectRoot, 'deploy/councils'), folder, { recursive: true });
  const edit = (from: string, to: string, change: (text: string) => string) =>
    writeFileSync(join(folder, 'lancashire', to), change(readFileSync(join(folder, 'lancashire', from), 'utf8')));
  const keptFor = (days: number) => (text: string) => `${text}\nretentionDays: ${days}\n`;
  edit(`forms/${USUAL}.v1.yaml`, `forms/${SHORT}.v1.yaml`, (text) =>
    keptFor(FORM_DAYS)(text.replace(`id: ${USUAL}`, `id: ${SHORT}`)),
  );
  edit('council.yaml', 'council.yaml', (text) =>
    keptFor(COUNCIL_DAYS)(text.replace(`forms: [${USUAL}]`, `forms: [${USUAL}, ${SHORT}]`)),
  );
  councils = Councils.load(folder);
  rmSync(folder, { recursive: true });
  [events, mongo] = await Promise.all([startEventStore(), startMongo()]);
  world = await FollowingWorld.open(events.url, mongo.url);
  followers = await world.start({ names: ['records', 'erasure'] });
});
beforeEach(() => {
  clock = new MovableClock();
  handling = new CommandHandling(world.log, clock, secrets);
});
afterAll(async () => {
  await world.close();
  await Promise.all([events.stop(), mongo.stop()]);
});

const sweeper = (holder = 'one', views = world.views) =>
  new RetentionSweep({
    views,
    handling: new CommandHandling(world.log, clock, secrets),
    councils,
    leases: new Leases(world.vault, holder),
    clock,
    logger: world.logger,
  });

/** Erases what is due, as the read model has it once it has caught up; gives how many there were. */
async function sweep(): Promise<number> {
  await world.caughtUp(followers);
  return sweeper().sweep();
}

async function give(id: string, command: (state: ReferralState) => ReferralCommand): Promise<void> {
  const { state } = await handling.state(referralDecider, referralStream(id));
  await handling.handle(referralDecider, referralStream(id), command(state), request());
}

const respondToAll = (state: ReferralState) => respond({ expectedRevision: state.revision });

/** A referral in which everybody has had a response: at rest from now on. */
async function settled(formId = USUAL): Promise<string> {
  const id = randomUUID();
  await give(id, () => startForm({ formId }));
  await give(id, ({ savedRevision }) => saveForm({ expectedRevision: savedRevision, subjects: [isla, noah] }));
  await give(id, ({ savedRevision }) => submitForm({ expectedRevision: savedRevision, reference: id }));
  await give(id, respondToAll);
  return id;
}

async function erasures(id: string) {
  const facts: Extract<ReferralEvent, { type: 'ReferralErased' }>[] = [];
  for await (const fact of world.log.facts(referralKind, referralStream(id))) {
    if (fact.type === 'ReferralErased') facts.push(fact);
  }
  return facts.map(({ data }) => data);
}

/** Whether its key and its row are no more, once the followers have heard. */
async function gone(id: string): Promise<boolean> {
  await world.caughtUp(followers);
  const [keys, rows] = [world.vault.collection<Key>('keys'), world.views.collection('records')];
  const key = await keys.findOne({ _id: referralStream(id) });
  const stream = referralStream(id);
  return key?.wrapped === undefined && (await rows.countDocuments({ stream, council: 'lancashire' })) === 0;
}

test('a referral goes on its day and not before, each form on its own', async () => {
  const [usual, short] = [await settled(USUAL), await settled(SHORT)];
  clock.move(FORM_DAYS * DAY - 1);
  expect(await sweep()).toBe(0);
  clock.move(1);
  expect(await sweep()).toBe(1);
  expect(await erasures(short)).toEqual([
    { cause: 'retention', reason: `Kept for ${FORM_DAYS} days after the last response.` },
  ]);
  expect([await gone(short), await gone(usual)]).toEqual([true, false]);
  clock.move((COUNCIL_DAYS - FORM_DAYS) * DAY);
  expect(await sweep()).toBe(1);
  expect(await erasures(usual)).toHaveLength(1);
  expect(await sweep()).toBe(0);
});

test('one that is not at rest stays, however old; its days begin with the response that brings it to rest', async () => {
  const id = await settled();
  clock.move(300 * DAY);
  await give(id, (state) => requestInformation({ expectedRevision: state.revision, referralId: id }));
  clock.move(2 * COUNCIL_DAYS * DAY);
  expect(await sweep()).toBe(0);
  // Taken back, there was nothing new to respond to: what was responded before counts from here.
  await give(id, ({ request: asked }) => retract({ requestId: asked!.id }));
  clock.move(COUNCIL_DAYS * DAY - 1);
  expect(await sweep()).toBe(0);
  await give(id, respondToAll);
  clock.move(COUNCIL_DAYS * DAY - 1);
  expect(await sweep()).toBe(0);
  clock.move(1);
  expect(await sweep()).toBe(1);
  expect(await gone(id)).toBe(true);
});

test('a legal hold holds it back, also one that the read model has not heard of yet; lifted, it goes', async () => {
  const [known, unheard] = [await settled(), await settled()];
  await give(known, () => setHold());
  clock.move(COUNCIL_DAYS * DAY);
  await world.caughtUp(followers);
  await followers.stop();
  await give(unheard, () => setHold());
  expect(await sweeper().sweep()).toBe(0);
  followers = await world.start({ names: ['records', 'erasure'] });
  expect([await erasures(known), await erasures(unheard)]).toEqual([[], []]);
  for (const id of [known, unheard]) await give(id, () => setHold({ held: false }));
  expect(await sweep()).toBe(2);
  expect([await gone(known), await gone(unheard)]).toEqual([true, true]);
});

test('done by several processes at once, each referral goes once', async () => {
  const ids = await Promise.all(Array.from({ length: 12 }, () => settled()));
  clock.move(COUNCIL_DAYS * DAY);
  await world.caughtUp(followers);
  const done = await Promise.all(['one', 'other', 'third'].map((holder) => sweeper(holder).sweep()));
  expect(done.reduce((sum, count) => sum + count, 0)).toBe(ids.length);
  for (const id of ids) expect(await erasures(id)).toHaveLength(1);
});

test('cut short by the death of the event store, it is ended by the next, and each referral goes once', async () => {
  const ids = await Promise.all(Array.from({ length: 24 }, () => settled()));
  clock.move(COUNCIL_DAYS * DAY);
  await world.caughtUp(followers);
  const sweeping = expect(sweeper().sweep()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // Those that are due on the same day go in the order of their ids.
  const [first] = ids.toSorted() as [string];
  while ((await erasures(first)).length === 0) await new Promise((resolve) => setImmediate(resolve));
  await events.kill();
  await sweeping;
  events = await startEventStore({ dataDir: events.dataDir, port: events.port });
  let left = 0;
  for (const id of ids) left += (await erasures(id)).length === 0 ? 1 : 0;
  expect(left).toBeGreaterThan(0);
  expect(await sweep()).toBe(left);
  for (const id of ids) expect([(await erasures(id)).length, await gone(id)]).toEqual([1, true]);
});

test('what is due is found by its index, whatever else there is', async () => {
  const due = await settled();
  const others = Array.from({ length: 500 }, (_, nth) => ({
    _id: `other-${nth}`,
    stream: `other-${nth}`,
    council: 'lancashire',
    formId: USUAL,
    held: nth % 5 === 0,
    settledAt: nth % 2 === 0 ? null : new Date(clock.now().getTime() + 2 * COUNCIL_DAYS * DAY).toISOString(),
  }));
  await world.views.collection<Document>('records').insertMany(others as never);
  clock.move(COUNCIL_DAYS * DAY);
  await world.caughtUp(followers);
  const client = await MongoClient.connect(mongo.url, { monitorCommands: true });
  const finds: Document[] = [];
  client.on('commandStarted', ({ command }) => void (command.find === 'records' && finds.push(command)));
  const views = client.db(world.views.databaseName);
  try {
    expect(await sweeper('one', views).sweep()).toBe(1);
    expect(await erasures(due)).toHaveLength(1);
    const asked = finds.find(({ filter }) => (filter as Document).formId === USUAL)!;
    const { filter, sort } = asked;
    const explained = await views.command({
      explain: { find: 'records', filter, sort },
      verbosity: 'executionStats',
    });
    expect(JSON.stringify(explained.queryPlanner)).toContain('IXSCAN');
    expect(JSON.stringify(explained.queryPlanner)).not.toMatch(/COLLSCAN|"SORT"/);
    expect(explained.executionStats.totalDocsExamined).toBeLessThanOrEqual(2);
  } finally {
    await world.views.collection('records').deleteMany({ stream: /^other-/ });
    await client.close();
  }
});

test('one that cannot be decided on holds no other back, and is told of', async () => {
  const [damaged, sound] = [await settled(), await settled()];
  clock.move(COUNCIL_DAYS * DAY);
  await world.caughtUp(followers);
  await followers.stop();
  const metadata = { council: 'lancashire', actor: { kind: 'worker', id: 'w' }, at: clock.now().toISOString() };
  await world.client.appendToStream(referralStream(damaged), {
    id: randomUUID(),
    contentType: 'application/json',
    type: 'ResponsePosted',
    data: {},
    metadata,
  });
  expect(await sweeper().sweep()).toBe(1);
  expect(await erasures(sound)).toHaveLength(1);
  expect(world.said).toContain('one that is due cannot be ended, the others are');
});
