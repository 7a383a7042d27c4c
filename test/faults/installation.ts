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
import { startEventStore, type RunningEventStore } from '../support/faults-store.js';
import { freePort } from '../support/free-port.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { startSmtp } from '../support/smtp.js';
import { Balancer } from './balancer.js';

/** The one council whose service is used: the others would only be read again at every start. */
const COUNCIL = 'lancashire';
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

/** What an installation consists of. */
interface Size {
  apis: number;
  projectors: number;
  /** The way a projector takes to MongoDB where that is not the straight one: gives another connection string. */
  wayToMongo?: (projector: Member, mongoPort: number, platform: Platform) => Promise<string>;
  /** Errors are said unless told otherwise. */
  logLevel?: string;
}

/** An installation of several processes: API processes behind a balancer, and projectors, over stores of their own. */
export class Installation {
  private constructor(
    private readonly dataDir: string,
    readonly store: RunningEventStore,
    private readonly mongo: StartedMongo,
    private readonly smtp: Awaited<ReturnType<typeof startSmtp>>,
    /** The same stores and secrets, in this process. */
    readonly platform: Platform,
    readonly apis: readonly Member[],
    readonly projectors: readonly Member[],
    readonly balancer: Balancer,
  ) {}

  /** Resolves when every process is ready and the balancer sends callers to each API process. */
  static async open(size: Size): Promise<Installation> {
    const dataDir = mkdtempSync(join(tmpdir(), 'faults-installation-'));
    const [store, mongo, smtp] = await Promise.all([startEventStore(), startMongo(), startSmtp()]);
    const shared = {
      DATA_DIR: dataDir,
      COUNCILS_DIR: join(dataDir, 'councils'),
      EVENTSTORE_URL: store.url,
      MONGO_URL: mongo.url,
      SMTP_URL: smtp.url,
      NODE_ENV: 'test',
      LOG_LEVEL: size.logLevel ?? 'error',
      PROJECTIONS: 'outside',
      DRAIN_SECONDS: '1',
    };
    const councils = join(projectRoot, 'deploy/councils');
    for (const name of ['council.schema.json', 'form.schema.json', COUNCIL]) {
      cpSync(join(councils, name), join(shared.COUNCILS_DIR, name), { recursive: true });
    }
    // Opened first: it makes the secrets that all of them share.
    const platform = await openPlatform(loadConfig(shared), systemClock);
    const members = (kind: string, program: string, count: number): Promise<Member[]> =>
      Promise.all(
        Array.from({ length: count }, async (_, nth) => {
          const [own, health] = [await freePort(), await freePort()];
          const env = { ...shared, PORT: String(own), METRICS_PORT: String(health) };
          return { name: `${kind}-${nth + 1}`, program, env, health };
        }),
      );
    const apis = await members('api', 'src/main.js', size.apis);
    const projectors = await members('projector', 'projections/main.js', size.projectors);
    const { wayToMongo } = size;
    if (wayToMongo) for (const one of projectors) one.env.MONGO_URL = await wayToMongo(one, mongo.port, platform);
    const balancer = new Balancer(apis.map(portOf));
    const installation = new Installation(dataDir, store, mongo, smtp, platform, apis, projectors, balancer);
    await Promise.all([...apis, ...projectors].map(begin));
    for (const api of apis) await installation.isSentTo(api);
    return installation;
  }

  /** Somebody without a session who comes through the balancer. */
  async visitor(): Promise<Api> {
    return new Api(await this.balancer.start(), COUNCIL, undefined, this.smtp.httpUrl);
  }

  /** Waits until the balancer sends callers to this API process. */
  async isSentTo(api: Member): Promise<void> {
    while (!this.balancer.sendsTo(portOf(api))) await sleep(20);
  }

  /** Ends everything; `end` says how a process is ended. */
  async close(end: (member: Member) => Promise<void>): Promise<void> {
    await Promise.all([...this.apis, ...this.projectors].map(end));
    this.balancer.stop();
    await this.platform.close();
    await Promise.all([this.store.kill(), this.mongo.stop(), this.smtp.stop()]);
    for (const folder of [this.dataDir, `${this.dataDir}-audit`, this.mongo.dataDir, this.smtp.dataDir])
      rmSync(folder, { recursive: true, force: true });
  }
}

const portOf = ({ env }: Member) => Number(env.PORT);

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

/** Ends it without a word, where it is still there. */
export async function kill({ child }: Member): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
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
