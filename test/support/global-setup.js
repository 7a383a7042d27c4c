import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

// Jest runs this once, before its workers start; plain JavaScript, because jest loads it without a transform.

const root = resolve(import.meta.dirname, '../..');

/** Builds what tests run as processes, and offers one installation to every suite that needs no settings of its own. */
export default async function setUp() {
  if (!process.env.FRONTDOOR_DIST) build();
  let starting;
  const owner = createServer((_request, response) => {
    starting ??= startInstallation();
    starting.then(
      ({ env }) => response.end(JSON.stringify(env)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  owner.listen(0, '127.0.0.1');
  await once(owner, 'listening');
  process.env.FRONTDOOR_SHARED = `http://127.0.0.1:${owner.address().port}`;
  globalThis.tearDown = async () => {
    owner.close();
    const installation = await starting?.catch(() => undefined);
    await installation?.stop();
  };
}

/** Compiles the product unless the last build is newer than every source: a run must never test an older build. */
function build() {
  const stamp = join(root, 'dist/.built');
  const sources = ['src', 'projections'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  sources.push(...['package.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name)));
  if (existsSync(stamp) && sources.every((file) => statSync(file).mtimeMs < statSync(stamp).mtimeMs)) return;
  const begun = new Date();
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit' });
  // A file saved while the compiler ran is newer than this stamp.
  writeFileSync(stamp, begun.toISOString());
  utimesSync(stamp, begun, begun);
}

/** The product as `npm start` runs it, on the stores that the engines' suites name or on the embedded ones. */
async function startInstallation() {
  const { EVENTSTORE_TEST_URL, MONGO_TEST_URL } = process.env;
  const env = {
    PORT: String(await freePort()),
    DATA_DIR: mkdtempSync(join(tmpdir(), 'frontdoor-shared-')),
    LOG_LEVEL: 'error',
    NODE_ENV: 'test',
    ...(EVENTSTORE_TEST_URL ? { EVENTSTORE_URL: EVENTSTORE_TEST_URL } : {}),
    ...(MONGO_TEST_URL ? { MONGO_URL: MONGO_TEST_URL } : {}),
  };
  const dist = resolve(process.env.FRONTDOOR_DIST ?? join(root, 'dist'));
  const child = spawn(process.execPath, ['--enable-source-maps', join(dist, 'src/main.js')], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', EVENTSTORE_URL: '', MONGO_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // However this run ends, the installation must not outlive it.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  const exited = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    exited.then(([code]) => Promise.reject(new Error(`The shared installation ended with code ${code}`))),
  ]);
  child.stdout.resume();
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { env, stop };
}

/** As in free-port.ts: below the range of outgoing connections, one of which could take the port before the product does. */
async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise((done) =>
      server.once('listening', () => done(true)).once('error', () => done(false)),
    );
    server.close();
    if (isFree) return port;
  }
}
