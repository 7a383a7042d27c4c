import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RememberedContexts } from '../../projections/mail/follower.js';
import { DAY } from '../../src/core/clock.js';
import {
  ACCOUNT,
  code,
  HOURS,
  minute,
  REFERRAL,
  REFERRAL_ID,
  registered,
  requested,
  saved,
  started,
  submitted,
} from './facts.js';
import { own, prepareGround, type Ground, type World } from './world.js';

let ground: Ground;
let world: World;
beforeAll(async () => void (ground = await prepareGround()));
beforeEach(async () => void (world = await ground.world()));
afterAll(() => ground.end());

const kinds = async () => (await world.rows()).map(({ kind }) => kind);

test('queues what a batch of facts calls for, in the ledger’s words', async () => {
  const [account, referral] = [own(ACCOUNT), own(REFERRAL)];
  const facts = [
    ...(await world.record(account, registered, code(1, 'registration'))),
    ...(await world.record(referral, started)),
    ...(await world.record(referral, saved(2))),
    ...(await world.record(referral, submitted)),
  ];
  await world.queue(facts);
  expect(await world.rows()).toMatchObject([
    { stream: account, revision: 1, kind: 'registration-code', to: 'j***@example.org', referralId: null, priority: 0 },
    { stream: referral, revision: 1, kind: 'form-saved', to: 'j***@example.org', priority: 1 },
    {
      stream: referral,
      revision: 2,
      kind: 'submission-confirmation',
      council: 'lancashire',
      status: 'QUEUED',
      attempts: 0,
    },
  ]);
  expect((await world.rows())[1]!.referralId).toBe(referral.slice('referral-'.length));
  expect(referral).toContain(REFERRAL_ID);
});

test('queues nothing twice, whether the same batch comes again or the follower starts over', async () => {
  const referral = own(REFERRAL);
  const facts = [...(await world.record(referral, started)), ...(await world.record(referral, saved(2)))];
  await world.queue(facts);
  await world.queue(facts);
  await world.queue(facts.slice(1));
  await world.queue(facts, new RememberedContexts());
  expect(await kinds()).toEqual(['form-saved']);
});

test('started in the middle of a stream, reads what came before', async () => {
  const referral = own(REFERRAL);
  await world.record(referral, started);
  await world.record(referral, saved(2));
  await world.record(referral, submitted);
  const [request] = await world.record(referral, requested);
  const [next] = await world.record(referral, {
    type: 'InformationRequestRetracted',
    data: { requestId: 'r1', revision: 3 },
  });
  await world.queue([request!], new RememberedContexts());
  await world.queue([next!]);
  expect(await kinds()).toEqual(['information-requested', 'request-retracted']);
});

test('takes a save for the first only where it is, wherever it was started', async () => {
  const referral = own(REFERRAL);
  await world.record(referral, started);
  await world.record(referral, saved(2));
  const [second] = await world.record(referral, saved(3));
  await world.queue([second!], new RememberedContexts());
  expect(await kinds()).toEqual([]);
});

test('reads a stream of which it missed a fact', async () => {
  const referral = own(REFERRAL);
  await world.queue(await world.record(referral, started));
  await world.record(referral, saved(2));
  await world.queue(await world.record(referral, saved(3)));
  expect(await kinds()).toEqual([]);
});

test('reads no stream that it has followed from its start', async () => {
  const facts = [
    ...(await world.record(own(REFERRAL), started)),
    ...(await world.record(own(ACCOUNT), registered, code())),
  ];
  const unreadable = { facts: () => Promise.reject(new Error('a stream was read')) } as unknown as typeof world.log;
  const contexts = new RememberedContexts();
  for (const fact of facts) expect(await contexts.at(unreadable, fact)).toBeDefined();
});

test('queues no code that has expired, and nothing a week old', async () => {
  const facts = [
    ...(await world.record(own(ACCOUNT), registered, code())),
    ...(await world.record(own(REFERRAL), started, submitted)),
  ];
  world.now = Date.parse(minute(5));
  await world.queue(facts);
  expect(await kinds()).toEqual(['submission-confirmation']);
  await world.vault.collection('mails').deleteMany({});
  world.pass(7 * DAY);
  await world.queue(facts);
  expect(await kinds()).toEqual([]);
});

test('forgets the address of whoever is erased, also within one batch', async () => {
  const referral = own(REFERRAL);
  const facts = await world.record(referral, started, submitted);
  await world.queue([
    ...facts,
    ...(await world.record(referral, { type: 'ReferralErased', data: { cause: 'retention' } })),
  ]);
  expect((await world.rows()).map(({ to }) => to)).toEqual(['***']);
});

test('a stream whose key was destroyed calls for nothing', async () => {
  const referral = own(REFERRAL);
  await world.record(referral, started);
  const [fact] = await world.record(referral, submitted);
  await world.keys.destroy(referral, world.clock.now());
  await world.queue(
    [{ ...fact!, data: { ...fact!.data, referrer: undefined }, erased: true } as never],
    new RememberedContexts(),
  );
  expect(await kinds()).toEqual([]);
});

test('the ledger holds no name, no whole address and no comment', async () => {
  const referral = own(REFERRAL);
  await world.queue(await world.record(referral, started, saved(2), submitted, requested));
  world.pass(HOURS);
  const stored = JSON.stringify(await world.rows());
  expect(stored).toContain('information-requested');
  expect(stored).not.toMatch(/jane\.doe|Janette|Canary|01234/i);
});
