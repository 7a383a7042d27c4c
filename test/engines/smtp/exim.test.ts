import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Email } from 'postal-mime';
import { mailKinds } from '../../../projections/mail/mail.js';
import { preview } from '../../../projections/mail/preview.js';
import { smtpTransport } from '../../../projections/mail/smtp.js';
import { code, registered, referrer, started, submitted, type Given } from '../../mail/facts.js';
import { councils, own, prepareGround, until, type Ground, type World } from '../../mail/world.js';
import { Exim } from './exim.js';

let exim: Exim;
let ground: Ground;
let world: World;
beforeAll(async () => {
  [exim, ground] = await Promise.all([Exim.start(), prepareGround()]);
}, 300_000);
beforeEach(async () => void (world = await ground.world()));
afterEach(() => world.stop());
afterAll(async () => {
  await exim?.stop();
  await ground?.end();
});

/** Somebody registers, and is sent a code. */
const registers = (email: string): Promise<unknown> =>
  world.happens(own('account-exim-'), { ...registered, data: { ...referrer, email } } as Given, code());

/** The mail to an address: Exim hands on what it took in its own time. */
async function arrived(address: string): Promise<Email> {
  const isTo = (mail: Email) => mail.to?.some((recipient) => recipient.address === address) ?? false;
  await until(`a mail to ${address} arrived`, async () => (await exim.delivered()).some(isTo));
  return (await exim.delivered()).find(isTo)!;
}

test('takes a mail of every kind of every council, and hands it on as it was written', async () => {
  const transport = smtpTransport(exim.url, 4);
  const mails = councils.all().flatMap((council) =>
    mailKinds.map((kind) => {
      const id = `${kind}-of-${council.id}`;
      return { ...preview(kind, council), council, to: `${id}@example.org`, messageId: `<${id}@frontdoor.example>` };
    }),
  );
  const date = new Date('2026-11-20T09:30:00.000Z');
  await Promise.all(mails.map((mail) => transport.send({ ...mail, date }, new AbortController().signal)));
  transport.close();
  for (const { council, subject, text, html, messageId, ...mail } of mails) {
    const delivered = await arrived(mail.to);
    const { fromName, fromAddress, replyTo } = council.mail;
    expect(delivered).toMatchObject({
      subject,
      messageId,
      date: date.toISOString(),
      from: { name: fromName, address: fromAddress },
      returnPath: fromAddress,
    });
    expect(delivered.replyTo?.[0]?.address).toBe(replyTo ?? undefined);
    expect(delivered.text!.trim()).toBe(text.trim());
    expect(delivered.html!.trim()).toBe(html.trim());
  }
  for (const raw of exim.deliveredRaw()) {
    const lines = raw.toString('latin1').split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(998);
    // Once each: a relay adds what is missing.
    for (const name of ['Message-ID', 'Date', 'From', 'To', 'Auto-Submitted', 'Content-Type', 'MIME-Version']) {
      const header = lines.slice(0, lines.indexOf('')).filter((line) => line.startsWith(`${name}:`));
      expect(header).toHaveLength(1);
    }
  }
});

test('greylists: a mail that comes again is taken', async () => {
  await registers('greylisted@example.org');
  world.startSender(exim.url);
  await world.afterTries(1);
  expect(await world.row()).toMatchObject({ lastCode: 451, problem: 'the mail server answered 451 4.7.1 to RCPT TO' });
  // Its clock is not ours: the second may not be over.
  for (let tries = 2; (await world.row()).status !== 'SENT' && tries < 20; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    world.now = Math.max(world.now, (await world.row()).nextAttemptAt.getTime());
    world.wake();
  }
  expect(await world.row()).toMatchObject({ status: 'SENT', problem: null });
  await arrived('greylisted@example.org');
});

test('refuses whom it does not know: the mail fails at once, and says so without the address', async () => {
  await registers('refused@example.org');
  world.startSender(exim.url);
  await world.untilAll('FAILED');
  expect(await world.row()).toMatchObject({ attempts: 1, problem: 'the mail server answered 550 5.1.1 to RCPT TO' });
});

test('takes an address in letters of any script', async () => {
  await registers('zoë@exämple.org');
  world.startSender(exim.url);
  await world.untilAll('SENT');
  await arrived('zoë@exämple.org');
});

test('away for a while, gets every mail when it is back', async () => {
  await exim.kill();
  for (let nth = 0; nth < 20; nth += 1) {
    const email = `waiting-${nth}@example.org`;
    const theirs = (given: Given) => ({ ...given, data: { ...given.data, referrer: { ...referrer, email } } }) as Given;
    await world.happens(own('referral-exim-'), theirs(started), theirs(submitted));
  }
  world.startSender(exim.url);
  const tried = async () => (await world.rows()).filter(({ problem }) => problem !== null).length;
  while ((await tried()) < 20) await new Promise((resolve) => setTimeout(resolve, 50));
  await exim.resume();
  world.pass(3_000);
  world.wake();
  await world.untilAll('SENT');
  for (let nth = 0; nth < 20; nth += 1) await arrived(`waiting-${nth}@example.org`);
});

test('has nothing twice', async () => {
  const ids = (await exim.delivered()).map(({ messageId }) => messageId);
  expect(ids.length).toBeGreaterThan(50);
  expect(new Set(ids).size).toBe(ids.length);
});
