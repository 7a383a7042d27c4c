import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import type { Config } from '../config.js';
import { MINUTE } from '../core/clock.js';

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

/** The public half of this installation's own key. */
export async function developmentPublicKey(dataDir: string): Promise<JWK> {
  const { d: _private, ...jwk } = await developmentKey(dataDir);
  return jwk;
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
