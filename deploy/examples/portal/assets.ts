import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { folder, govuk } from './page.js';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything a page loads, from this server alone: read once, served under /assets/. */
export function serveAssets(portal: FastifyInstance): void {
  const own = join(folder, 'assets');
  const files = new Map(readdirSync(own).map((name) => [name, readFileSync(join(own, name), 'utf8')]));
  files.set('govuk-frontend.js', readFileSync(join(govuk, 'govuk/govuk-frontend.min.js'), 'utf8'));
  files.set('govuk-frontend.css', withoutCrown(readFileSync(join(govuk, 'govuk/govuk-frontend.min.css'), 'utf8')));
  portal.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const text = files.get(basename(request.params.name));
    if (text === undefined) return reply.code(404).send('');
    return reply
      .header('cache-control', 'public, max-age=3600')
      .type(TYPES[extname(request.params.name)] ?? 'text/plain')
      .send(text);
  });
}

/** The typeface GDS Transport may be used on GOV.UK alone (govuk-frontend's licence): councils take the next one. */
function withoutCrown(css: string): string {
  return css
    .replace(/@font-face\{[^}]*\}/g, '')
    .replaceAll('GDS Transport,', '')
    .replaceAll('"GDS Transport",', '');
}
