import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const dist = process.env.FRONTDOOR_DIST ?? resolve(import.meta.dirname, '../../dist');

export interface Said {
  code: number;
  out: string;
  /** Both streams. */
  said: string;
}

/** Runs one of the terminal's programs (`ops`, `audit`) on a data folder; gives its exit code and what it said. */
export async function terminal(
  program: 'ops' | 'audit',
  settings: Record<string, string>,
  ...args: string[]
): Promise<Said> {
  return run([join(dist, `src/cli/${program}/main.js`), ...args], settings);
}

/** Runs a program of Node's. */
export async function run(args: string[], settings: Record<string, string> = {}): Promise<Said> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', ...settings };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
    return { code: 0, out: stdout, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, said: stdout + stderr };
  }
}
