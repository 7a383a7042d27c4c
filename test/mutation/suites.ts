import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from '../engines/program.js';

/** How jest is started in the copy of the repository. */
export const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--config=test/mutation/jest.config.js',
  '--forceExit',
];
const ALL_LIMIT = 20 * 60_000;

export interface Suite {
  path: string;
  /** Milliseconds. */
  took: number;
  /** The ids of the mutants it reaches. */
  reaches: Set<string>;
}

interface JestReport {
  testResults: { name: string; startTime: number; endTime: number; status: string; message: string }[];
}

/** Runs every suite without a mutant and reports how long each takes and which mutants it reaches. Throws if one fails. */
export async function tryAll(sandbox: string, suites: readonly string[]): Promise<Suite[]> {
  const hits = join(sandbox, 'hits');
  mkdirSync(hits);
  const file = join(sandbox, 'report.json');
  const args = [...JEST, ...suites, '--json', `--outputFile=${file}`];
  const { said } = await run(process.execPath, args, {
    cwd: sandbox,
    env: { MUTATION_HITS_DIR: hits },
    limit: ALL_LIMIT,
  });
  let report: JestReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    throw new Error(`The suites did not come to their end: ${said.slice(-2_000)}`);
  }
  const failed = report.testResults.filter(({ status }) => status !== 'passed');
  if (failed.length > 0) {
    const messages = failed.map(({ name, message }) => `${name}\n${message}`);
    throw new Error(`Suites fail without any mutant:\n${messages.join('\n')}`);
  }
  const noted = new Set(readdirSync(hits));
  return report.testResults.map(({ name, startTime, endTime }) => {
    const own = name.replaceAll('/', '~');
    const reaches = noted.has(own) ? readFileSync(join(hits, own), 'utf8').trim().split('\n') : [];
    return { path: relative(sandbox, name), took: endTime - startTime, reaches: new Set(reaches) };
  });
}
