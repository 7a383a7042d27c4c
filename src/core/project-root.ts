import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findUp(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findUp(dirname(from));
}

/** The folder that holds package.json, whether this runs from source or from dist. */
export const projectRoot = findUp(dirname(fileURLToPath(import.meta.url)));

/** A thread's program, compiled, whether this runs from source or from dist: threads read no TypeScript. */
export function threadProgram(path: string): string {
  return join(projectRoot, 'dist', path);
}
