import { createLocalJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Config } from '../config.js';
import type { StaffProvider } from '../council/council.js';
import type { Councils } from '../council/councils.js';
import { DomainError } from '../core/problem.js';
import { developmentPublicKey } from './development-token.js';
import { readClaims, type StaffRole } from './staff-claims.js';
import { keysAt, keysOfIssuer } from './staff-provider.js';

/** Someone, or a system, of one council, as the council's identity provider says. */
export interface StaffViewer {
  role: StaffRole;
  id: string;
  name: string;
  council: string;
  /** When the token ends. */
  expiresAt: Date;
}

/** EdDSA would do as well; RS256 and ES256 are what OpenID providers sign with. Neither "none" nor a shared secret is one. */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];
/** How far a provider's clock may be from ours, in seconds. */
const SKEW = 30;

interface Trusted {
  provider: StaffProvider;
  keys: JWTVerifyGetKey;
  /** Whose staff its tokens speak for, by what they claim. */
  councilOf: (claims: JWTPayload) => string | undefined;
}

/** Checks staff tokens: signature, issuer, audience, life, role and council. */
export class StaffTokens {
  private constructor(
    private readonly trusted: readonly Trusted[],
    private readonly now: () => Date,
  ) {}

  /**
   * Each council trusts the provider that its council.yaml names, and no other; those that name none, the one of the
   * STAFF_ settings. Throws Error where a council of a production installation has neither, or one without TLS.
   */
  static async open(config: Config, councils: Councils, now: () => Date): Promise<StaffTokens> {
    const own = councils.all().flatMap(({ id, staff }) => (staff ? [{ id, provider: staff }] : []));
    const others = councils.all().flatMap(({ id, staff }) => (staff ? [] : [id]));
    if (config.production) holdToProduction(own, others, config);
    holdApart(own);
    const trusted = own.map(({ id, provider }): Trusted => {
      const keys = provider.jwksUrl ? keysAt(provider.jwksUrl) : keysOfIssuer(provider.issuer);
      return { provider, keys, councilOf: () => id };
    });
    if (others.length === 0) return new StaffTokens(trusted, now);
    const { jwksUrl, issuer, audience } = config.staff;
    const claims = { roleClaim: 'role', roles: null, nameClaim: 'name', requires: {} };
    const councilOf = ({ council }: JWTPayload) => others.find((id) => id === council);
    const keys = jwksUrl ? keysAt(jwksUrl) : createLocalJWKSet({ keys: [await developmentPublicKey(config.dataDir)] });
    trusted.push({ provider: { issuer, audience, jwksUrl: jwksUrl ?? null, ...claims }, keys, councilOf });
    return new StaffTokens(trusted, now);
  }

  /** Who the token speaks for; throws UNAUTHENTICATED where it speaks for nobody, UNAVAILABLE where nobody can say so. */
  async verify(token: string): Promise<StaffViewer> {
    const problems: DomainError[] = [];
    const issuer = issuerOf(token);
    for (const one of this.trusted.filter(({ provider }) => provider.issuer === issuer)) {
      try {
        return await this.verifyBy(one, token);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        problems.push(error);
      }
    }
    throw problems[0] ?? unauthenticated('This staff token is not valid here.');
  }

  private async verifyBy({ provider, keys, councilOf }: Trusted, token: string): Promise<StaffViewer> {
    const { issuer, audience } = provider;
    const options = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      currentDate: this.now(),
      clockTolerance: SKEW,
      requiredClaims: ['sub', 'exp'],
    };
    const { payload } = await jwtVerify(token, keys, options).catch(refuse);
    const said = readClaims(payload, provider);
    const council = councilOf(payload);
    if (!said || council === undefined) throw unauthenticated('This staff token names no role or no council.');
    return { ...said, id: payload.sub!, council, expiresAt: new Date(payload.exp! * 1_000) };
  }
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw unauthenticated('This staff token has expired. Sign in again.');
  // Of JOSE's errors the bare one says that the provider answered with something else, or not at all.
  const unreachable =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    (error as { code?: string }).code === 'ERR_JOSE_GENERIC';
  if (error instanceof errors.JOSEError && !unreachable) throw unauthenticated('This staff token is not valid here.');
  throw new DomainError('UNAVAILABLE', 'Staff cannot be signed in just now. Please try again shortly.');
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** Two councils may share a provider where their tokens are told apart by audience or by a claim. */
function holdApart(own: readonly { id: string; provider: StaffProvider }[]): void {
  for (const [place, { id, provider: one }] of own.entries()) {
    const same = own.slice(place + 1).find(({ provider: other }) => {
      const names = Object.keys(one.requires).filter((name) => Object.hasOwn(other.requires, name));
      const apart = names.some((name) => one.requires[name] !== other.requires[name]);
      return one.issuer === other.issuer && one.audience === other.audience && !apart;
    });
    if (same)
      throw new Error(`Staff of ${id} and ${same.id} cannot be told apart: give each a claim under staff.requires.`);
  }
}

function holdToProduction(
  own: readonly { id: string; provider: StaffProvider }[],
  others: readonly string[],
  { staff }: Config,
): void {
  if (others.length > 0 && !staff.jwksUrl) {
    throw new Error(
      `STAFF_JWKS_URL must be set in production: council.yaml of ${others[0]} names no provider (staff).`,
    );
  }
  const open = own.find(({ provider }) => !`${provider.jwksUrl ?? provider.issuer}`.startsWith('https:'));
  if (open) throw new Error(`The identity provider of ${open.id} must be reached over https in production.`);
}

function unauthenticated(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}
