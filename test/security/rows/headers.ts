import { productionSettings } from '../../support/production.js';
import { requests } from '../../support/routes.js';
import type { SecurityRow } from '../row.js';

const WANTED: Record<string, RegExp> = {
  'strict-transport-security': /^max-age=\d{8,}/,
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cache-control': /no-store/,
};

export const row: SecurityRow = {
  name: 'headers on every answer',
  area: 'Headers',
  target: 'HSTS, CSP, nosniff, Referrer-Policy, no-store on every route, errors too',
  async run(ground) {
    const { base } = (await ground.timed(productionSettings())).visitor('lancashire');
    const missing: string[] = [];
    const statuses = new Set<number>();
    for (const [what, path, init] of requests) {
      const reply = await fetch(`${base}${path}`, init);
      await reply.arrayBuffer();
      statuses.add(reply.status);
      for (const [name, wanted] of Object.entries(WANTED)) {
        if (!wanted.test(reply.headers.get(name) ?? '')) missing.push(`${name} on ${what}`);
      }
    }
    const seen = `${requests.length} kinds of request (${[...statuses].sort().join(', ')}): ${missing.length} headers missing`;
    return { measured: [seen, ...missing].join('; '), pass: missing.length === 0 };
  },
};
