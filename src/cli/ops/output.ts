import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { Refused } from './refused.js';

/**
 * Where a command tells how far it has come: standard output, or with `--json` standard error, so that standard output
 * is the result alone.
 */
export function progressOf(command: Command): (line: string) => void {
  const stream = wantsJson(command) ? process.stderr : process.stdout;
  return (line) => void stream.write(`${line}\n`);
}

/** Prints what a command found: one JSON document with `--json` (large numbers as strings), else the text. */
export function answer(command: Command, result: unknown, text: string): void {
  const json = () => JSON.stringify(result, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
  process.stdout.write(`${wantsJson(command) ? json() : text.trimEnd()}\n`);
}

/** Asks before something that cannot be taken back. `--yes` answers for scripts; without a terminal it is a refusal. */
export async function confirm(command: Command, question: string): Promise<void> {
  if (command.optsWithGlobals<{ yes?: boolean }>().yes) return;
  if (!process.stdin.isTTY) throw new Refused(`${question} Say so with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(`${question} Type yes to go on: `);
    if (typed.trim() !== 'yes') throw new Refused('Nothing was done.');
  } finally {
    terminal.close();
  }
}

function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
