import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountDecider } from '../../src/account/account.decider.js';
import { accountKind, accountStream } from '../../src/account/account.events.js';
import { loadConfig } from '../../src/config.js';
import { projectRoot } from '../../src/core/project-root.js';
import { systemClock } from '../../src/core/clock.js';
import { openPlatform, type Platform } from '../../src/platform.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import { referralKind, referralStream } from '../../src/referral/referral.events.js';
import { startEventStore } from '../support/faults-store.js';
import { startMongo } from '../support/mongo.js';
import { startSmtp } from '../support/smtp.js';
import { Random } from './random.js';
import { Report } from './report.js';

const FORMS_A_CYCLE = 8;
const LEFT = 'saved forms past their day with a key, a file or a row left';
const TWICE = 'saved forms that expired twice';
const OTHERS = 'saved forms erased before their day';
const REGISTRATIONS_A_CYCLE = 4;
const UNCONFIRMED = 'registrations that nobody confirmed with a key or a row left, or erased twice';
const CONFIRMED = 'confirmed registrations erased';
/** How long the last process may take to end what the killed ones began, in milliseconds. */
const PATIENCE = 120_000;

/** Kills the process that erases saved forms and registrations, mid-sweep, over and over; then lets one end what they began. */
export async function erasureFaults({ seed, cycles }: { seed: number; cycles: number }): Promise<Report> {
  const report = new Report();
  report.none(LEFT, TWICE, OTHERS, UNCONFIRMED, CONFIRMED);
  const random = new Random(seed);
  const [events, mongo, smtp] = await Promise.all([startEventStore(), startMongo(), startSmtp()]);
  const dataDir = mkdtempSync(join(tmpdir(), 'faults-erasure-'));
  const env = {
    DATA_DIR: dataDir,
    EVENTSTORE_URL: events.url,
    MONGO_URL: mongo.url,
    SMTP_URL: smtp.url,
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
  };
  const platform = await openPlatform(loadConfig(env), systemClock);
  try {
    const [due, kept]: [string[], string[]] = [[], []];
    const [unconfirmed, confirmed]: [string[], string[]] = [[], []];
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      for (let n = 0; n < FORMS_A_CYCLE; n += 1) due.push(await begun(platform, -1));
      kept.push(await begun(platform, 60 * 60_000));
      for (let n = 0; n < REGISTRATIONS_A_CYCLE; n += 1) unconfirmed.push(await registered(platform, false));
      confirmed.push(await registered(platform, true));
      const sweeper = await start(env);
      await sleep(random.whole(0, 400));
      sweeper.kill('SIGKILL');
      await once(sweeper, 'exit');
      report.done('kills −9 mid-sweep');
      report.progress(`${cycle} of ${cycles} kills`);
    }
    const before = await Promise.all(due.map((id) => isLeft(platform, id)));
    report.done('of these erased whole before the last process began', before.filter((left) => !left).length);
    const last = await start(env);
    const until = Date.now() + PATIENCE;
    for (const id of due) {
      while (Date.now() < until && (await isLeft(platform, id))) await sleep(20);
      report.check(!(await isLeft(platform, id)), LEFT, () => id);
      report.check((await ends(platform, id)) === 1, TWICE, () => id);
    }
    for (const id of kept)
      report.check((await ends(platform, id)) === 0 && (await isLeft(platform, id)), OTHERS, () => id);
    report.done('saved forms past their day, each with a file', due.length);
    for (const stream of unconfirmed) {
      const isOver = async () => !(await isKnown(platform, stream));
      while (Date.now() < until && !(await isOver())) await sleep(20);
      report.check((await isOver()) && (await erasures(platform, stream)) === 1, UNCONFIRMED, () => stream);
    }
    for (const stream of confirmed) {
      report.check(
        (await isKnown(platform, stream)) && (await erasures(platform, stream)) === 0,
        CONFIRMED,
        () => stream,
      );
    }
    report.done('registrations that nobody confirmed', unconfirmed.length);
    last.kill('SIGKILL');
    await once(last, 'exit');
  } finally {
    await platform.close();
    await Promise.all([events.stop(), mongo.stop(), smtp.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  }
  return report;
}

async function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/test/faults/erasure-process.js')], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('The sweeping process did not start.'))),
  ]);
  return child;
}

/** A saved form whose day comes in so many milliseconds, with a file. */
async function begun({ handling, files }: Platform, endsIn: number): Promise<string> {
  const id = randomUUID();
  const referrer = { forename: 'Lynn', surname: 'Robinson', email: 'lynn@example.org', professional: true };
  const actor = { kind: 'referrer' as const, id: 'lynn', name: 'Lynn Robinson' };
  const form = { accountId: 'lynn', formId: 'request-for-support', formVersion: 1, referrer, answers: {} };
  const expiresAt = new Date(Date.now() + endsIn).toISOString();
  const commandId = randomUUID();
  const request = { commandId, said: {}, council: 'lancashire', actor, correlationId: commandId };
  await handling.handle(referralDecider, referralStream(id), { type: 'StartForm', ...form, expiresAt }, request);
  await files.put(referralStream(id), 'file', Buffer.from('What somebody attached'));
  return id;
}

async function isLeft({ vault, views, secrets, config }: Platform, id: string): Promise<boolean> {
  const _id = referralStream(id);
  const folder = secrets.mac('file folder', _id).toString('hex');
  const key = await vault.collection<{ _id: string; wrapped?: unknown }>('keys').findOne({ _id });
  const rows = await Promise.all(
    ['saved-forms', 'records', 'reminders'].map((name) =>
      views.collection(name).countDocuments({ stream: _id, council: 'lancashire' }),
    ),
  );
  const file = existsSync(join(config.dataDir, 'files', folder));
  return key?.wrapped !== undefined || file || rows.some((count) => count > 0);
}

async function ends({ log }: Platform, id: string): Promise<number> {
  let count = 0;
  for await (const fact of log.facts(referralKind, referralStream(id)))
    count += fact.type === 'SavedFormExpired' ? 1 : 0;
  return count;
}

/** A registration that begins now, and whose code was typed in time or was not. */
async function registered({ handling, clock }: Platform, isConfirmed: boolean): Promise<string> {
  const [accountId, challengeId] = [randomUUID(), randomUUID()];
  const stream = accountStream(accountId);
  const details = { forename: 'Lynn', surname: 'Robinson', professional: true };
  const rules = { now: clock.now().toISOString(), minutes: 15, attempts: 5 };
  const actor = { kind: 'referrer' as const, id: accountId, name: '' };
  const request = () => ({ commandId: randomUUID(), said: {}, council: 'lancashire', actor, correlationId: accountId });
  const person = { details, email: 'lynn@example.org', passwordHash: 'of nothing', isTaken: false };
  await handling.handle(
    accountDecider,
    stream,
    { type: 'StartRegistration', ...person, challengeId, rules },
    request(),
  );
  const code = { challengeId, matches: () => true };
  if (isConfirmed)
    await handling.handle(accountDecider, stream, { type: 'ConfirmRegistration', code, rules }, request());
  return stream;
}

/** Whether a key, or a row of those that wait, is left of a registration. */
async function isKnown({ vault, views }: Platform, stream: string): Promise<boolean> {
  const key = await vault.collection<{ _id: string; wrapped?: unknown }>('keys').findOne({ _id: stream });
  const rows = await views.collection('registrations').countDocuments({ stream, council: 'lancashire' });
  return key?.wrapped !== undefined || rows > 0;
}

async function erasures({ log }: Platform, stream: string): Promise<number> {
  let count = 0;
  for await (const fact of log.facts(accountKind, stream)) count += fact.type === 'AccountErased' ? 1 : 0;
  return count;
}
