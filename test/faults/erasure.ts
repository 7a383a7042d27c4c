import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
/** How long the last process may take to end what the killed ones began, in milliseconds. */
const PATIENCE = 120_000;

/** Kills the process that erases saved forms, mid-sweep, over and over; then lets one end what they began. */
export async function erasureFaults({ seed, cycles }: { seed: number; cycles: number }): Promise<Report> {
  const report = new Report();
  report.none(LEFT, TWICE, OTHERS);
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
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      for (let n = 0; n < FORMS_A_CYCLE; n += 1) due.push(await begun(platform, -1));
      kept.push(await begun(platform, 60 * 60_000));
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
