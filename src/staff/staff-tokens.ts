import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import type { Config } from '../config.js';
import { MINUTE } from '../core/clock.js';
import { DomainError } from '../core/problem.js';

export const staffRoles = ['WORKER', 'AUDITOR', 'RECORDS_OFFICER', 'SERVICE'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** Someone, or a system, of one council, as the council's identity provider says. */
export interface StaffViewer {
  role: StaffRole;
  id: string;
  name: string;
  council: string;
  /** When the token ends. */
  expiresAt: Date;
}

/** EdDSA would do as well; RS256 and ES256 are what OpenID providers sign with. */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];

/** Checks staff tokens: signature, issuer, audience, expiry, role and council. */
export class StaffTokens {
  private constructor(
    private readonly keys: JWTVerifyGetKey,
    private readonly expected: { issuer: string; audience: string },
    private readonly now: () => Date,
  ) {}

  static async open(config: Config, now: () => Date): Promise<StaffTokens> {
    const { jwksUrl, issuer, audience } = config.staff;
    const keys = jwksUrl
      ? createRemoteJWKSet(new URL(jwksUrl))
      : createLocalJWKSet({ keys: [publicPart(await developmentKey(config.dataDir))] });
    return new StaffTokens(keys, { issuer, audience }, now);
  }

  /** Who the token speaks for; throws UNAUTHENTICATED where it speaks for nobody. */
  async verify(token: string): Promise<StaffViewer> {
    try {
      const options = {
        ...this.expected,
        algorithms: ALGORITHMS,
        currentDate: this.now(),
        requiredClaims: ['sub', 'exp'],
      };
      const { payload } = await jwtVerify(token, this.keys, options);
      const role = String(payload.role).toUpperCase().replace('-', '_') as StaffRole;
      if (!staffRoles.includes(role) || typeof payload.council !== 'string') {
        throw unauthenticated('This staff token names no role or no council.');
      }
      const name = typeof payload.name === 'string' ? payload.name : payload.sub!;
      const expiresAt = new Date(payload.exp! * 1_000);
      return { role, id: payload.sub!, name, council: payload.council, expiresAt };
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (error instanceof errors.JWTExpired) throw unauthenticated('This staff token has expired. Sign in again.');
      if (error instanceof errors.JOSEError) throw unauthenticated('This staff token is not valid here.');
      throw error;
    }
  }
}

const HOURS_OF_LIFE = 12;

/** A token signed by this installation's own key: what an identity provider does elsewhere. */
export async function developmentToken(
  config: Config,
  claims: { sub: string; name: string; role: string; council: string },
  now = new Date(),
): Promise<string> {
  const key = await developmentKey(config.dataDir);
  return new SignJWT({ name: claims.name, role: claims.role, council: claims.council })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid })
    .setSubject(claims.sub)
    .setIssuer(config.staff.issuer)
    .setAudience(config.staff.audience)
    .setIssuedAt(now)
    .setExpirationTime(new Date(now.getTime() + HOURS_OF_LIFE * 60 * MINUTE))
    .sign(await importJWK(key, 'ES256'));
}

async function developmentKey(dataDir: string): Promise<JWK> {
  const file = join(dataDir, 'staff-key.json');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: 'development', alg: 'ES256' };
    try {
      writeFileSync(file, JSON.stringify(jwk), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return JSON.parse(readFileSync(file, 'utf8')) as JWK;
}

function publicPart({ d: _private, ...jwk }: JWK): JWK {
  return jwk;
}

function unauthenticated(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}
