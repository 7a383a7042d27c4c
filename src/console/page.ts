import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nunjucks from 'nunjucks';
import { projectRoot } from '../core/project-root.js';

/** Templates and assets are read from the sources, as the schema is. */
export const folder = join(projectRoot, 'src/console');

const { resolve } = createRequire(import.meta.url);
/** govuk-frontend's own templates and assets. */
export const govuk = join(dirname(resolve('govuk-frontend/package.json')), 'dist');

/** Nothing from elsewhere, nothing inline. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const pages = nunjucks.configure([join(folder, 'views'), govuk], { autoescape: true });

const inLondon = { timeZone: 'Europe/London' } as const;
pages.addFilter('moment', (iso: string) =>
  new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium', ...inLondon }),
);
pages.addFilter('day', (iso: string) => new Date(iso).toLocaleDateString('en-GB', { dateStyle: 'long', ...inLondon }));
/** IN_CONTACT and FormSubmitted as people say them: In contact, Form submitted. */
pages.addFilter('words', (name: string) => {
  const spaced = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]/g, ' ')
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
});
pages.addFilter('json', (value: unknown) => JSON.stringify(value, null, 2));

/** A page of the console as HTML. */
export function renderPage(view: string, data: object): string {
  return pages.render(`${view}.njk`, data);
}
