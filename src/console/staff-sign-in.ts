import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { DomainError } from '../core/problem.js';
import { developmentToken } from '../staff/development-token.js';
import type { StaffTokens, StaffViewer } from '../staff/staff-tokens.js';

export interface StaffMember extends StaffViewer {
  token: string;
}

/** Where staff sign in: the checks of their tokens, and the settings. */
export interface StaffSignIn {
  config: Config;
  staffTokens: StaffTokens;
}

/**
 * The staff member who asks, or undefined where nobody is signed in: by a bearer token that a proxy in front of the
 * console adds, or by the cookie of the console's own sign-in. Throws UNAVAILABLE where nobody can say whose token it is.
 */
export async function staffMember(
  request: FastifyRequest,
  { config, staffTokens }: StaffSignIn,
): Promise<StaffMember | undefined> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? cookieOf(request, cookieName(config));
  if (!token) return undefined;
  try {
    return { ...(await staffTokens.verify(token)), token };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') return undefined;
    throw error;
  }
}

/** Whether staff choose who to be: where tokens are this installation's own, and nobody's in particular. */
export function choosesToken({ production, staff }: Config): boolean {
  return !production && !staff.jwksUrl;
}

/** A development token of the role and council, in the name that `npm run token` gives too. */
export function chosenToken(config: Config, council: string, role: string): Promise<string> {
  const name = { worker: 'Wendy Worker', auditor: 'Audrey Auditor' }[role] ?? 'Rory Records';
  return developmentToken(config, { sub: `${role}-1`, name, role, council });
}

/** Keeps the token in a cookie that no script reads and no other site's request brings; empty takes it away. */
export function keepToken(reply: FastifyReply, config: Config, token: string): void {
  const secure = config.production ? '; Secure' : '';
  const ends = token === '' ? '; Max-Age=0' : '';
  const cookie = `${cookieName(config)}=${token}; Path=/; HttpOnly; SameSite=Strict${secure}${ends}`;
  void reply.header('set-cookie', cookie);
}

const cookieName = ({ production }: Config) => (production ? '__Host-console' : 'console');

function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([key]) => key === name)?.[1] || undefined;
}
