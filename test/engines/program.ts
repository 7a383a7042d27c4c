import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Unavailable } from './engine.js';

interface Ended {
  code: number | null;
  /** What it said on both outputs. */
  said: string;
}

/**
 * Runs a program to its end, at most so many milliseconds, and ends whatever it left behind: it is given a process group
 * of its own. Rejects with ENOENT where there is no such program.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; limit: number },
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const endGroup = () => killGroup(child.pid);
  // What it leaves behind would hold its outputs open.
  child.once('exit', endGroup);
  process.once('exit', endGroup);
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => (said += text.toString()));
  const timer = setTimeout(() => {
    said += `\nStopped after ${options.limit / 1000} s.`;
    endGroup();
  }, options.limit);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  } finally {
    clearTimeout(timer);
    process.removeListener('exit', endGroup);
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

interface Where {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Runs a step that brings something from outside: where it does not succeed, the engine is not available. */
export async function fetched(program: string, args: readonly string[], where: Where = {}): Promise<void> {
  const trouble = await troubleWith(program, args, where);
  if (trouble !== undefined) throw new Unavailable(trouble);
}

/** Runs a step that needs nothing from outside: where it does not succeed, something is wrong with us. */
export async function built(program: string, args: readonly string[], where: Where = {}): Promise<void> {
  const trouble = await troubleWith(program, args, where);
  if (trouble !== undefined) throw new Error(trouble);
}

async function troubleWith(program: string, args: readonly string[], where: Where): Promise<string | undefined> {
  const { code, said } = await run(program, args, { ...where, limit: 5 * 60_000 }).catch((error: Error) => ({
    code: 1,
    said: error.message,
  }));
  if (code === 0) return undefined;
  const lines = said.trim().split('\n');
  // The reason comes first, and much else after it.
  const reason = lines.find((line) => /ERROR|Get "|not found/.test(line)) ?? lines.slice(-2).join(' / ');
  return `${program} did not succeed: ${reason.slice(0, 400)}`;
}

export interface Server {
  /** Its first line on standard output: where it is. */
  address: string;
  stop(): Promise<void>;
}

/** Starts a server that says its address when it is up, and that ends with its standard input: it cannot outlive us. */
export async function serve(program: string, args: readonly string[]): Promise<Server> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  const address = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
    once(child, 'exit').then(() => Promise.reject(new Error(`${program} did not start: ${complaints}`))),
  ]);
  return { address, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(impatience);
}
