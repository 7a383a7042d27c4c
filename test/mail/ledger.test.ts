import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LEASE, type MailEntry } from '../../projections/mail/ledger.js';
import { derivedId } from '../../src/core/ids.js';
import { minute, REFERRAL, REFERRAL_ID } from './facts.js';
import { prepareGround, type Ground, type World } from './world.js';

let ground: Ground;
let world: World;
beforeAll(async () => void (ground = await prepareGround()));
beforeEach(async () => void (world = await ground.world()));
afterAll(() => ground.end());

function entry(n: number, changes: Partial<MailEntry> = {}): MailEntry {
  return {
    factId: derivedId('fact', n),
    stream: `referral-${n}`,
    revision: n,
    council: 'lancashire',
    kind: 'submission-confirmation',
    to: 'j***@example.org',
    referralId: REFERRAL_ID,
    at: minute(n),
    urgent: false,
    ...changes,
  };
}
const id = (n: number) => derivedId(derivedId('fact', n), 'submission-confirmation');
const claimed = async (busy: string[] = []) => (await world.ledger.claim(busy, 'another'))?._id ?? null;
const sent = { status: 'SENT' } as const;
const failed = { status: 'FAILED', problem: 'no such mailbox', code: 550 } as const;

describe('the ledger', () => {
  test('queues a fact’s mail once, however often the fact comes', async () => {
    await world.ledger.queue([entry(1), entry(2), entry(1)]);
    await world.ledger.record((await world.ledger.claim([], 'another'))!, sent);
    await world.ledger.queue([entry(1), entry(2)]);
    const mails = await world.ledger.ofReferral(REFERRAL_ID);
    expect(mails.map(({ id, status }) => [id, status])).toEqual([
      [id(1), 'SENT'],
      [id(2), 'QUEUED'],
    ]);
  });

  test('queues two kinds of mail for one fact apart, and nothing for none', async () => {
    await world.ledger.queue([]);
    await world.ledger.queue([entry(1), entry(1, { kind: 'update' })]);
    expect(await world.ledger.ofReferral(REFERRAL_ID)).toHaveLength(2);
  });

  test('tells the mails of one referral, oldest first', async () => {
    await world.ledger.queue([entry(3)]);
    world.pass(1_000);
    await world.ledger.queue([entry(2), entry(1), entry(9, { referralId: 'other' })]);
    const mails = await world.ledger.ofReferral(REFERRAL_ID);
    expect(mails.map(({ id }) => id)).toEqual([id(3), id(1), id(2)]);
    expect(mails[0]).toEqual({
      id: id(3),
      council: 'lancashire',
      referralId: REFERRAL_ID,
      kind: 'submission-confirmation',
      to: 'j***@example.org',
      status: 'QUEUED',
      attempts: 0,
      queuedAt: new Date(world.now - 1_000),
      sentAt: null,
      problem: null,
    });
    expect(await world.ledger.byId(id(3))).toEqual(mails[0]);
    expect(await world.ledger.byId('unknown')).toBeNull();
  });

  test('gives codes first, then what was decided first, and nothing before it is due', async () => {
    world.pass(3_600_000);
    await world.ledger.queue([entry(2), entry(1), entry(3, { urgent: true }), entry(4)]);
    const first = await world.ledger.claim([], 'another');
    expect(first?._id).toBe(id(3));
    const later = { status: 'QUEUED', problem: 'x', code: 451, at: new Date(world.now + 5_000) } as const;
    await world.ledger.record(first!, later);
    expect([await claimed(), await claimed(), await claimed(), await claimed()]).toEqual([id(1), id(2), id(4), null]);
    world.pass(4_999);
    expect(await claimed()).toBeNull();
    world.pass(1);
    expect(await claimed()).toBe(id(3));
  });

  test('a fact from a clock that runs ahead is due all the same', async () => {
    await world.ledger.queue([entry(600)]);
    expect(await claimed()).toBe(id(600));
  });

  test('passes over streams that are busy', async () => {
    await world.ledger.queue([entry(1), entry(2)]);
    expect(await claimed(['referral-1'])).toBe(id(2));
    expect(await claimed(['referral-1'])).toBeNull();
  });

  test('gives each mail to one claim, however many ask at once', async () => {
    await world.ledger.queue(Array.from({ length: 20 }, (_, n) => entry(n)));
    const claims = await Promise.all(Array.from({ length: 40 }, () => claimed()));
    const given = claims.filter((claim) => claim !== null);
    expect(given).toHaveLength(20);
    expect(new Set(given).size).toBe(20);
  });

  test('gives a claimed mail again only when the lease is over, and counts both tries', async () => {
    await world.ledger.queue([entry(1)]);
    await claimed();
    world.pass(LEASE - 1);
    expect(await claimed()).toBeNull();
    world.pass(1);
    expect((await world.ledger.claim([], 'another'))?.attempts).toBe(2);
  });

  test('a failure that comes after the mail was claimed anew does not count; that it was sent does', async () => {
    await world.ledger.queue([entry(1)]);
    const lost = (await world.ledger.claim([], 'another'))!;
    world.pass(LEASE);
    await world.ledger.claim([], 'another');
    await world.ledger.record(lost, failed);
    expect((await world.ledger.byId(id(1)))?.status).toBe('QUEUED');
    await world.ledger.record(lost, sent);
    expect(await world.ledger.byId(id(1))).toMatchObject({ status: 'SENT', sentAt: new Date(world.now) });
  });

  test('keeps what became of a mail', async () => {
    await world.ledger.queue([entry(1)]);
    await world.ledger.record((await world.ledger.claim([], 'another'))!, failed);
    expect(await world.ledger.byId(id(1))).toMatchObject({ status: 'FAILED', problem: 'no such mailbox', attempts: 1 });
    expect(await claimed()).toBeNull();
  });
});

describe('sending again', () => {
  test('queues a failed or sent mail, once for a command', async () => {
    await world.ledger.queue([entry(1)]);
    await world.ledger.record((await world.ledger.claim([], 'another'))!, failed);
    expect(await world.ledger.requeue(id(1), 'command-1')).toMatchObject({
      status: 'QUEUED',
      problem: null,
      attempts: 1,
    });
    await world.ledger.record((await world.ledger.claim([], 'another'))!, sent);
    expect(await world.ledger.requeue(id(1), 'command-1')).toMatchObject({ status: 'SENT' });
    expect(await world.ledger.requeue(id(1), 'command-2')).toMatchObject({ status: 'QUEUED', attempts: 2 });
    expect((await world.ledger.claim([], 'another'))?.resends).toBe(2);
  });

  test('brings forward a mail that waits for its next try', async () => {
    await world.ledger.queue([entry(1)]);
    const again = { status: 'QUEUED', problem: 'x', code: 451, at: new Date(world.now + 900_000) } as const;
    await world.ledger.record((await world.ledger.claim([], 'another'))!, again);
    await world.ledger.requeue(id(1), 'command-1');
    expect(await claimed()).toBe(id(1));
  });

  test('leaves a mail alone that is being sent at this moment', async () => {
    await world.ledger.queue([entry(1)]);
    await claimed();
    await world.ledger.requeue(id(1), 'command-1');
    expect(await claimed()).toBeNull();
  });

  test('says where there is no such mail', async () => {
    expect(await world.ledger.requeue('unknown', 'command-1')).toBeNull();
  });
});

test('what is left of an address goes with its owner', async () => {
  await world.ledger.queue([entry(1, { stream: REFERRAL }), entry(2)]);
  await world.ledger.forget(REFERRAL);
  expect((await world.ledger.byId(id(1)))?.to).toBe('***');
  expect((await world.ledger.byId(id(2)))?.to).toBe('j***@example.org');
});

test('mails of accounts are removed after 30 days, those of referrals stay', async () => {
  await world.ledger.queue([entry(1), entry(2, { referralId: null })]);
  const mails = world.vault.collection<{ _id: string; keptUntil: Date | null }>('mails');
  expect((await mails.findOne({ _id: id(1) }))?.keptUntil).toBeNull();
  expect((await mails.findOne({ _id: id(2) }))?.keptUntil).toEqual(new Date(world.now + 30 * 86_400_000));
  expect(await mails.indexes()).toContainEqual(
    expect.objectContaining({ key: { keptUntil: 1 }, expireAfterSeconds: 0 }),
  );
});
