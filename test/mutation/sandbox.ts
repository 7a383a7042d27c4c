import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { run } from '../engines/program.js';
import { instrument } from './instrument.js';
import type { Mutant } from './mutant.js';

const PARTS = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'projections', 'test', 'deploy'];
const BUILD_LIMIT = 5 * 60_000;

/** Builds a copy of the repository with every mutant in it. The tests run there; the checkout stays as it is. */
export async function makeSandbox(mutants: ReadonlyMap<string, Mutant>): Promise<string> {
  const folder = join(projectRoot, 'dist/mutation');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  for (const file of new Set([...mutants.values()].map((mutant) => mutant.file))) {
    const path = join(folder, file);
    const own = new Map([...mutants].filter(([, mutant]) => mutant.file === file));
    writeFileSync(path, instrument(readFileSync(path, 'utf8'), own));
  }
  // Mutants need not fit the types.
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck'];
  const { code, said } = await run(process.execPath, tsc, { cwd: folder, limit: BUILD_LIMIT });
  if (code !== 0) throw new Error(`The mutants cannot be built: ${said.slice(-2_000)}`);
  return folder;
}
