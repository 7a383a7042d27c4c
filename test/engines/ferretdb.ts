import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cacheFolder } from './cache.js';
import type { Engine } from './engine.js';
import { engineSources } from './places.js';
import { built, fetched, serve } from './program.js';
import { need } from './tools.js';

const folder = join(engineSources, 'servers/ferretdb');
const sources = ['go.mod', 'go.sum', 'main.go'].map((file) => join(folder, file));
let program = '';

/** FerretDB 1.x over SQLite, by the Go module proxy: embedded in a program of ours, which is its documented way to run. */
export const ferretDb: Engine = {
  name: 'FerretDB',
  suites: ['mongo store'],
  leftOut: {
    journeys:
      'FerretDB 1.x has no TTL indexes ("expireAfterSeconds is not implemented yet"); the application needs them',
  },
  async prepare() {
    // Debian's own Go is too old to build it.
    await need(['go']);
    program = join(await cached('ferretdb', sources, build), 'ferretdb');
    const version = /FerretDB\/FerretDB (v\S+)/.exec(readFileSync(sources[0]!, 'utf8'))?.[1];
    return `FerretDB ${version} over SQLite, from the Go module proxy`;
  },
  async start() {
    const data = mkdtempSync(join(tmpdir(), 'frontdoor-ferretdb-'));
    const server = await serve(program, [data]);
    return {
      pointers: { MONGO_TEST_URL: `${server.address}?directConnection=true` },
      async stop() {
        await server.stop();
        rmSync(data, { recursive: true, force: true });
      },
    };
  },
};

async function build(into: string): Promise<void> {
  const go = join(cacheFolder, 'go');
  const env = { GOPATH: go, GOMODCACHE: join(go, 'modules'), GOCACHE: join(go, 'builds'), GOFLAGS: '-modcacherw' };
  await fetched('go', ['list', '-deps', '.'], { cwd: folder, env });
  await built('go', ['build', '-o', join(into, 'ferretdb'), '.'], { cwd: folder, env });
  // A hundred megabytes, of use to nobody once it is built.
  rmSync(go, { recursive: true, force: true });
}
