import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { dist, nodeFlags } from './dist.js';
import { startFollowers } from '../../projections/run.js';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig, type Config } from '../../src/config.js';
import type { Clock } from '../../src/core/clock.js';
import { createApp } from '../../src/http.js';
import { openPlatform, type Platform } from '../../src/platform.js';
import { developmentToken } from '../../src/staff/development-token.js';
import { namedEventStore, namedMongo, namedStores } from './engines.js';
import { startEventStore } from './event-store.js';
import { freePort } from './free-port.js';
import { startMongo } from './mongo.js';
import { startSmtp } from './smtp.js';

/** The staff of tests: their tokens come from the installation's own key, as `npm run token` makes them. */
async function staffToken(config: Config, council: string, role: string, now?: Date): Promise<string> {
  return developmentToken(config, { sub: `${role}-of-${council}`, name: `The ${role}`, role, council }, now);
}

export interface Frontdoor {
  base: string;
  dataDir: string;
  /** The id of the process as it runs now. */
  pid(): number;
  visitor(council: string): Api;
  staff(council: string, role: string): Promise<Api>;
  /** All that it has written to standard output and standard error. */
  said(): string;
  /** Ends the process as a crash would; the data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data and the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The whole product as `npm start` runs it: one process, embedded stores, a data folder of its own unless `settings`, which
 * come on top, name one.
 */
export async function startFrontdoor(settings: Record<string, string> = {}): Promise<Frontdoor> {
  const dataDir = settings.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'frontdoor-'));
  const port = await freePort();
  const env = {
    PORT: String(port),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    NODE_ENV: 'test',
    ...namedStores(),
    ...settings,
  };
  const base = `http://127.0.0.1:${port}`;
  let child: ChildProcess;
  let said = '';
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const start = async () => {
    child = spawn(process.execPath, [...nodeFlags, join(dist, 'src/main.js')], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Whoever fails before it stops its servers must not leave them behind.
    const started = child;
    const orphaned = () => started.kill('SIGKILL');
    process.once('exit', orphaned);
    started.once('exit', () => process.off('exit', orphaned));
    for (const output of [child.stdout!, child.stderr!]) output.on('data', (text: Buffer) => (said += text.toString()));
    // Whoever asks for another level looks at it themselves.
    if (!settings.LOG_LEVEL) child.stderr!.pipe(process.stderr, { end: false });
    // It says so when it is up; ended before that, it has said why on standard error.
    await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`Frontdoor ended with code ${String(code)}`))),
    ]);
  };
  await start();
  return {
    base,
    dataDir,
    pid: () => child.pid!,
    visitor: (council) => new Api(base, council),
    staff: async (council, role) => new Api(base, council, await staffToken(loadConfig(env), council, role)),
    said: () => said,
    kill: () => end('SIGKILL'),
    restart: start,
    stop: () => end('SIGTERM'),
  };
}

/** The settings of another API process on the stores and secrets of an embedded one. */
export function beside({ dataDir }: Pick<Frontdoor, 'dataDir'>): Record<string, string> {
  const read = (name: string) => JSON.parse(readFileSync(join(dataDir, name), 'utf8')) as Record<string, string>;
  const { events, views, mail } = read('embedded.json');
  return {
    ...read('secrets.json'),
    EVENTSTORE_URL: events!,
    MONGO_URL: views!,
    SMTP_URL: mail!,
    PROJECTIONS: 'outside',
  };
}

/** A clock that stands still until it is moved. */
export class MovableClock implements Clock {
  private at = Date.now();

  now(): Date {
    return new Date(this.at);
  }

  /** Moves it forward, by milliseconds. */
  move(milliseconds: number): void {
    this.at += milliseconds;
  }
}

export interface TimedFrontdoor {
  clock: MovableClock;
  platform: Platform;
  app: NestFastifyApplication;
  visitor(council: string): Api;
  staff(council: string, role: string): Promise<Api>;
  stop(): Promise<void>;
}

/**
 * The application in this process, under a clock that the test moves, on stores in processes of their own. `settings`
 * are environment variables on top: COUNCILS_DIR, CLAMD_URL and so on.
 */
export async function startTimedFrontdoor(settings: Record<string, string> = {}): Promise<TimedFrontdoor> {
  const [events, mongo, smtp, port] = await Promise.all([
    namedEventStore() ?? startEventStore(),
    namedMongo() ?? startMongo(),
    startSmtp(),
    freePort(),
  ]);
  const config = loadConfig({
    PORT: String(port),
    DATA_DIR: mkdtempSync(join(tmpdir(), 'frontdoor-')),
    EVENTSTORE_URL: events.url,
    MONGO_URL: mongo.url,
    SMTP_URL: smtp.url,
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    ...settings,
  });
  const clock = new MovableClock();
  const platform = await openPlatform(config, clock);
  const app = await createApp(platform);
  const followers = startFollowers(platform);
  await app.listen(port, '127.0.0.1');
  const visitor = (council: string) => new Api(`http://127.0.0.1:${port}`, council, undefined, smtp.httpUrl);
  return {
    clock,
    platform,
    app,
    visitor,
    staff: async (council, role) => visitor(council).as(await staffToken(config, council, role, clock.now())),
    async stop() {
      await app.close();
      await followers.stop();
      await platform.close();
      await Promise.all([events.stop(), mongo.stop(), smtp.stop()]);
    },
  };
}
