import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectRoot } from '../../src/core/project-root.js';
import { settings } from '../../src/settings.js';
import { isThere, programs, read } from './files.js';

const dockerfile = read('deploy/Dockerfile').replace(/\\\n/g, ' ');
const stages = dockerfile.split(/^FROM /m).slice(1);
const last = stages.at(-1)!;

/** What a stage copies from the repository: sources, and where they go. */
function copies(stage: string): { from: string[]; to: string }[] {
  const lines = [...stage.matchAll(/^COPY ((?!--from).+)$/gm)].map(([, words]) => words!.trim().split(/\s+/));
  return lines.map((words) => ({ from: words.slice(0, -1), to: words.at(-1)! }));
}

test('everything that is copied is there, and let through to the build', () => {
  const sources = stages.flatMap(copies).flatMap(({ from }) => from);
  expect(sources.filter((path) => !isThere(path))).toEqual([]);
  const passed = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  expect(sources.filter((path) => !passed.some((open) => path === open || path.startsWith(`${open}/`)))).toEqual([]);
  expect(passed.filter((path) => !isThere(path))).toEqual([]);
  // Nothing else is sent to the build: no data, no secrets, no history.
  expect(read('.dockerignore').split('\n')).toContain('*');
});

test('the program starts from what the image holds, and nothing that it reads is missing', async () => {
  const app = mkdtempSync(join(tmpdir(), 'image-'));
  for (const { from, to } of copies(last)) {
    for (const path of from) {
      const target = to.endsWith('/') ? join(app, to, path) : join(app, to);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(projectRoot, path), target, { recursive: true });
    }
  }
  // A copy: Node takes a link for the place that it points to, which holds all the rest as well.
  cpSync(join(projectRoot, 'dist'), join(app, 'dist'), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(app, 'node_modules'));
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', PORT: '0', DATA_DIR: join(app, 'var') };
  const child = spawn(process.execPath, ['dist/src/main.js'], { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await Promise.race([
    once(child.stdout, 'data').then(([text]) => String(text)),
    once(child, 'exit').then(([code]) => `ended with ${String(code)}`),
  ]);
  expect(said).toContain('Frontdoor is up.');
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('it runs as nobody special, with nothing that builds, and says what it is made of', () => {
  expect(last).toMatch(/^USER 1000:1000$/m);
  for (const tool of ['npm', 'npx', 'corepack', 'yarn']) expect(last).toContain(`/usr/local/bin/${tool}`);
  expect(last).toMatch(/^COPY --from=build \/build\/sbom\.cdx\.json/m);
  expect(stages[0]).toContain('npm ci --ignore-scripts');
  expect(last).not.toMatch(/apt-get|curl|npm (ci|install)/);
});

test('its base has a version, and both stages the same', () => {
  const bases = stages.map((stage) => stage.split(/\s/)[0]);
  expect(new Set(bases).size).toBe(1);
  expect(bases[0]).toMatch(/^node:\d+\.\d+\.\d+-/);
});

test('its variables are settings, its ports are theirs, and its command is a program of package.json', () => {
  const given = new Map(
    [.../^ENV (.+)$/m.exec(last)![1]!.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  const known = settings.map(({ name }) => name);
  expect([...given.keys()].filter((name) => !known.includes(name!))).toEqual([]);
  expect(/^EXPOSE (.+)$/m.exec(last)?.[1]?.split(' ')).toEqual([given.get('PORT'), given.get('METRICS_PORT')]);
  expect(last).toContain(`VOLUME ${given.get('DATA_DIR')}`);
  const command = JSON.parse(/^CMD (\[.+\])$/m.exec(last)![1]!) as string[];
  expect(programs()).toContain(command.join(' '));
  expect(/^HEALTHCHECK .+/m.exec(last)?.[0]).toContain('${process.env.METRICS_PORT}/readyz');
});
