import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import quick from './jest.config.js';

const folder = join(import.meta.dirname, 'test');
/** Properties, which `npm test` tries a tenth as often. */
const properties = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.test.ts') && readFileSync(join(folder, name), 'utf8').includes('/runs.js'))
  .map((name) => `<rootDir>/test/${name}`);

/** What takes longer: crashes and restarts, programs at the terminal, and every property at its full count. */
export default {
  ...quick,
  testMatch: ['**/*.slow.test.ts', ...properties],
  testPathIgnorePatterns: ['<rootDir>/test/engines/'],
  testTimeout: 300_000,
};
