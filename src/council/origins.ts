import type { Council } from './council.js';
import type { Councils } from './councils.js';

/**
 * The council whose front end a browser's `Origin` is: one of its hosts, or where its portal is (`mail.portalUrl`); over
 * TLS, save in development. Undefined for every other page.
 */
export function councilOfOrigin(origin: string, councils: Councils, production: boolean): Council | undefined {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  // An origin has no path, and is spelt in one way.
  if (!url || url.origin !== origin || (production && url.protocol !== 'https:')) return undefined;
  return (
    councils.byHost(url.hostname) ?? councils.all().find(({ mail }) => new URL(mail.portalUrl).origin === url.origin)
  );
}
