import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/project-root.js';
import { run } from '../../engines/program.js';
import type { SecurityRow } from '../row.js';

/** What a build needs of the repository, and what the program reads when it runs. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'tsconfig.json',
  'tsconfig.build.json',
  'src',
  'projections',
  'deploy/councils',
  'deploy/sample-addresses.yaml',
];
const LIMIT = 5 * 60_000;

interface Lock {
  packages: Record<string, { dev?: boolean; optional?: boolean; integrity?: string; link?: boolean }>;
}

export const row: SecurityRow = {
  name: 'installed and built with scripts off, from the lock file',
  area: 'Supply chain',
  target: 'every package pinned by its hash; npm ci --ignore-scripts, build, start',
  async run(ground) {
    const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as Lock;
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
    const unpinned = packages.filter(([, { integrity, link }]) => !integrity && !link);
    const served = packages.filter(([, { dev, optional }]) => !dev && !optional).length;
    const problem = ground.quick ? 'not tried (quick)' : await built();
    return {
      measured: `${packages.length} packages (${served} in production), ${unpinned.length} without a hash; npm ci --ignore-scripts, build and start: ${problem ?? 'all went well'}`,
      pass: unpinned.length === 0 && (ground.quick || problem === undefined),
    };
  },
};

/** Installs and builds a copy, and starts it; gives what went wrong. */
async function built(): Promise<string | undefined> {
  const cwd = mkdtempSync(join(tmpdir(), 'frontdoor-build-'));
  try {
    for (const path of SOURCES) cpSync(join(projectRoot, path), join(cwd, path), { recursive: true });
    for (const args of [
      ['ci', '--ignore-scripts', '--prefer-offline'],
      ['run', '-s', 'build'],
    ]) {
      const { code, said } = await run('npm', args, { cwd, limit: LIMIT });
      if (code !== 0) return `npm ${args.join(' ')} ended with ${code}: ${said.slice(-300)}`;
    }
    return await started(cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function started(cwd: string): Promise<string | undefined> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', PORT: '0', DATA_DIR: join(cwd, 'var') };
  const child = spawn(process.execPath, ['dist/src/main.js'], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const said = await Promise.race([once(child.stdout, 'data').then(String), exited.then(([code]) => `exit ${code}`)]);
  if (!said.includes('Frontdoor is up.')) return `it did not start: ${said}`;
  child.kill('SIGTERM');
  await exited;
  return undefined;
}
