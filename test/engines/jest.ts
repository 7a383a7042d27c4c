import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pointers } from './engine.js';
import { repository } from './places.js';
import { run } from './program.js';
import type { Group } from './suites.js';

export interface TestResult {
  file: string;
  /** With the names of the groups it is in. */
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  messages: string[];
}

/** What jest's --json writes, as far as it is read here. */
interface JestReport {
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/** A test file, or several, may take this long. */
const LIMIT = 8 * 60_000;

const nowhere = { EVENTSTORE_TEST_URL: undefined, MONGO_TEST_URL: undefined, SMTP_TEST_CONTROL: undefined };
/** What the script that runs this has just built: jest need not build it again for each group. */
const built = { FRONTDOOR_DIST: join(repository, 'dist') };

/** Runs tests as `npm test` does, against the servers that are pointed at. */
export async function runJest({ files, only }: Group, pointers: Pointers): Promise<TestResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdoor-engines-'));
  const report = join(folder, 'report.json');
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  // A test that failed half-way may have left something open. Those in this folder are none of `npm test`.
  const how = [
    '--testPathIgnorePatterns=/node_modules/',
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${report}`,
  ];
  const what = [...(only === undefined ? [] : ['-t', only]), '--runTestsByPath', ...files];
  try {
    const env = { ...nowhere, ...built, ...pointers };
    const { said } = await run(process.execPath, [...jest, ...how, ...what], { cwd: repository, env, limit: LIMIT });
    const wanted = new RegExp(only ?? '', 'i');
    return results(report, files, said).filter(({ name, status }) => status !== 'skipped' || wanted.test(name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function results(report: string, files: readonly string[], said: string): TestResult[] {
  const broken = (file: string, message: string): TestResult => ({
    file,
    name: `${file} as a whole`,
    status: 'failed',
    messages: [message],
  });
  let read: JestReport;
  try {
    read = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  } catch {
    return files.map((file) => broken(file, said.slice(-2_000)));
  }
  return files.flatMap((file) => {
    const result = read.testResults.find(({ name }) => name.endsWith(file));
    // A file that cannot even be read has a message and no tests.
    if (!result || result.assertionResults.length === 0) return [broken(file, result?.message ?? 'did not run')];
    return result.assertionResults.map(({ fullName, status, failureMessages }) => ({
      file,
      name: fullName,
      status: status === 'passed' || status === 'failed' ? status : ('skipped' as const),
      messages: failureMessages,
    }));
  });
}
