import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dist } from './dist.js';
import type { Frontdoor } from './frontdoor.js';

/** Plays the demo on a service that runs; returns what it printed. Throws where a check fails. */
export async function playDemo({ base, dataDir }: Pick<Frontdoor, 'base' | 'dataDir'>): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', PORT: new URL(base).port, DATA_DIR: dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [join(dist, 'src/cli/demo/main.js')], {
    env,
    maxBuffer: 1e7,
  });
  return stdout;
}
