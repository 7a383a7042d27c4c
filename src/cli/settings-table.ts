import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '../settings.js';
import { projectRoot } from '../core/project-root.js';

/** Writes the README's table of settings from the code: `npm run docs`. */
const file = join(projectRoot, 'README.md');
const rows = settings.map(
  ({ name, about, default: value }) => `| \`${name}\` | ${value ? `\`${value}\`` : ''} | ${about} |`,
);
const table = ['| name | default | what it is |', '| --- | --- | --- |', ...rows].join('\n');
const between = /(<!-- settings:begin[^\n]*-->\n)[\s\S]*?(<!-- settings:end -->)/;
writeFileSync(
  file,
  readFileSync(file, 'utf8').replace(between, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`),
);
