import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { folder, govuk } from './page.js';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** GraphiQL's ready-made bundles, by the names they are served under; absent where it is not installed. */
const GRAPHIQL: Record<string, [packageName: string, file: string]> = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
};

/** Whether GraphiQL can be shown: it is a tool of development, and not among what production installs. */
export const graphiqlIsHere = Object.values(GRAPHIQL).every(([name, file]) => existsSync(fileOf(name, file) ?? ''));

/** Everything the console's pages load, from this server alone: read when it starts, served under /console/assets/. */
export function serveAssets(scope: FastifyInstance): void {
  const own = join(folder, 'assets');
  const files = new Map(readdirSync(own).map((name) => [name, readFileSync(join(own, name), 'utf8')]));
  files.set('govuk-frontend.js', readFileSync(join(govuk, 'govuk/govuk-frontend.min.js'), 'utf8'));
  const css = readFileSync(join(govuk, 'govuk/govuk-frontend.min.css'), 'utf8');
  // The typeface GDS Transport may be used on GOV.UK alone (govuk-frontend's licence).
  files.set('govuk-frontend.css', css.replace(/@font-face\{[^}]*\}/g, '').replaceAll('GDS Transport,', ''));
  if (graphiqlIsHere) {
    for (const [served, [name, file]] of Object.entries(GRAPHIQL)) {
      files.set(served, readFileSync(fileOf(name, file)!, 'utf8'));
    }
  }
  scope.get<{ Params: { name: string } }>('/assets/:name', async ({ params: { name } }, reply) => {
    const text = files.get(name);
    if (text === undefined) return reply.code(404).send('');
    return reply.type(TYPES[extname(name)] ?? 'text/plain').send(text);
  });
}

function fileOf(packageName: string, file: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), file);
  } catch {
    return undefined;
  }
}
