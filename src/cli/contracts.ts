import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incompatibilities } from '../../projections/kafka/compatibility.js';
import { contractFiles } from '../../projections/kafka/documents.js';
import { projectRoot } from '../core/project-root.js';

/** Writes deploy/contracts from the code: `npm run contracts`. Writes nothing where a published version would break. */
const folder = join(projectRoot, 'deploy/contracts');
const files = contractFiles();
const broken = [...files].flatMap(([name, content]) => {
  const file = join(folder, name);
  if (!name.endsWith('.json') || !existsSync(file)) return [];
  const published: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return incompatibilities(published, JSON.parse(content)).map((place) => `${name}: ${place}`);
});
if (broken.length > 0) {
  process.stderr.write(`These are published: give the event a new version instead.\n  ${broken.join('\n  ')}\n`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
for (const [name, content] of files) writeFileSync(join(folder, name), content);
process.stdout.write(`${files.size} files written to deploy/contracts\n`);
