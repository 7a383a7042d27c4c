import { readFileSync } from 'node:fs';
import { nameOf } from './mutant.js';
import type { Drawn } from './sample.js';
import { targets } from './targets.js';

const outcomes = ['killed', 'timed out', 'equivalent', 'survived', 'not reached', 'not equivalent'] as const;

export interface Tried extends Drawn {
  outcome: (typeof outcomes)[number];
  /** The test that noticed it, or the reason why none can. */
  by: string;
}

/** The table, and how many survivors have no reason. */
export function printed(tried: readonly Tried[]): { text: string; unexplained: number } {
  const row = (name: string, own: readonly Tried[]) => [
    name,
    own.length,
    ...outcomes.map((outcome) => own.filter((one) => one.outcome === outcome).length),
  ];
  const rows = [
    ['', 'mutants', ...outcomes],
    ...targets.map(({ name }) =>
      row(
        name,
        tried.filter(({ target }) => target === name),
      ),
    ),
    row('all', tried),
  ];
  const unexplained = tried.filter(isUnexplained);
  const lines = rows.map((cells) => cells.map((cell, nth) => String(cell).padStart(nth === 0 ? 12 : 15)).join(''));
  const named = unexplained.map((one) => `${one.outcome}: ${one.file}:${one.line} ${nameOf(one)} ${one.by}`);
  return { text: [...lines, '', ...named.sort()].join('\n'), unexplained: unexplained.length };
}

/** The names of a report's survivors without a reason. */
export function survivorsOf(file: string): string[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as Tried[]).filter(isUnexplained).map(nameOf);
}

function isUnexplained({ outcome }: Tried): boolean {
  return !['killed', 'timed out', 'equivalent'].includes(outcome);
}
