import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { settings } from '../../src/settings.js';
import { projectRoot } from '../../src/core/project-root.js';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

test('the table of settings is what the code says', () => {
  const table = /<!-- settings:begin[^>]*-->\n([\s\S]*?)<!-- settings:end -->/.exec(readme)?.[1];
  const words = (text = '') => text.replace(/\s+/g, ' ').replace(/-{3,}/g, '---').trim();
  const rows = settings.map(
    ({ name, about, default: value }) => `| \`${name}\` | ${value ? `\`${value}\`` : ''} | ${about} |`,
  );
  expect(words(table)).toBe(words(['| name | default | what it is |', '| --- | --- | --- |', ...rows].join('\n')));
});

test('every file that is pointed to is there, and every command', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path!);
  expect(links.filter((path) => !/^https?:/.test(path) && !existsSync(join(projectRoot, path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { scripts: object };
  const commands = [...readme.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name!);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
});
