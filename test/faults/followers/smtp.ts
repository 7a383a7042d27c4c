import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE } from '../../../src/core/clock.js';
import { code, minute, referrer, registered, started, submitted, type Given } from '../../mail/facts.js';
import type { Reception } from '../../mail/mail-server.js';
import { openPostOffice } from '../../mail/post-office.js';
import { own, prepareGround } from '../../mail/world.js';
import { Random } from '../random.js';
import type { Report } from '../report.js';
import { KillableSender } from './killable-sender.js';

const LOST = 'mails that neither arrived nor failed with a reason';
const EXTRA = 'mails that arrived more often than once and once for each unknown outcome';
const EXPIRED = 'codes that arrived after their end';
const TWO_IDS = 'mails that arrived twice under two ids';
const REFUSED = 'mails that failed although they were never refused for good';

/** What may befall a try, as often as it is listed. */
const fates: readonly (Reception | 'slow' | 'kill the sender')[] = [
  'take',
  'take',
  'take',
  'slow',
  { at: 'RCPT', code: 451 },
  { at: 'DATA', code: 451 },
  'hang up before DATA',
  'hang up after DATA',
  'kill the sender',
];
/** How often it is looked how far they are, in milliseconds. */
const LOOK = 50;
/** How long the mail server is away, once: longer than codes live. */
const OUTAGE = 10 * MINUTE;
/** Refused for good: one address in so many. */
const REFUSED_EVERY = 20;

/**
 * Sends mails through a server that answers 451 and 550, hangs up before and after DATA, and is slow, by senders that
 * are killed with mails under way, and that is away for ten minutes once. The first try of each is greylisted. Half of
 * them carry codes of five minutes.
 */
export async function smtpFaults(report: Report, { seed, mails }: { seed: number; mails: number }): Promise<void> {
  report.none(LOST, EXTRA, EXPIRED, TWO_IDS, REFUSED);
  const random = new Random(seed);
  const [ground, office] = [await prepareGround(), await openPostOffice()];
  const world = await ground.world();
  const tries = new Map<string, number>();
  const unknown = new Map<string, number>();
  const arrived = new Map<string, { id: string; at: number }[]>();
  const doubt = (address: string) => unknown.set(address, (unknown.get(address) ?? 0) + 1);
  const addresses = Array.from({ length: mails }, (_, n) => `person-${n}@example.org`);
  const isRefused = (address: string) => addresses.indexOf(address) % REFUSED_EVERY === 7;
  let sender = await KillableSender.start(world, office);
  office.receive = async (_nth, address) => {
    const nth = (tries.get(address) ?? 0) + 1;
    tries.set(address, nth);
    if (isRefused(address)) return done({ at: random.of(['RCPT', 'DATA']), code: 550 });
    if (nth === 1) return done({ at: 'RCPT', code: 451 });
    const fate = random.of(fates);
    if (fate === 'slow') await sleep(random.whole(100, 1_500));
    if (fate === 'kill the sender') {
      report.done('senders killed with mails under way');
      for (const one of await sender.kill()) doubt(one);
      sender = await KillableSender.start(world, office);
    }
    if (fate === 'hang up after DATA') doubt(address);
    return done(fate === 'slow' || fate === 'kill the sender' ? 'take' : fate, fate);
  };
  const done = (reception: Reception, said: unknown = reception) => {
    report.done(`tries: ${JSON.stringify(said)}`);
    return reception;
  };
  const collect = () => {
    for (const mail of office.received.splice(0)) {
      const address = mail.to![0]!.address!;
      const seen = arrived.get(address) ?? [];
      arrived.set(address, [...seen, { id: mail.messageId!, at: world.now }]);
    }
  };
  try {
    const streams = new Map<string, string>();
    for (const [n, email] of addresses.entries()) {
      const facts: Given[] =
        n % 2 === 0
          ? [{ ...registered, data: { ...referrer, email } } as Given, code(1, 'log-in', `challenge-${n}`)]
          : [withReferrer(started, email), withReferrer(submitted, email)];
      const { stream } = await world.happens(own(`${n % 2 === 0 ? 'account' : 'referral'}-faults-`), ...facts);
      streams.set(stream, email);
    }
    KillableSender.addressOf = (stream) => streams.get(stream)!;
    let open = mails;
    let wasAway = false;
    while (open > 0) {
      collect();
      let waiting = await world.waiting();
      if (!wasAway && waiting.length < mails / 2) {
        wasAway = true;
        for (const one of await sender.withoutOffice(OUTAGE, collect)) doubt(one);
        report.done('minutes without the mail server', OUTAGE / MINUTE);
        waiting = await world.waiting();
      }
      // Time stands still for what is under way. Where all wait for their next try, that of the first of them comes.
      const idle = waiting.every(({ claim, nextAttemptAt }) => claim === null && nextAttemptAt.getTime() > world.now);
      if (idle && waiting.length > 0)
        world.now = Math.min(...waiting.map(({ nextAttemptAt }) => nextAttemptAt.getTime()));
      sender.wake();
      await sleep(LOOK);
      open = waiting.length;
      report.progress(`${mails - open} of ${mails} mails done`);
    }
    await sleep(2_000);
    collect();
    for (const row of await world.rows()) {
      const address = streams.get(row.stream)!;
      const came = arrived.get(address) ?? [];
      const explained = row.status === 'FAILED' && row.problem !== null;
      report.check(came.length > 0 || explained, LOST, () => `${row.status} ${row.problem}`);
      report.check(came.length <= 1 + (unknown.get(address) ?? 0), EXTRA, () => `${came.length} times`);
      report.check(new Set(came.map(({ id }) => id)).size <= 1, TWO_IDS);
      const isCode = row.stream.startsWith('account-');
      report.check(!isCode || came.every(({ at }) => at < Date.parse(minute(5))), EXPIRED);
      const fair = isRefused(address) || (isCode && row.problem === 'expired');
      report.check(row.status === 'SENT' || fair, REFUSED, () => `${row.problem}`);
      report.done(`mails that ended ${row.status}${row.problem ? `: ${row.problem}` : ''}`);
      if (came.length > 1) report.done('mails that arrived again, their outcome being unknown', came.length - 1);
    }
  } finally {
    await sender.stop();
    await office.stop();
    await ground.end();
  }
}

function withReferrer(given: Given, email: string): Given {
  return { ...given, data: { ...given.data, referrer: { ...referrer, email } } } as Given;
}
