import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';

/**
 * `npm run coverage [-- test/core …]` prints which lines and branches the tests run, by folder. It measures jest's own
 * process: code that runs in processes started by tests does not count. There is no threshold.
 */
const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'coverage');

/** Suites that run the application inside jest; the others start it as a process. */
const SUITES = [
  'account',
  'address',
  'attachment',
  'audit',
  'captcha',
  'core',
  'council',
  'deciders',
  'graphql',
  'http',
  'integration',
  'journeys/attack',
  'journeys/sessions',
  'journeys/time',
  'mail',
  'pdf',
  'projections',
  'records',
  'referral',
  'session',
  'staff',
  'telemetry',
].map((path) => `test/${path}`);

const chosen = process.argv.slice(2);
rmSync(folder, { recursive: true, force: true });
const jest = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--coverage',
    '--coverageProvider=v8',
    '--coverageReporters=json-summary',
    `--coverageDirectory=${folder}`,
    '--collectCoverageFrom=src/**/*.ts',
    '--collectCoverageFrom=projections/**/*.ts',
    // Files that no test loads are found below the roots, too.
    ...['src', 'projections', 'test'].map((name) => `--roots=${join(root, name)}`),
    '--forceExit',
    ...(chosen.length > 0 ? chosen : SUITES),
  ],
  { cwd: root, stdio: 'inherit' },
);

/** The folder a file counts for: the first below src, the first below projections, or one of those itself. */
function folderOf(path) {
  const parts = relative(root, path).split('/');
  return parts.slice(0, Math.min(2, parts.length - 1)).join('/');
}

/** @type {Map<string, Record<'lines' | 'branches', { total: number, covered: number }>>} */
const folders = new Map();
for (const [path, measured] of Object.entries(
  JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8')),
)) {
  const name = path === 'total' ? 'all' : folderOf(path);
  const sums = folders.get(name) ?? { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } };
  for (const what of ['lines', 'branches']) {
    sums[what].total += measured[what].total;
    sums[what].covered += measured[what].covered;
  }
  folders.set(name, sums);
}
const percent = ({ total, covered }) => (total === 0 ? '–' : `${((100 * covered) / total).toFixed(1)} %`);
const row = (...cells) => cells.map((cell, nth) => (nth === 0 ? cell.padEnd(24) : cell.padStart(10))).join('');
process.stdout.write(`${row('', 'lines', 'branches')}\n`);
for (const [name, { lines, branches }] of [...folders].sort(
  ([a], [b]) => (a === 'all') - (b === 'all') || (a < b ? -1 : 1),
)) {
  process.stdout.write(`${row(name, percent(lines), percent(branches))}\n`);
}
process.exitCode = jest.status ?? 1;
