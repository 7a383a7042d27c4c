import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nunjucks from 'nunjucks';

/** This example's folder: the program runs from it, or compiled from the folder dist in it. */
export const folder = existsSync(join(import.meta.dirname, 'views'))
  ? import.meta.dirname
  : join(import.meta.dirname, '..');

/** govuk-frontend's own templates and assets. */
export const govuk = join(dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json')), 'dist');

const pages = nunjucks.configure([join(folder, 'views'), govuk], { autoescape: true, throwOnUndefined: false });
const inLondon = { timeZone: 'Europe/London' } as const;
pages.addFilter('day', (iso: string) =>
  // A date alone is that day everywhere.
  new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', ...inLondon }),
);
pages.addFilter('moment', (iso: string) =>
  new Date(iso).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    hour12: true,
    ...inLondon,
  }),
);
pages.addFilter('megabytes', (bytes: number) => `${Math.round((bytes / 1024 / 1024) * 10) / 10} MB`);

/** A page as HTML. */
export function renderPage(view: string, data: object): string {
  return pages.render(`${view}.njk`, data);
}
