import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { project } from '../../projections/project.js';
import { Leases } from '../../projections/lease.js';
import { isDaytime, localDay, quietUntil } from '../../projections/mail/daytime.js';
import { ReminderSweep } from '../../projections/mail/remind.js';
import { reminders } from '../../projections/reminders.js';
import { savedForms } from '../../projections/saved-forms.js';
import { DAY, MINUTE } from '../../src/core/clock.js';
import { Logger } from '../../src/core/logger.js';
import { EMAIL, facts, minute, REFERRAL, requested, saved, started, START, submitted } from './facts.js';
import { openPostOffice, type PostOffice } from './post-office.js';
import { councils, own, prepareGround, type Ground, type World } from './world.js';
import { until } from '../support/until.js';

let ground: Ground;
let world: World;
let office: PostOffice;
beforeAll(async () => {
  ground = await prepareGround();
});
afterAll(() => ground.end());
beforeEach(async () => {
  world = await ground.world();
  office = await openPostOffice();
});
afterEach(async () => {
  await world.stop();
  await office.stop();
});

const HOUR = 60 * MINUTE;
const sweep = (holder = 'one') => {
  const { vault, log, ledger, clock } = world;
  const leases = new Leases(vault, holder);
  const wake = () => world.wake();
  return new ReminderSweep({ views: vault, log, ledger, councils, leases, clock, logger: new Logger('silent'), wake });
};
/** Records facts and folds them into the read models, as their followers do. */
const happens = async (stream: string, ...events: Parameters<World['record']>[1][]) => {
  for (const event of events) {
    const recorded = await world.record(stream, event);
    await project(savedForms, world.vault.collection('saved-forms'), recorded as never);
    await project(reminders, world.vault.collection('reminders'), recorded as never);
  }
};
const at = (iso: string) => (world.now = Date.parse(iso));
const kinds = async () => (await world.rows()).map(({ kind }) => kind);

describe('a saved form', () => {
  // Saved on 20 November at 9:30; erased 30 days later, on 20 December at 9:30.
  const draft = async () => {
    const stream = own(REFERRAL);
    await happens(stream, started, saved(2));
    return stream;
  };

  test('is announced as nearly erased three days before, by day, once', async () => {
    await draft();
    at('2026-12-17T09:29:59Z');
    expect(await sweep().sweep()).toBe(0);
    at('2026-12-17T09:30:00Z');
    expect(await sweep().sweep()).toBe(1);
    expect(await sweep().sweep()).toBe(0);
    world.pass(DAY);
    expect(await sweep('another').sweep()).toBe(0);
    expect(await world.rows()).toMatchObject([{ kind: 'saved-form-expiring', to: 'j***@example.org' }]);
    world.startSender(office.url);
    await world.untilAll('SENT');
    expect(office.received[0]).toMatchObject({
      text: expect.stringContaining('It is kept until 20 December 2026.'),
      to: [{ address: EMAIL }],
    });
  });

  test('is not announced by night, nor once it is gone', async () => {
    await draft();
    at('2026-12-17T17:00:00Z');
    expect(await sweep().sweep()).toBe(0);
    at('2026-12-18T08:59:59Z');
    expect(await sweep().sweep()).toBe(0);
    at('2026-12-20T09:30:00Z');
    expect(await sweep().sweep()).toBe(0);
    at('2026-12-20T09:29:59Z');
    expect(await sweep().sweep()).toBe(1);
  });

  test('saved again, is announced again before its new end', async () => {
    const stream = await draft();
    at('2026-12-18T12:00:00Z');
    expect(await sweep().sweep()).toBe(1);
    const until = '2027-01-17T12:00:00.000Z';
    await happens(stream, { type: 'AnswersSaved', data: { savedRevision: 3, expiresAt: until, patch: {} } });
    at('2027-01-15T12:00:00Z');
    expect(await sweep().sweep()).toBe(1);
    expect(await kinds()).toEqual(['saved-form-expiring', 'saved-form-expiring']);
  });

  test('saved or submitted while its mail waits, is not announced any more', async () => {
    const [again, sent] = [await draft(), await draft()];
    at('2026-12-18T12:00:00Z');
    expect(await sweep().sweep()).toBe(2);
    const until = '2027-01-17T12:00:00.000Z';
    await happens(again, { type: 'AnswersSaved', data: { savedRevision: 3, expiresAt: until, patch: {} } });
    await happens(sent, submitted);
    world.startSender(office.url);
    await world.untilAll('FAILED');
    expect(office.received).toEqual([]);
    expect((await world.rows()).map(({ problem }) => problem)).toEqual(Array(2).fill('not called for any more'));
  });

  test('queued by day and delayed by the mail server, waits for the morning', async () => {
    await draft();
    at('2026-12-17T16:59:00Z');
    await sweep().sweep();
    at('2026-12-17T17:00:00Z');
    const sender = world.startSender(office.url);
    await until(async () => (await world.row()).nextAttemptAt.toISOString() === '2026-12-18T09:00:00.000Z');
    expect(await world.row()).toMatchObject({ status: 'QUEUED', attempts: 0, problem: null });
    at('2026-12-18T09:00:00Z');
    sender.wake();
    await world.untilAll('SENT');
  });

  test('is announced once by ten sweeps at once', async () => {
    await draft();
    at('2026-12-18T12:00:00Z');
    await Promise.all(Array.from({ length: 10 }, (_, n) => sweep(`sweep-${n}`).sweep()));
    await sweep().sweep();
    expect(await kinds()).toEqual(['saved-form-expiring']);
  });
});

describe('a request for information', () => {
  // To be answered by 4 December.
  const open = async () => {
    const stream = own(REFERRAL);
    await happens(stream, started, submitted, requested);
    return stream;
  };

  test('is announced as overdue the day after, by day, once', async () => {
    await open();
    at('2026-12-04T16:00:00Z');
    expect(await sweep().sweep()).toBe(0);
    at('2026-12-05T08:00:00Z');
    expect(await sweep().sweep()).toBe(0);
    at('2026-12-05T09:00:00Z');
    expect(await sweep().sweep()).toBe(1);
    world.pass(HOUR);
    expect(await sweep().sweep()).toBe(0);
    world.startSender(office.url);
    await world.untilAll('SENT');
    expect(office.received[0]!.text).toContain('4 December 2026');
  });

  test('retracted or answered meanwhile, is not', async () => {
    const stream = await open();
    at('2026-12-05T09:00:00Z');
    await sweep().sweep();
    await happens(stream, { type: 'InformationRequestRetracted', data: { requestId: 'r1', revision: 3, reason: 'x' } });
    expect(await sweep().sweep()).toBe(0);
    world.startSender(office.url);
    await world.untilAll('FAILED');
    expect(await world.rows()).toMatchObject([{ problem: 'not called for any more' }]);
  });

  test('has a Message-ID other than that of the mail by which it was sent', async () => {
    const stream = own(REFERRAL);
    await happens(stream, started, submitted, requested);
    await world.queue(facts(stream, [started], [submitted], [requested]).slice(2));
    at('2026-12-05T09:00:00Z');
    await sweep().sweep();
    world.startSender(office.url);
    await world.untilAll('SENT');
    expect(new Set(office.received.map(({ messageId }) => messageId)).size).toBe(office.received.length);
  });
});

describe('daytime', () => {
  test.each([
    ['2026-11-20T08:59:59.999Z', false],
    ['2026-11-20T09:00:00.000Z', true],
    ['2026-11-20T16:59:59.999Z', true],
    ['2026-11-20T17:00:00.000Z', false],
    // Summer time: clocks are an hour ahead of UTC.
    ['2026-06-20T07:59:59.999Z', false],
    ['2026-06-20T08:00:00.000Z', true],
    ['2026-06-20T16:00:00.000Z', false],
  ])('%s in London: %s', (iso, day) => expect(isDaytime(new Date(iso), 'Europe/London')).toBe(day));

  test.each([
    ['2026-11-20T12:00:00Z', 'Europe/London', undefined],
    ['2026-11-20T17:07:00Z', 'Europe/London', '2026-11-21T09:00:00.000Z'],
    ['2026-11-20T03:00:00Z', 'Europe/London', '2026-11-20T09:00:00.000Z'],
    // The night in which the clocks go forward.
    ['2026-03-28T22:00:00Z', 'Europe/London', '2026-03-29T08:00:00.000Z'],
    ['2026-11-20T20:00:00Z', 'Asia/Kathmandu', '2026-11-21T03:15:00.000Z'],
  ])('the quiet hours at %s in %s end at %s', (iso, zone, end) => {
    expect(quietUntil(new Date(iso), zone)?.toISOString()).toBe(end);
  });

  test('a day is the council’s own', () => {
    expect(localDay(new Date('2026-06-30T23:30:00Z'), 'Europe/London')).toBe('2026-07-01');
    expect(localDay(new Date(START), 'Europe/London')).toBe('2026-11-20');
    expect(minute(0)).toBe(START);
  });
});
