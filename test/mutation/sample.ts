import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { always } from './always.js';
import { equivalents } from './equivalent.js';
import { findMutants } from './find-mutants.js';
import { nameOf, type Mutant } from './mutant.js';
import { targets, type Target } from './targets.js';

export interface Drawn extends Mutant {
  target: string;
}

/** Which mutants a run is about: all of a file, or so many of each target, the same ones for the same seed. */
export interface Choice {
  seed: string;
  /** How many to draw for each that a target names. */
  scale: number;
  /** All mutants of the files whose path holds this. */
  only?: string;
  /** Draws from code that only suites with stores reach, too. */
  stores: boolean;
}

export function drawn({ seed, scale, only, stores }: Choice): Drawn[] {
  const all = everyMutant();
  if (only !== undefined) return all.filter(({ file }) => file.includes(only));
  const missing = [...always, ...equivalents].filter(
    ({ file, was, becomes }) => !all.some(isSame({ file, was, becomes })),
  );
  if (missing.length > 0) throw new Error(`These no longer fit a line: ${missing.map(({ was }) => was).join('; ')}`);
  return targets.flatMap((target) => {
    const own = all.filter((mutant) => mutant.target === target.name);
    const known = own.filter((mutant) => always.some((wanted) => isSame(wanted)(mutant)));
    const others = own.filter((mutant) => !known.includes(mutant));
    return [...known, ...draw(others, target.needsStores && !stores ? 0 : target.drawn * scale, seed)];
  });
}

function isSame(wanted: Pick<Mutant, 'file' | 'was' | 'becomes'>): (mutant: Mutant) => boolean {
  return ({ file, was, becomes }) => file === wanted.file && was === wanted.was && becomes === wanted.becomes;
}

/** By a hash of each one's name, so that a change to one line draws no other mutants elsewhere. */
function draw(mutants: readonly Drawn[], count: number, seed: string): Drawn[] {
  const ranked = mutants.map((mutant) => ({ mutant, rank: rank(`${seed} ${nameOf(mutant)}`) }));
  return ranked
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
}

function rank(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function everyMutant(): Drawn[] {
  const files = ['src', 'projections'].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  );
  return files.sort().flatMap((file) => {
    const target = targetOf(file);
    if (!target) return [];
    const text = readFileSync(join(projectRoot, file), 'utf8');
    return findMutants(file, text).map((mutant) => ({ ...mutant, target: target.name }));
  });
}

function targetOf(file: string): Target | undefined {
  return targets.find(({ files }) => files.test(file));
}
