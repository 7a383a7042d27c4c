import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { allFollowers } from '../../projections/followers.js';
import { followerLags } from '../../projections/lag.js';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/core/clock.js';
import { projectRoot } from '../../src/core/project-root.js';
import { openPlatform, type Platform } from '../../src/platform.js';
import { startEventStore } from '../support/faults-store.js';
import { startMongo } from '../support/mongo.js';
import { startSmtp } from '../support/smtp.js';
import { Balancer } from './balancer.js';
import { Load } from './load.js';
import { Random } from './random.js';
import { verdict } from './reconnect-verdict.js';
import { Report } from './report.js';

const UNCLEAN = 'processes that did not end with status 0';
const SLOW = 'processes that took more than 25 s to end';
const BEHIND = 'followers that did not catch up within 60 s';

/** The one council whose service is used: the others would only be read again at every start. */
const COUNCIL = 'lancashire';
/** People at work, and how long each thinks between two commands at most, in milliseconds. */
const PEOPLE = 4;
const THINKING = 300;
/** A process that is not ready after so long will not be: milliseconds. */
const NEVER_READY = 300_000;

/** One of the processes of an installation, started anew on the same port time after time. */
export interface Member {
  name: string;
  program: string;
  env: Record<string, string>;
  /** Where it says whether it is ready. */
  health: number;
  child?: ChildProcess;
}

/**
 * Two API processes behind a balancer and two projectors, ended by SIGTERM and started again while people work: one of
 * each kind at a time, as two deployments are rolled out. Nobody notices, and nothing that was accepted is lost.
 */
export async function restartFaults({ seed, restarts }: { seed: number; restarts: number }): Promise<Report> {
  const report = new Report();
  report.none(UNCLEAN, SLOW, BEHIND);
  const random = new Random(seed);
  const dataDir = mkdtempSync(join(tmpdir(), 'faults-restarts-'));
  const [store, mongo, smtp] = await Promise.all([startEventStore(), startMongo(), startSmtp()]);
  const shared = {
    DATA_DIR: dataDir,
    COUNCILS_DIR: join(dataDir, 'councils'),
    EVENTSTORE_URL: store.url,
    MONGO_URL: mongo.url,
    SMTP_URL: smtp.url,
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    PROJECTIONS: 'outside',
    DRAIN_SECONDS: '1',
  };
  const councils = join(projectRoot, 'deploy/councils');
  for (const name of ['council.schema.json', 'form.schema.json', COUNCIL]) {
    cpSync(join(councils, name), join(shared.COUNCILS_DIR, name), { recursive: true });
  }
  // Opened first: it makes the secrets that all of them share.
  const platform = await openPlatform(loadConfig(shared), systemClock);
  // Below those that outgoing connections get: a port that is free for a second must still be free after it.
  const ports = random.whole(10_000, 30_000);
  const members = ['api-1', 'api-2', 'projector-1', 'projector-2'].map((name, nth) => {
    const health = ports + 2 * nth + 1;
    const env = { ...shared, PORT: String(health - 1), METRICS_PORT: String(health) };
    return { name, program: name.startsWith('api') ? 'src/main.js' : 'projections/main.js', env, health };
  });
  const kinds = [members.slice(0, 2), members.slice(2)];
  const apis = kinds[0]!.map(({ env }) => Number(env.PORT));
  const balancer = new Balancer(apis);
  const load = new Load(random, report, THINKING);
  let done = 0;
  /** One of a kind after the other, over and over. */
  const roll = async (kind: Member[], times: number) => {
    for (let nth = 0; nth < times; nth += 1) {
      const restarted = kind[nth % kind.length]!;
      await end(restarted, report);
      await begin(restarted);
      const port = Number(restarted.env.PORT);
      while (apis.includes(port) && !balancer.sendsTo(port)) await sleep(20);
      done += 1;
      report.done(`restarts: ${restarted.name}`);
      report.progress(`${done} of ${restarts} restarts, ${load.accepted.length} commands accepted`);
    }
  };
  try {
    await Promise.all(members.map(begin));
    const base = await balancer.start();
    while (!apis.every((port) => balancer.sendsTo(port))) await sleep(20);
    await load.start(new Api(base, COUNCIL, undefined, smtp.httpUrl), PEOPLE, 1);
    await Promise.all(kinds.map((kind, nth) => roll(kind, Math.floor((restarts + 1 - nth) / 2))));
    await load.stop();
    report.check(await caughtUp(platform), BEHIND);
    await verdict(platform, store, load, report);
  } finally {
    await load.stop();
    await Promise.all(members.map((one) => end(one, report)));
    balancer.stop();
    await platform.close();
    await Promise.all([store.kill(), mongo.stop(), smtp.stop()]);
    for (const folder of [dataDir, `${dataDir}-audit`, mongo.dataDir, smtp.dataDir])
      rmSync(folder, { recursive: true, force: true });
  }
  return report;
}

/** Starts it and waits until it says that it is ready. */
export async function begin(one: Member): Promise<void> {
  const program = join(process.env.FRONTDOOR_DIST ?? resolve(import.meta.dirname, '../..'), one.program);
  const env = { ...process.env, NODE_OPTIONS: '', ...one.env };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  one.child = child;
  process.once('exit', () => child.kill('SIGKILL'));
  for (const until = Date.now() + NEVER_READY; Date.now() < until; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`${one.name} ended with status ${child.exitCode} as it started.`);
    const reply = await fetch(`http://127.0.0.1:${one.health}/readyz`).catch(() => undefined);
    if (reply?.ok) return;
  }
  throw new Error(`${one.name} was not ready ${NEVER_READY / 1_000} s after its start.`);
}

async function end({ name, child }: Member, report: Report): Promise<void> {
  if (!child || child.exitCode !== null) return;
  const begun = Date.now();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = (await exited) as [number | null];
  const took = Date.now() - begun;
  report.check(code === 0, UNCLEAN, () => `${name}: ${code}`);
  report.check(took <= 25_000, SLOW, () => `${name}: ${took} ms`);
  report.most('longest until a process had ended, 1 s of it turning callers away, ms', took);
}

/** Waits until every follower has handled all there is; false after a minute. */
export async function caughtUp(platform: Platform): Promise<boolean> {
  const followers = allFollowers({ ...platform, ledger: platform.mails, wakeMail: () => undefined });
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100)) {
    const lags = await followerLags(platform.events, followers, new Date());
    if (lags.every(({ events }) => events === 0)) return true;
  }
  return false;
}
