import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Leases } from '../../projections/lease.js';
import { LEASE } from '../../projections/mail/ledger.js';
import type { DomainEvent, StreamKind } from '../../src/core/decider.js';
import { noHead } from '../../src/core/event-log.js';
import { deriveCode, spacedCode } from '../../src/core/one-time-code.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { startSmtp } from '../support/smtp.js';
import { ACCOUNT, code, EMAIL, REFERRAL, registered, requested, started, submitted } from './facts.js';
import { openPostOffice, type PostOffice } from './post-office.js';
import { own, prepareGround, secrets, until, type Ground, type World } from './world.js';

let ground: Ground;
let world: World;
let office: PostOffice;
beforeAll(async () => void (ground = await prepareGround()));
beforeEach(async () => {
  world = await ground.world();
  office = await openPostOffice();
});
afterEach(async () => {
  await world.stop();
  await office.stop();
});
afterAll(() => ground.end());

/** Counts how often a sender looks for mails from now on. */
function looksOf({ ledger }: World): { count: number } {
  const looks = { count: 0 };
  const claim = ledger.claim.bind(ledger);
  ledger.claim = (...given) => ((looks.count += 1), claim(...given));
  return looks;
}

const SYSTEM = { kind: 'system' as const, id: 'test', name: 'Test' };
const isSent = ({ status }: { status: string }) => status === 'SENT';

describe('the sender', () => {
  test('shares its work with others: each mail goes out once', async () => {
    for (let n = 0; n < 30; n += 1) await world.happens(own(REFERRAL), started, submitted);
    for (let n = 0; n < 3; n += 1) world.startSender(office.url);
    await world.untilAll('SENT');
    expect(office.received).toHaveLength(30);
    expect(new Set(office.received.map(({ messageId }) => messageId)).size).toBe(30);
  });

  test('leaves a mail to a newer release where it knows its kind or its event only from there', async () => {
    const { id, stream, revision, council, at } = await world.happens(own(REFERRAL), started, submitted);
    const entry = { stream, revision, council, to: 'a…', referralId: null, at, urgent: true };
    await world.ledger.queue([{ ...entry, factId: id, kind: 'form-archived' as never }]);
    const clear = { ...referralKind.clear, FormArchived: [] };
    const kind = { ...referralKind, clear } as unknown as StreamKind<DomainEvent>;
    const archived = own(REFERRAL);
    const context = { commandId: id, commandHash: '', council, actor: SYSTEM, correlationId: 'c', at };
    const { facts } = await world.log.append(kind, archived, noHead, [{ type: 'FormArchived', data: {} }], context);
    const newer = { ...entry, stream: archived, revision: 0, factId: facts[0]!.id, kind: 'update' as const };
    await world.ledger.queue([newer]);
    world.startSender(office.url);
    await until('the known mail was sent', async () => (await world.rows()).some(isSent));
    await until('the other was looked at', async () =>
      (await world.waiting()).some(
        ({ kind, nextAttemptAt }) => kind === 'update' && nextAttemptAt.getTime() > world.now,
      ),
    );
    const left = (await world.rows()).map(({ kind, status, problem }) => ({ kind, status, problem }));
    expect(left).toEqual(
      expect.arrayContaining([
        { kind: 'submission-confirmation', status: 'SENT', problem: null },
        { kind: 'form-archived', status: 'QUEUED', problem: null },
        { kind: 'update', status: 'QUEUED', problem: null },
      ]),
    );
    expect(office.received).toHaveLength(1);
  });

  test('takes up what a process left behind, once its lease is over', async () => {
    await world.happens(own(REFERRAL), started, submitted);
    await world.ledger.claim([], 'another');
    world.startSender(office.url);
    world.pass(LEASE);
    await world.untilAll('SENT');
    expect(await world.row()).toMatchObject({ attempts: 2 });
    expect(office.received).toHaveLength(1);
  });

  test('takes up what a process had begun as soon as that process is not heard of any more', async () => {
    await world.happens(own(REFERRAL), started, submitted);
    const dead = new Leases(world.vault, 'dead');
    await dead.hold('mail-sender/dead');
    await world.ledger.claim([], 'dead');
    const looks = looksOf(world);
    world.startSender(office.url);
    await until('it looked a few times', () => looks.count > 3);
    expect(office.tries).toBe(0);
    await world.vault.collection('leases').updateOne({ holder: 'dead' }, { $set: { expiresAt: new Date(0) } });
    // The world's clock stands still: the mail's own lease never runs out.
    await world.untilAll('SENT');
    expect(office.received).toHaveLength(1);
  });

  test('leaves a mail alone once it cannot be sure any more that it is still there', async () => {
    let compose = () => {};
    const composing = new Promise<void>((resolve) => (compose = resolve));
    await world.happens(own(REFERRAL), started, submitted);
    const real = world.log.records.bind(world.log);
    let held = true;
    world.log.records = async function* (stream) {
      compose();
      await new Promise((resolve) => setTimeout(resolve, 200));
      yield* real(stream);
    };
    const leases = { ...world.leasesOf('frozen'), isSurelyHeld: () => held };
    world.startSender(office.url, leases);
    await composing;
    held = false;
    await until('the mail was left', async () => (await world.row()).attempts === 0);
    expect(office.tries).toBe(0);
    expect(await world.row()).toMatchObject({ status: 'QUEUED' });
    held = true;
    await world.untilAll('SENT');
    expect(office.received).toHaveLength(1);
  });

  test('sends the mails of one stream in their order', async () => {
    office.receive = (nth) => new Promise((resolve) => setTimeout(() => resolve('take'), nth === 1 ? 150 : 0));
    const stream = own(REFERRAL);
    await world.happens(stream, started, submitted);
    await world.happens(stream, requested);
    world.startSender(office.url);
    await world.untilAll('SENT');
    expect(office.received.map(({ subject }) => subject!.split(' ')[0])).toEqual(['Confirmation', 'Further']);
  });

  test('asks for as many mails as were queued, and for others every half second', async () => {
    const looks = looksOf(world);
    const begun = performance.now();
    world.startSender(office.url);
    for (let n = 1; n <= 20; n += 1) {
      await world.happens(own(REFERRAL), started, submitted);
      await until(`${n} were sent`, async () => (await world.rows()).filter(isSent).length === n);
    }
    const halfSeconds = (performance.now() - begun) / 500;
    // Once more where it looked while one was being sent: that one's stream may have had another.
    expect(looks.count).toBeLessThanOrEqual(20 + 2 * (halfSeconds + 1));
  });

  test('sends the next mail of a stream once the one before has been sent, without looking for it by time', async () => {
    office.receive = () => new Promise((resolve) => setTimeout(() => resolve('take'), 50));
    world.startSender(office.url);
    const stream = own(REFERRAL);
    const [first, second] = [await world.record(stream, started, submitted), await world.record(stream, requested)];
    const stopped = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    await world.queue(first);
    await world.queue(second);
    await world.untilAll('SENT');
    stopped.mockRestore();
    expect(office.received).toHaveLength(2);
  });

  test('sends on past a mail that the server is slow with, and that one once', async () => {
    let answer = () => {};
    const slow = new Promise<void>((resolve) => (answer = resolve));
    office.receive = async (nth) => (nth === 1 ? slow.then(() => 'take' as const) : 'take');
    for (let n = 0; n < 12; n += 1) await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await until('all others were sent', async () => (await world.rows()).filter(isSent).length === 11);
    expect(office.received).toHaveLength(11);
    answer();
    await world.untilAll('SENT');
    expect(new Set(office.received.map(({ messageId }) => messageId)).size).toBe(12);
    expect(office.tries).toBe(12);
  });

  test('stops once what is under way has been sent and recorded', async () => {
    let arrived = () => {};
    const underWay = new Promise<void>((resolve) => (arrived = resolve));
    office.receive = () => {
      arrived();
      return new Promise((resolve) => setTimeout(() => resolve('take'), 200));
    };
    await world.happens(own(REFERRAL), started, submitted);
    const sender = world.startSender(office.url);
    await underWay;
    await sender.stop();
    expect((await world.row()).status).toBe('SENT');
    await world.happens(own(REFERRAL), started, submitted);
    sender.wake();
    expect((await world.rows())[1]!.status).toBe('QUEUED');
  });

  test('waits while the event store is away', async () => {
    await world.happens(own(REFERRAL), started, submitted);
    await ground.killStore();
    world.startSender(office.url);
    await until('a try failed', async () => (await world.row()).problem !== null);
    await ground.restartStore();
    for (let tries = (await world.row()).attempts; (await world.row()).status !== 'SENT' && tries < 20; tries += 1) {
      await until(
        'there was another try',
        async () => (await world.row()).attempts === tries && (await world.row()).problem !== null,
      );
      world.now = (await world.row()).nextAttemptAt.getTime();
      world.wake();
      await until(
        'it ended',
        async () => (await world.row()).status === 'SENT' || (await world.row()).attempts > tries,
      );
    }
    expect((await world.row()).status).toBe('SENT');
    expect(office.received).toHaveLength(1);
  });

  test('records a mail that was sent while MongoDB was away, and does not send it again', async () => {
    office.receive = async () => {
      await ground.mongo.kill();
      return 'take' as const;
    };
    await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await until('the ledger was missed', () => world.reports.length > 0);
    expect(world.reports[0]).toMatch(/^the mail ledger cannot be used: Mongo/);
    expect(office.received).toHaveLength(1);
    world.pass(10 * LEASE);
    office.receive = () => 'take';
    await ground.restartMongo();
    await world.untilAll('SENT');
    expect(await world.row()).toMatchObject({ attempts: 1 });
    expect(office.received).toHaveLength(1);
  });
});

test('reaches the mailbox of the embedded mail server', async () => {
  const smtp = await startSmtp();
  try {
    await world.happens(own(ACCOUNT), registered, code(1, 'registration'));
    world.startSender(smtp.url);
    await world.untilAll('SENT');
    const reply = await fetch(`${smtp.httpUrl}/mailbox.json?to=${encodeURIComponent(EMAIL)}`);
    const [mail] = (await reply.json()) as { text: string }[];
    expect(mail!.text).toContain(spacedCode(deriveCode(secrets, 'ch', 1, 8)));
  } finally {
    await world.stop();
    await smtp.stop();
  }
});
