import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deriveCode, spacedCode } from '../../src/core/one-time-code.js';
import {
  ACCOUNT,
  code,
  EMAIL,
  minute,
  REFERRAL,
  referrer,
  registered,
  requested,
  started,
  submitted,
  type Given,
} from './facts.js';
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

describe('a mail', () => {
  test('arrives with its code, and is recorded as sent', async () => {
    const issued = await world.happens(own(ACCOUNT), registered, code(2, 'log-in'));
    world.startSender(office.url);
    await world.untilAll('SENT');
    const [mail] = office.received;
    expect(mail).toMatchObject({
      subject: 'Your log-in code for your Children and Families Services account',
      from: { name: 'Lancashire County Council', address: 'donotreply@lancashire.example' },
      to: [{ address: EMAIL }],
      messageId: `<${issued.id}@lancashire.example>`,
      date: '2026-11-20T09:30:00.000Z',
    });
    const shown = spacedCode(deriveCode(secrets, 'ch', 2, 8));
    expect(mail!.text!.split('\n')).toContain(shown);
    expect(mail!.html).toContain(`>${shown}<`);
    const headers = Object.fromEntries(mail!.headers.map(({ key, value }) => [key, value]));
    expect(headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' });
    expect(headers).not.toHaveProperty('x-mailer');
    expect(await world.row()).toMatchObject({ attempts: 1, sentAt: new Date(world.now), problem: null, lastCode: 250 });
  });

  test('tells nothing of the person or the case beyond its reference', async () => {
    const stream = own(REFERRAL);
    await world.happens(stream, started, submitted);
    await world.happens(stream, requested);
    world.startSender(office.url);
    await world.untilAll('SENT');
    expect(office.received).toHaveLength(2);
    for (const { text, html, subject } of office.received) {
      expect(text).toContain('LCC2C-4F6H-7K9MPR');
      expect(`${subject}${text}${html}`).not.toMatch(/Janette|Canary|jane|01234/i);
    }
  });

  test('goes out again after a greylisting, and once', async () => {
    office.receive = (nth) => (nth < 3 ? { at: 'RCPT', code: 451 } : 'take');
    await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await world.afterTries(1);
    expect(await world.row()).toMatchObject({
      problem: 'the mail server answered 451 4.1.1 to RCPT TO',
      lastCode: 451,
    });
    await world.afterTries(2);
    await world.untilAll('SENT');
    expect(await world.row()).toMatchObject({ attempts: 3, problem: null });
    expect(office.received).toHaveLength(1);
  });

  test.each(['RCPT', 'DATA'] as const)('refused for good at %s fails, and says so without the address', async (at) => {
    office.receive = () => ({ at, code: 550 });
    await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await world.untilAll('FAILED');
    const { problem, attempts, lastCode } = await world.row();
    expect({ problem, attempts, lastCode }).toEqual({
      problem: `the mail server answered 550 5.1.1 to ${at === 'RCPT' ? 'RCPT TO' : 'DATA'}`,
      attempts: 1,
      lastCode: 550,
    });
    expect(world.reports).toEqual([expect.stringContaining('(submission-confirmation) failed: the mail server')]);
  });

  test('that failed can be sent again, as a mail of its own', async () => {
    office.receive = (nth) => (nth === 1 ? { at: 'RCPT', code: 550 } : 'take');
    const fact = await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await world.untilAll('FAILED');
    await world.ledger.requeue((await world.row())._id, 'command-1');
    world.wake();
    await world.untilAll('SENT');
    expect(office.received[0]!.messageId).toBe(`<${fact.id}.1@lancashire.example>`);
  });

  test('whose outcome is unknown comes at most once more, under the same id', async () => {
    office.receive = (nth) => (nth === 1 ? 'hang up after DATA' : 'take');
    await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await world.afterTries(1);
    await world.untilAll('SENT');
    expect(office.received).toHaveLength(2);
    expect(new Set(office.received.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('waits while there is no mail server', async () => {
    const { port } = office;
    await office.stop();
    await world.happens(own(REFERRAL), started, submitted);
    world.startSender(`smtp://127.0.0.1:${port}`);
    await until('a try failed', async () => (await world.row()).problem !== null);
    expect((await world.row()).problem).toMatch(/^not sent: E[A-Z]+$/);
    office = await openPostOffice(port);
    await world.afterTries(1);
    await world.untilAll('SENT');
    expect(office.received).toHaveLength(1);
  });

  test('is given up after a day', async () => {
    office.receive = () => ({ at: 'RCPT', code: 451 });
    await world.happens(own(REFERRAL), started, submitted);
    world.startSender(office.url);
    await world.afterTries(1);
    await world.afterTries(2);
    world.pass(24 * 3_600_000);
    world.wake();
    await world.untilAll('FAILED');
    expect((await world.row()).problem).toBe('given up; the mail server answered 451 4.1.1 to RCPT TO');
  });
});

describe('no mail is sent', () => {
  test('with a code that has expired meanwhile', async () => {
    office.receive = () => ({ at: 'RCPT', code: 451 });
    await world.happens(own(ACCOUNT), registered, code());
    world.startSender(office.url);
    await world.afterTries(1);
    office.receive = () => 'take';
    world.now = Date.parse(minute(5));
    world.wake();
    await world.untilAll('FAILED');
    expect((await world.row()).problem).toBe('expired');
    expect(office.received).toEqual([]);
  });

  test('with a code up to a millisecond before its end it still is', async () => {
    await world.happens(own(ACCOUNT), registered, code());
    world.now = Date.parse(minute(5)) - 1;
    world.startSender(office.url);
    await world.untilAll('SENT');
  });

  test('with a code that another has replaced', async () => {
    const stream = own(ACCOUNT);
    await world.happens(stream, registered, code(1));
    await world.happens(stream, code(2));
    await world.happens(stream, code(1, 'reset', 'another challenge'));
    world.startSender(office.url);
    await until('all were dealt with', async () => (await world.rows()).every((row) => row.status !== 'QUEUED'));
    expect((await world.rows()).map(({ status, problem }) => problem ?? status)).toEqual([
      'replaced by a newer code',
      'SENT',
      'SENT',
    ]);
    expect(office.received).toHaveLength(2);
  });

  test('to somebody erased', async () => {
    const stream = own(REFERRAL);
    await world.happens(stream, started, submitted);
    await world.keys.destroy(stream, world.clock.now());
    world.startSender(office.url);
    await world.untilAll('FAILED');
    expect((await world.row()).problem).toBe('erased');
    expect(office.tries).toBe(0);
  });

  test.each(['jane@example.org\r\nRCPT TO:<all@example.org>', 'jane@example.org, all@example.org'])(
    'to %j',
    async (email) => {
      const hostile: Given = {
        type: 'FormStarted',
        data: { ...started.data, referrer: { ...referrer, email } },
      };
      const sent: Given = {
        type: 'FormSubmitted',
        data: { ...submitted.data, referrer: { ...referrer, email } } as object,
      };
      await world.happens(own(REFERRAL), hostile, sent);
      world.startSender(office.url);
      await world.untilAll('FAILED');
      expect((await world.row()).problem).toBe('address not valid');
      expect(office.tries).toBe(0);
    },
  );
});
