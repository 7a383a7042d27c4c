import type { FastifyReply, FastifyRequest } from 'fastify';

/** Reads one cookie of a request; undefined where there is none. */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return decodeURIComponent(value.join('='));
  }
  return undefined;
}

/**
 * Sets a cookie that no script can read and that other sites' forms do not send; empty takes it away. It ends with the
 * browser, or after so many seconds.
 */
export function setCookie(reply: FastifyReply, name: string, value: string, secure: boolean, maxAge?: number): void {
  const lasts = value === '' ? '; Max-Age=0' : maxAge ? `; Max-Age=${maxAge}` : '';
  const cookie = `${name}=${encodeURIComponent(value)}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${lasts}`;
  const before = reply.getHeader('set-cookie');
  void reply.removeHeader('set-cookie');
  void reply.header('set-cookie', [...(Array.isArray(before) ? before : before ? [String(before)] : []), cookie]);
}
