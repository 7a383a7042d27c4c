import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../core/project-root.js';

/**
 * `npm run dev`: the service, started again whenever its code, its schema, its pages or the councils change. With
 * --compile the code is compiled as it is written. A service that does not start, for a mistake in a form say, waits for
 * the next change.
 */
const { values } = parseArgs({ options: { compile: { type: 'boolean', default: false } } });
const councils = resolve(projectRoot, process.env.COUNCILS_DIR || 'deploy/councils');
const watched = ['dist/src', 'dist/projections', 'src/console/views', 'src/schema.graphql'].map((path) =>
  join(projectRoot, path),
);
/** Changes come in swarms: so long after the last of one, in milliseconds. */
const SETTLED = 400;
const TSC = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'];

const children = new Set<ChildProcess>();
const say = (text: string) => void process.stdout.write(`dev: ${text}\n`);
let service = started();
let stopping: ChildProcess | undefined;
let restarting = Promise.resolve();
let settled: NodeJS.Timeout | undefined;

if (values.compile) run(TSC);
for (const path of [...watched, councils]) watch(path, { recursive: true }, changed);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping = service;
    for (const child of children) child.kill('SIGTERM');
    void Promise.all([...children].map((child) => once(child, 'exit'))).then(() => process.exit(0));
  });
}

function changed(): void {
  clearTimeout(settled);
  settled = setTimeout(() => {
    restarting = restarting.then(restart);
  }, SETTLED);
}

async function restart(): Promise<void> {
  say('something changed, starting again');
  if (children.has(service)) {
    const exited = once(service, 'exit');
    stopping = service;
    service.kill('SIGTERM');
    await exited;
  }
  service = started();
}

function started(): ChildProcess {
  const child = run(['--enable-source-maps', join(projectRoot, 'dist/src/main.js')]);
  child.once('exit', () => {
    if (child !== stopping) say('the service ended; it is started again at the next change');
  });
  return child;
}

function run(args: string[]): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: 'inherit' });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
