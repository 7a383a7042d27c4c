import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository: this is compiled into a folder beneath it. */
export const repository = findUp(import.meta.dirname);

/** This folder as it is in the repository: what is not TypeScript is not compiled along. */
export const engineSources = join(repository, 'test/engines');

function findUp(from: string): string {
  return existsSync(join(from, 'jest.config.js')) ? from : findUp(dirname(from));
}
