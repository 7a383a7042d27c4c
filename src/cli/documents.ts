import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectDocuments } from '../graphql/collect-documents.js';
import { schemaText } from '../graphql/graphql.module.js';

/** `npm run documents -- collect DIR OUT`: lists a front end's .graphql documents for TRUSTED_DOCUMENTS. */
const [command, dir, out, ...more] = process.argv.slice(2);
if (command !== 'collect' || !dir || !out || more.length > 0) {
  process.stderr.write('Usage: npm run -s documents -- collect DIR OUT.json\n');
  process.exit(2);
}
const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(graphql|gql)$/.test(name) && !name.split(/[\\/]/).includes('node_modules'))
  .sort();
try {
  const files = names.map((name) => ({ name, text: readFileSync(join(dir, name), 'utf8') }));
  const manifest = collectDocuments(files, schemaText);
  writeFileSync(out, `${JSON.stringify(manifest, null, 2)}\n`);
  process.stdout.write(`${Object.keys(manifest).length} documents of ${names.length} files written to ${out}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
