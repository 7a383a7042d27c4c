import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';

/** The build that tests run as processes: this checkout's, unless FRONTDOOR_DIST names another. */
export const dist = resolve(process.env.FRONTDOOR_DIST ?? join(projectRoot, 'dist'));

/** The flags of Node that `npm start` runs the product with. */
export const nodeFlags = flagsOf(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Scripts);

interface Scripts {
  scripts: { start: string };
}

function flagsOf({ scripts }: Scripts): string[] {
  return /node (.+) dist/.exec(scripts.start)![1]!.split(' ');
}
