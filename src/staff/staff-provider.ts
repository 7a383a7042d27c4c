import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';

/** A provider that does not answer is given up after so long: milliseconds. */
const PATIENCE = 5_000;
/** A key that is not known is asked for at most this often: milliseconds. */
const COOLDOWN = 5_000;
/** A key that the provider took back is refused after so long at the latest: milliseconds. */
const KEPT = 5 * 60_000;

/** The keys of a set that is fetched when it is needed, and again when a token names a key that is not in it. */
export function keysAt(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: PATIENCE,
    cooldownDuration: COOLDOWN,
    cacheMaxAge: KEPT,
  });
}

/** The same where only the issuer is known: OpenID Connect Discovery 1.0, section 4, says where the keys are. */
export function keysOfIssuer(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    found ??= discover(issuer);
    // One that was not there is asked again next time.
    found.catch(() => (found = undefined));
    return (await found)(header, token);
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const reply = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!reply.ok) throw new Error('The identity provider has no discovery document.');
  const { issuer: named, jwks_uri: url } = (await reply.json()) as { issuer?: unknown; jwks_uri?: unknown };
  // Section 4.3: anybody could otherwise name keys for somebody else's issuer.
  if (named !== issuer || typeof url !== 'string') throw new Error('The discovery document is of another issuer.');
  if (new URL(url).protocol !== 'https:' && new URL(issuer).protocol === 'https:') {
    throw new Error('The identity provider keeps its keys where anybody may change them on the way.');
  }
  return keysAt(url);
}
