import type { Councils } from '../council/councils.js';

/** The prefix holds a browser to Secure, Path=/ and no Domain (RFC 6265bis, 4.1.3.2). */
const NAME = '__Host-frontdoor';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

type HeaderOf = (name: string) => string | undefined;

/** True where the caller wants its session in a cookie. The header cannot be sent across origins unasked. */
export function wantsCookie(header: HeaderOf): boolean {
  return header('x-session')?.toLowerCase() === 'cookie';
}

/** The session's token in the request's cookie, where the caller says that it means the cookie. */
export function cookieToken(header: HeaderOf): string | undefined {
  if (!wantsCookie(header)) return undefined;
  const cookies = (header('cookie') ?? '').split(';').map((pair) => pair.trim());
  return cookies.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1) || undefined;
}

/** The set-cookie header that hands a token to the browser; it goes when the browser closes or the session ends. */
export function sessionCookie(token: string): string {
  return `${NAME}=${token}; ${ATTRIBUTES}`;
}

export const endedCookie = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;

/**
 * Whether a request may use a cookie by where it comes from: the very host that is asked, or a council's own. A browser
 * names the origin of every POST and WebSocket; without one it is no browser, or says itself that the site is another.
 */
export function isOwnOrigin(header: HeaderOf, councils: Councils): boolean {
  const origin = header('origin');
  if (origin === undefined) return header('sec-fetch-site') !== 'cross-site';
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === header('host') || councils.byHost(host) !== undefined;
}
