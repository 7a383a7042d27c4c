import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig } from '../../src/config.js';
import { projectRoot } from '../../src/core/project-root.js';
import { systemClock } from '../../src/core/clock.js';
import { openPlatform } from '../../src/platform.js';
import { developmentToken } from '../../src/staff/development-token.js';
import { startEventStore } from '../support/faults-store.js';
import { freePort } from '../support/free-port.js';
import { startMongo } from '../support/mongo.js';
import { startSmtp } from '../support/smtp.js';
import { COUNCIL, DoomedThings, KEPT_FOR, type Doomed } from './erasure-doomed.js';
import { Random } from './random.js';
import { Report } from './report.js';

const LEFT = 'of those a key, file, row, session or address left';
const TWICE = 'of those ended twice or not at all, or more than was to go';
const OTHERS = 'saved forms and registrations erased before their day';
const CANARIES = 'collections in which a word of them still stands';
/** A kill comes within so many milliseconds of the first erasure. */
const WITHIN = 400;
/** How long the last process may take to end what the killed ones began, and any to know what there is, in milliseconds. */
const PATIENCE = 120_000;

/** Kills the process that erases, in every way there is, midway, over and over; then lets one end what they began. */
export async function erasureFaults({ seed, cycles }: { seed: number; cycles: number }): Promise<Report> {
  const report = new Report();
  report.none(LEFT, TWICE, OTHERS, CANARIES);
  const random = new Random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'faults-erasure-'));
  const [events, mongo, smtp] = await Promise.all([startEventStore(), startMongo(), startSmtp()]);
  const env = {
    DATA_DIR: join(folder, 'data'),
    COUNCILS_DIR: councilsThatForget(join(folder, 'councils')),
    EVENTSTORE_URL: events.url,
    MONGO_URL: mongo.url,
    SMTP_URL: smtp.url,
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
  };
  const platform = await openPlatform(loadConfig(env), systemClock);
  const things = new DoomedThings(platform);
  const officer = { sub: 'officer', name: 'The officer', role: 'records_officer', council: COUNCIL };
  const token = await developmentToken(platform.config, officer);
  const [due, kept]: [Doomed[], Doomed[]] = [[], []];
  try {
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      const [eraser, made, stays] = await Promise.all([
        Eraser.start(env, token),
        madeFor(things),
        Promise.all([things.beforeItsDay(), things.withinItsWeek()]),
      ]);
      due.push(...made);
      kept.push(...stays);
      await eraser.begin(() => things.areKnown([...made, ...stays]), made);
      await sleep(random.whole(0, WITHIN));
      await eraser.kill();
      report.done('kills −9 midway');
      report.progress(`${cycle} of ${cycles} kills`);
    }
    const whole = await Promise.all(due.map(async (one) => (await things.left(one)).length === 0));
    report.done('erased whole before the last process began', whole.filter(Boolean).length);
    const last = await Eraser.start(env, token);
    // Officers who had no answer ask again, with the very same command.
    await last.begin(
      async () => true,
      due.filter(({ asked }) => asked?.answered === false),
    );
    await last.done();
    const until = Date.now() + PATIENCE;
    for (const one of due) {
      let left = await things.left(one);
      for (; left.length > 0 && Date.now() < until; left = await things.left(one)) await sleep(20);
      report.check(left.length === 0, LEFT, () => `${one.what}, ${one.stream}: ${left.join(', ')}`);
      report.check(await things.endedOnce(one), TWICE, () => `${one.what}, ${one.stream}`);
      report.done(one.what);
    }
    for (const one of kept)
      report.check((await things.left(one)).includes('the key'), OTHERS, () => `${one.what}, ${one.stream}`);
    for (const place of await things.canaries()) report.loss(CANARIES, place);
    await last.kill();
  } finally {
    await platform.close();
    await Promise.all([events.stop(), mongo.stop(), smtp.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
  return report;
}

function madeFor(things: DoomedThings): Promise<Doomed[]> {
  const forms = Array.from({ length: 4 }, () => things.pastItsDay());
  const referrals = [
    things.erasedByOfficer(),
    things.erasedByOfficer(),
    things.pastRetention(),
    things.pastRetention(),
  ];
  const registrations = [things.unconfirmed(), things.unconfirmed()];
  return Promise.all([...forms, ...referrals, ...registrations, things.account()]);
}

function councilsThatForget(folder: string): string {
  cpSync(join(projectRoot, 'deploy/councils'), folder, { recursive: true });
  appendFileSync(join(folder, COUNCIL, 'council.yaml'), `\nretentionDays: ${KEPT_FOR}\n`);
  return folder;
}

/** A process of the product that erases what is due, and an officer who asks it to erase the rest. */
class Eraser {
  private asking: Promise<void>[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly officer: Api,
  ) {}

  static async start(env: Record<string, string>, token: string): Promise<Eraser> {
    const port = await freePort();
    const child = spawn(process.execPath, [join(projectRoot, 'dist/test/faults/erasure-process.js')], {
      env: { ...process.env, NODE_OPTIONS: '', ...env, PORT: String(port) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    process.once('exit', () => child.kill('SIGKILL'));
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('The erasing process did not start.'))),
    ]);
    return new Eraser(child, new Api(`http://127.0.0.1:${port}`, COUNCIL, token));
  }

  /** Lets it erase once it knows of all there is. */
  async begin(isKnown: () => Promise<boolean>, made: readonly Doomed[]): Promise<void> {
    for (const until = Date.now() + PATIENCE; !(await isKnown()); await sleep(5)) {
      if (Date.now() > until) throw new Error('The erasing process never knew of all that there is.');
    }
    this.child.stdin!.write('begin\n');
    this.asking = made.map(async ({ asked }) => {
      // A kill takes the answer away; whoever had none asks again.
      if (asked) asked.answered = await this.officer.ask<boolean>(asked.document, asked.variables).catch(() => false);
    });
  }

  /** Once everything that was asked for was answered. */
  async done(): Promise<void> {
    await Promise.all(this.asking);
  }

  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
    await this.done();
  }
}
