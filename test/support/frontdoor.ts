import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dist, nodeFlags } from './dist.js';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig, type Config } from '../../src/config.js';
import { developmentToken } from '../../src/staff/development-token.js';
import { namedStores } from './engines.js';
import { freePort } from './free-port.js';

/** The staff of tests: their tokens come from the installation's own key, as `npm run token` makes them. */
export async function staffToken(config: Config, council: string, role: string, now?: Date): Promise<string> {
  return developmentToken(config, { sub: `${role}-of-${council}`, name: `The ${role}`, role, council }, now);
}

/** An installation that answers over HTTP. */
export interface Installation {
  base: string;
  dataDir: string;
  visitor(council: string): Api;
  staff(council: string, role: string): Promise<Api>;
}

/** An installation of a suite's own, which it may kill and restart. */
export interface Frontdoor extends Installation {
  /** The id of the process as it runs now. */
  pid(): number;
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
    ...installation(env),
    pid: () => child.pid!,
    said: () => said,
    kill: () => end('SIGKILL'),
    restart: start,
    stop: () => end('SIGTERM'),
  };
}

/**
 * The one installation of this test run, started when a suite first asks for it: default settings, the real clock. Other
 * suites use it at the same time, so a test makes accounts of its own and asserts nothing about everybody's rows.
 */
export async function sharedFrontdoor(): Promise<Installation> {
  const reply = await fetch(process.env.FRONTDOOR_SHARED!);
  if (!reply.ok) throw new Error(await reply.text());
  const env = (await reply.json()) as Record<string, string>;
  return installation(env);
}

function installation(env: Record<string, string | undefined>): Installation {
  const base = `http://127.0.0.1:${env.PORT}`;
  return {
    base,
    dataDir: env.DATA_DIR!,
    visitor: (council) => new Api(base, council),
    staff: async (council, role) => new Api(base, council, await staffToken(loadConfig(env), council, role)),
  };
}

/** The settings of another API process on the stores and secrets of an embedded one. */
export function beside({ dataDir }: Pick<Installation, 'dataDir'>): Record<string, string> {
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
