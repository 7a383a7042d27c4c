import { createHmac } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { projectRoot } from '../../src/core/project-root.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { startOpenIdProvider, type OpenIdProvider } from './openid-provider.js';

/** The councils of the repository, two of them with identity providers of their own. */
function councilsWith(staff: Record<string, string>): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'frontdoor-')), 'councils');
  cpSync(join(projectRoot, 'deploy/councils'), dir, { recursive: true });
  for (const [council, section] of Object.entries(staff)) {
    const file = join(dir, council, 'council.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\nstaff:\n${section}\n`);
  }
  return dir;
}

let frontdoor: TimedFrontdoor;
let entra: OpenIdProvider;
let keycloak: OpenIdProvider;
beforeAll(async () => {
  // The provider's own warnings about loopback say nothing here.
  for (const method of ['warn', 'info', 'error'] as const) jest.spyOn(console, method).mockReturnValue();
  [entra, keycloak] = await Promise.all([startOpenIdProvider('frontdoor'), startOpenIdProvider('frontdoor')]);
  const COUNCILS_DIR = councilsWith({
    lancashire: `  issuer: ${entra.issuer}
  audience: frontdoor
  roleClaim: groups
  roles: { FD-Workers: WORKER, FD-Audit: AUDITOR, FD-Systems: SERVICE }
  requires: { tid: lcc }`,
    sefton: `  issuer: ${keycloak.issuer}
  audience: frontdoor
  jwksUrl: ${keycloak.issuer}/jwks
  roleClaim: realm_access.roles`,
  });
  frontdoor = await startTimedFrontdoor({ COUNCILS_DIR });
});
afterAll(async () => {
  await frontdoor?.stop();
  await Promise.all([entra?.stop(), keycloak?.stop()]);
  jest.restoreAllMocks();
});

const worker = { groups: ['Everybody', 'FD-Workers'], tid: 'lcc', name: 'Wendy Worker' };
/** What happens when a token asks for a council's inbox: a problem's code, or undefined. */
const inbox = (token: string, council = 'lancashire') => frontdoor.visitor(council).as(token).problem(ask.inbox);
const withPart = (token: string, part: 0 | 1, change: object) => {
  const parts = token.split('.');
  const json = JSON.parse(Buffer.from(parts[part]!, 'base64url').toString()) as object;
  parts[part] = Buffer.from(JSON.stringify({ ...json, ...change })).toString('base64url');
  return parts.join('.');
};

describe('Staff sign in at their own council’s identity provider', () => {
  test('by the code flow, with the role that their group gives', async () => {
    const token = await entra.signIn('wendy', worker);
    expect(decodeJwt(token)).toMatchObject({ iss: entra.issuer, aud: 'frontdoor', sub: 'wendy' });
    expect(await inbox(token)).toBeUndefined();
    const auditor = await entra.signIn('audrey', { ...worker, groups: ['FD-Audit'] });
    expect(await inbox(auditor)).toBe('FORBIDDEN');
  });

  test('systems by their client’s secret, where the role lies deep in the claims', async () => {
    const token = await keycloak.systemToken({ realm_access: { roles: ['offline_access', 'service'] } });
    expect(await inbox(token, 'sefton')).toBeUndefined();
  });

  test('a council with no provider of its own takes the installation’s tokens; one that has, none of them', async () => {
    const problem = async (council: string) => (await frontdoor.staff(council, 'worker')).problem(ask.inbox);
    expect(await problem('worcestershire')).toBeUndefined();
    expect(await problem('lancashire')).toBe('UNAUTHENTICATED');
  });
});

describe('A token is refused', () => {
  test('at another council, whose provider did not make it', async () => {
    const token = await entra.signIn('wendy', worker);
    expect(await inbox(token, 'sefton')).toBe('UNAUTHENTICATED');
    expect(await inbox(token, 'worcestershire')).toBe('UNAUTHENTICATED');
    const claimed = await entra.signIn('wendy', { ...worker, council: 'worcestershire' });
    expect(await inbox(claimed, 'worcestershire')).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['of no group that gives a role', { ...worker, groups: ['Everybody'] }],
    ['of another tenant of the provider', { ...worker, tid: 'another' }],
    ['that claims a role past the configured claim', { ...worker, groups: [], role: 'worker' }],
    ['whose role is an object’s inherited word', { ...worker, groups: ['constructor', 'toString'] }],
  ])('%s', async (_what, claims) => {
    expect(await inbox(await entra.signIn('wendy', claims))).toBe('UNAUTHENTICATED');
  });

  test('that was meant for another service', async () => {
    const elsewhere = await startOpenIdProvider('another-service');
    try {
      const token = await elsewhere.signIn('wendy', worker);
      expect(await inbox(token)).toBe('UNAUTHENTICATED');
      expect(await inbox(withPart(token, 1, { iss: entra.issuer, aud: 'frontdoor' }))).toBe('UNAUTHENTICATED');
    } finally {
      await elsewhere.stop();
    }
  });

  test('without a signature, or signed with what everybody knows', async () => {
    const token = await entra.signIn('wendy', worker);
    const unsigned = withPart(token, 0, { alg: 'none' }).replace(/[^.]*$/, '');
    const [key] = await entra.keys();
    const confused = withPart(token, 0, { alg: 'HS256' }).split('.').slice(0, 2).join('.');
    const forged = ['n', 'whole'].map((part) => {
      const secret = part === 'n' ? Buffer.from(key!.n!, 'base64url') : JSON.stringify(key);
      return `${confused}.${createHmac('sha256', secret).update(confused).digest('base64url')}`;
    });
    for (const bad of [unsigned, ...forged, withPart(token, 1, { sub: 'somebody' }), `${token}A`, 'a.b.c']) {
      expect(await inbox(bad)).toBe('UNAUTHENTICATED');
    }
  });

  test('30 seconds after its end, or before its beginning, by our clock', async () => {
    const token = await entra.signIn('wendy', worker);
    const { exp, iat } = decodeJwt(token) as { exp: number; iat: number };
    const now = frontdoor.clock.now().getTime();
    const at = async (seconds: number) => {
      frontdoor.clock.move(seconds * 1_000 - frontdoor.clock.now().getTime());
      return inbox(token);
    };
    expect(await at(exp + 29)).toBeUndefined();
    expect(await at(exp + 31)).toBe('UNAUTHENTICATED');
    expect(await at(iat - 5)).toBeUndefined();
    frontdoor.clock.move(now - frontdoor.clock.now().getTime());
  });
});

let ahead = 0;
/** Asks as if five seconds had passed: unknown keys are fetched at most that often, by the system's clock. */
async function afterCooldown<T>(ask: () => Promise<T>): Promise<T> {
  const now = Date.now.bind(Date);
  ahead += 5_100;
  const later = jest.spyOn(Date, 'now').mockImplementation(() => now() + ahead);
  try {
    return await ask();
  } finally {
    later.mockRestore();
  }
}

describe('When the provider changes its keys', () => {
  test('the new one is fetched, and the one that is gone is refused', async () => {
    const before = await keycloak.systemToken({ realm_access: { roles: ['WORKER'] } });
    expect(await inbox(before, 'sefton')).toBeUndefined();
    await keycloak.rotate();
    const after = await keycloak.systemToken({ realm_access: { roles: ['WORKER'] } });
    expect(await afterCooldown(() => inbox(after, 'sefton'))).toBeUndefined();
    expect(await inbox(before, 'sefton')).toBe('UNAUTHENTICATED');
  });

  test('a provider that is not there makes nobody a stranger: try again', async () => {
    const token = await keycloak.systemToken({ realm_access: { roles: ['WORKER'] } });
    await keycloak.rotate();
    const next = await keycloak.systemToken({ realm_access: { roles: ['WORKER'] } });
    await keycloak.stop();
    expect(await afterCooldown(() => inbox(next, 'sefton'))).toBe('UNAVAILABLE');
    expect(await inbox(token, 'sefton')).toBeUndefined();
  });
});
