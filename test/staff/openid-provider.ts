import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

/** What somebody's tokens claim beside who they are. */
export type Claims = Record<string, unknown>;

const CLIENT = { id: 'portal', secret: 'a-secret-of-tests-only', redirect: 'https://portal.example/signed-in' };

export interface OpenIdProvider {
  issuer: string;
  /** Signs somebody in by the authorization code flow, forms and all, as a browser would; gives the access token. */
  signIn(login: string, claims: Claims): Promise<string>;
  /** A system's token, by its client secret. */
  systemToken(claims: Claims): Promise<string>;
  /** Its public keys as it serves them. */
  keys(): Promise<JWK[]>;
  /** From now on it signs with a key of another id, and shows no other. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

/** A real OpenID provider (oidc-provider) on loopback, whose access tokens are JWTs for an audience. */
export async function startOpenIdProvider(audience: string): Promise<OpenIdProvider> {
  const server: Server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let claims: Claims = {};
  let handle = await made(issuer, audience, () => claims, 'key-1');
  const token = async (form: Record<string, string>) => {
    const reply = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    const said = (await reply.json()) as { access_token?: string };
    if (!said.access_token) throw new Error(`The provider gave no token: ${JSON.stringify(said)}`);
    return said.access_token;
  };
  let generation = 1;
  return {
    issuer,
    async signIn(login, given) {
      claims = given;
      const code = await codeFor(issuer, login);
      return token({ grant_type: 'authorization_code', code, redirect_uri: CLIENT.redirect });
    },
    systemToken(given) {
      claims = given;
      return token({ grant_type: 'client_credentials', resource: RESOURCE, scope: 'staff' });
    },
    async keys() {
      return ((await (await fetch(`${issuer}/jwks`)).json()) as { keys: JWK[] }).keys;
    },
    async rotate() {
      generation += 1;
      handle = await made(issuer, audience, () => claims, `key-${generation}`);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const RESOURCE = 'https://frontdoor.example';

async function made(issuer: string, audience: string, claims: () => Claims, kid: string) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
  const resource = { scope: 'staff', audience, accessTokenTTL: 3_600, accessTokenFormat: 'jwt' as const };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [CLIENT.redirect],
        grant_types: ['authorization_code', 'client_credentials'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [jwk] as never },
    scopes: ['openid', 'staff'],
    pkce: { required: () => false },
    cookies: { keys: ['for tests only'] },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ ...resource, jwt: { sign: { alg: 'RS256' } } }),
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
      },
    },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    extraTokenClaims: () => claims() as never,
  });
  return provider.callback();
}

/** Walks through log-in and consent as a browser does: following redirects, keeping cookies, sending the forms. */
async function codeFor(issuer: string, login: string): Promise<string> {
  const cookies = new Map<string, string>();
  let url = `${issuer}/auth?${new URLSearchParams({ client_id: CLIENT.id, response_type: 'code', redirect_uri: CLIENT.redirect, scope: 'openid staff', resource: RESOURCE }).toString()}`;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 20; step += 1) {
    const reply = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form,
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of reply.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      cookies.set(name!, value!);
    }
    const next = reply.headers.get('location');
    form = undefined;
    if (next) {
      url = new URL(next, issuer).href;
      const code = url.startsWith(CLIENT.redirect) ? new URL(url).searchParams.get('code') : undefined;
      if (code) return code;
      if (url.startsWith(CLIENT.redirect)) throw new Error(`Signing in ended at ${url}`);
      continue;
    }
    const page = await reply.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (!prompt) throw new Error(`The provider shows no form (${reply.status}): ${page.slice(0, 300)}`);
    form = new URLSearchParams({ prompt, login, password: 'any' });
    url = new URL(/action="([^"]+)"/.exec(page)?.[1] ?? url, issuer).href;
  }
  throw new Error('Signing in led nowhere.');
}
