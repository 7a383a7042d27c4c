import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { Unavailable } from '../engines/engine.js';
import { dist } from '../support/dist.js';
import { startEventStore } from '../support/event-store.js';
import { startMongo } from '../support/mongo.js';
import { interleaved, type Figure, type Options } from './measure.js';
import { startPostgresql } from './peers/postgresql.js';

/** Brought from the registry when they are first measured, into a folder of their own: the product needs none of them. */
const PACKAGES = {
  sqlite: ['@event-driven-io/emmett@0.42.0', '@event-driven-io/emmett-sqlite@0.42.4', 'sqlite3@5.1.7'],
  postgresql: [
    '@event-driven-io/emmett@0.42.0',
    '@event-driven-io/emmett-postgresql@0.42.0',
    '@event-driven-io/pongo@0.16.11',
  ],
};
type Kind = keyof typeof PACKAGES;

export const peerSqlite = (options: Options) =>
  against('sqlite', options, async (measure) => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-sqlite-'));
    const figures = await measure(
      join(folder, 'events.db'),
      'emmett on its SQLite store, its settings, one command at a time (at 32 at once it fails)',
    );
    rmSync(folder, { recursive: true, force: true });
    return figures;
  });

export const peerPostgres = (options: Options) =>
  against('postgresql', options, async (measure) => {
    const server = await startPostgresql();
    const figures = await measure(server.url, `emmett on its PostgreSQL store, Debian's PostgreSQL ${server.version}`);
    await server.stop();
    return figures;
  });

type Measure = (place: string, peer: string) => Promise<Figure[]>;

/** Our command path against a peer's, load → decide → durable append, in turns; nothing, and why, where it cannot be had. */
async function against(
  kind: Kind,
  { seconds }: Options,
  run: (measure: Measure) => Promise<Figure[]>,
): Promise<Figure[]> {
  try {
    const packages = installed(kind);
    return await run(async (place, peer) => {
      const [events, mongo] = await Promise.all([startEventStore(), startMongo()]);
      const ours = (caching: string) => begin('ours.js', [events.url, mongo.url, caching]);
      const [cached, uncached, theirs] = [
        await ours('cached'),
        await ours('uncached'),
        await begin('emmett.js', [packages, kind, place]),
      ];
      const { a, b } = await interleaved(
        3,
        () => round(cached, seconds),
        () => round(theirs, seconds),
      );
      const reading = await interleaved(
        1,
        () => round(uncached, seconds),
        () => round(theirs, seconds),
      );
      for (const child of [cached, uncached, theirs]) child.kill();
      await Promise.all([events.stop(), mongo.stop()]);
      const name = `peer_${kind === 'sqlite' ? 'sqlite' : 'postgres'}`;
      const note = `commands at 32 at once on streams of 10 events, sealed and hash-chained, against ${peer}`;
      return [
        { name, value: a, unit: '/s', against: b, bar: { least: 1 }, note },
        {
          name: `${name}_uncached`,
          value: reading.a,
          unit: '/s',
          against: reading.b,
          note: 'the same with no state kept: each reads its stream',
        },
      ];
    });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    process.stderr.write(`  skipped: ${error.message}\n`);
    return [];
  }
}

/** The folder with a peer's packages. Throws Unavailable where they cannot be brought, or built. */
function installed(kind: Kind): string {
  const folder = join(projectRoot, 'var/bench/peers', kind);
  const done = join(folder, 'installed');
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  process.stderr.write(`  bringing ${PACKAGES[kind].join(', ')} into ${folder}\n`);
  // sqlite3 is compiled, with the headers of this very Node where they are here.
  const nodedir = dirname(dirname(process.execPath));
  const env = { ...process.env, ...(existsSync(join(nodedir, 'include/node')) && { npm_config_nodedir: nodedir }) };
  try {
    // The SQLite store asks for an emmett that the registry does not have: it works with the one before.
    const options = ['--no-audit', '--no-fund', ...(kind === 'sqlite' ? ['--legacy-peer-deps'] : [])];
    execFileSync('npm', ['install', ...options, ...PACKAGES[kind]], {
      cwd: folder,
      env,
      stdio: 'pipe',
      timeout: 300_000,
    });
  } catch (error) {
    const last = String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
    throw new Unavailable(`${PACKAGES[kind].at(-1)} could not be installed: ${last}`);
  }
  writeFileSync(done, '');
  return folder;
}

async function begin(program: string, given: string[]): Promise<ChildProcess> {
  const child = fork(join(dist, 'test/bench/peers', program), given, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  process.once('exit', () => child.kill());
  await heard(child);
  return child;
}

async function round(child: ChildProcess, seconds: number): Promise<number> {
  child.send({ seconds });
  return ((await heard(child)) as { rate: number }).rate;
}

async function heard(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The side ended with code ${String(code)}.`)),
  );
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  return message;
}
