import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectRoot } from '../../src/core/project-root.js';
import type { Anything } from '../support/anything.js';

export function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

export function isThere(path: string): boolean {
  return existsSync(join(projectRoot, path));
}

/** The documents of a YAML file; throws where it is not YAML. */
export function documents(path: string): Anything[] {
  return parseAllDocuments(read(path), { merge: true }).map((document) => {
    if (document.errors[0]) throw new Error(`${path}: ${document.errors[0].message}`);
    return document.toJS();
  });
}

/** Every file of a folder with one of these endings, from the repository on. */
export function filesIn(folder: string, ...endings: string[]): string[] {
  const all = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' });
  return all.filter((name) => endings.some((ending) => name.endsWith(ending))).map((name) => join(folder, name));
}

/** The programs that package.json starts, as they are called without npm: `node --flag dist/src/main.js`. */
export function programs(): Set<string> {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  return new Set(Object.values(scripts).flatMap((script) => script.match(/node( --\S+)* dist\/\S+\.js/g) ?? []));
}
