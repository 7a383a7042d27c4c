import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InternalServerErrorException, type Type } from '@nestjs/common';
import { GraphQLError } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { AppModule } from '../../src/app.module.js';
import { isUuid } from '../../src/core/ids.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { councils } from '../support/people.js';
import { requests } from '../support/routes.js';
import { actorNames, castOf, type ActorName, type Actors } from './actors.js';
import { ANY_OUTCOME, type Row } from './row.js';
import { table } from './table.js';
import { makeTarget, type Kind, type Target } from './targets.js';

/** What an error may quote: whose data it was about, and where in the program it was thrown. */
const QUOTES = 'canary@example.org, Canary Plant, /srv/canary/secret.js:1:1';
const thrown: Record<string, () => unknown> = {
  'an Error': () => new Error(QUOTES),
  'a TypeError with a cause': () => new TypeError(QUOTES, { cause: new Error(QUOTES) }),
  'an error of a library': () =>
    Object.assign(new Error(QUOTES), { code: 11000, errmsg: QUOTES, keyValue: { QUOTES } }),
  "a GraphQL error of nobody's making": () => new GraphQLError(QUOTES, { extensions: { canary: QUOTES } }),
  "Nest's": () => new InternalServerErrorException(QUOTES),
  'a text': () => QUOTES,
  'an object': () => ({ message: QUOTES, stack: QUOTES }),
};
const TOLD = /canary|node_modules|\/srv\/|\.[jt]s:\d|\bat \w+ \(/i;

/** The resolvers and routes that throw, and what, by name (`Query.me`, `HealthController.ready`): asked at each call. */
const faults = new Map<string, () => unknown>();
const faulty = new Set<string>();

/** Puts a fault, for when it is asked for, before every method of a class that answers an operation or a route. */
function spike({ prototype, name: className }: Type): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  for (const method of Object.getOwnPropertyNames(methods)) {
    const real = methods[method]!;
    if (method === 'constructor' || typeof real !== 'function') continue;
    const key = keyOf(real, prototype.constructor as object, `${className}.${method}`);
    if (!key) continue;
    faulty.add(key);
    const spiked = function (this: unknown, ...args: unknown[]) {
      const fault = faults.get(key);
      if (fault) throw fault();
      return real.apply(this, args);
    };
    for (const said of Reflect.getMetadataKeys(real)) {
      Reflect.defineMetadata(said, Reflect.getMetadata(said, real), spiked);
    }
    methods[method] = spiked;
  }
}

/** An operation or field as the schema names it, a route by its method; undefined for what is neither. */
function keyOf(method: object, holder: object, route: string): string | undefined {
  const said = (key: string, of = method) => Reflect.getMetadata(key, of) as string | undefined;
  if (Reflect.getMetadata('graphql:resolve_property', method) === true) {
    return `${said('graphql:resolver_name', holder)}.${said('graphql:resolver_name')}`;
  }
  const type = said('graphql:resolver_type');
  if (type) return `${type}.${said('graphql:resolver_name')}`;
  return Reflect.hasMetadata('path', method) ? route : undefined;
}

let frontdoor: TimedFrontdoor;
let actors: Actors;
const targets = {} as Record<Kind, Target>;
let logged = '';
const write = process.stderr.write.bind(process.stderr);
beforeAll(async () => {
  const { providers = [], controllers = [] } = AppModule.with({ config: {} } as never);
  for (const one of [...providers, ...controllers]) if (typeof one === 'function') spike(one);
  process.stderr.write = (line: string | Uint8Array) => {
    logged += String(line);
    return true;
  };
  frontdoor = await startTimedFrontdoor();
  const cast = await castOf(frontdoor);
  ({ actors } = cast);
  for (const kind of ['nothing', 'draft', 'attached', 'submitted', 'returned', 'session', 'account'] as const) {
    targets[kind] = await makeTarget(kind, cast.owner, actors.worker);
  }
});
afterAll(async () => {
  await frontdoor.stop();
  process.stderr.write = write;
});

/** Somebody who is let in, so that the resolver is reached. */
function callerOf({ outcomes }: Row) {
  const isLetIn = (name: ActorName) => !['UNAUTHENTICATED', 'FORBIDDEN'].includes(outcomes[name]);
  return actors[actorNames.find((name) => outcomes[name] === 'ok') ?? actorNames.find(isLetIn)!];
}

async function asked(row: Row) {
  const api = callerOf(row);
  const outcome = councils().byId(api.council)!.outcomes[0]!.code;
  const variables = JSON.stringify(row.variables?.(targets[row.about]) ?? {}).replace(ANY_OUTCOME, outcome);
  const reply = await fetch(`${api.base}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-council': api.council,
      ...(api.token ? { authorization: `Bearer ${api.token}` } : {}),
    },
    body: `{"query":${JSON.stringify(row.document)},"variables":${variables}}`,
  });
  return reply.text();
}

function isMasked(said: string): void {
  expect(said).not.toMatch(TOLD);
  const { errors } = JSON.parse(said) as { errors: { message: string; extensions: Record<string, unknown> }[] };
  const { message, extensions } = errors[0]!;
  expect(message).toBe('Something went wrong on our side. Quote the correlationId if you report it.');
  expect(Object.keys(extensions).sort()).toEqual(['code', 'correlationId']);
  expect(extensions.code).toBe('INTERNAL');
  expect(isUuid(String(extensions.correlationId))).toBe(true);
  expect(logged).toContain(String(extensions.correlationId));
}

const operations = Object.entries(table).filter(([key]) => !key.startsWith('Subscription.'));
const subscriptions = Object.entries(table).filter(([key]) => key.startsWith('Subscription.'));

test('every operation and field of the schema that has a resolver can be made to fail', () => {
  for (const key of Object.keys(table)) expect(faulty).toContain(key);
});

describe.each(Object.entries(thrown))('%s', (_what, fault) => {
  test.each(operations)('thrown by %s tells a correlation id and no more', async (key, row) => {
    faults.set(key, fault);
    const said = await asked(row);
    faults.delete(key);
    isMasked(said);
  });

  test.each(subscriptions)('thrown by %s tells a correlation id and no more', async (key, row) => {
    const { base, token, council } = callerOf(row);
    const connectionParams = { 'x-council': council, authorization: `Bearer ${token}` };
    const url = `${base.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
    faults.set(key, fault);
    const errors = await new Promise((resolve) => {
      client.subscribe(
        { query: row.document },
        {
          next: (said) => said.errors && resolve(said.errors),
          error: resolve,
          complete: () => resolve([]),
        },
      );
    });
    faults.delete(key);
    isMasked(JSON.stringify({ errors }));
    await client.dispose();
  });

  test('thrown by every route tells nothing either', async () => {
    const routes = [...faulty].filter((key) => !(key in table));
    for (const key of routes) faults.set(key, fault);
    const replies = [];
    const { base } = frontdoor.visitor('lancashire');
    for (const [, path, init] of [
      ...requests,
      ['', '/metrics', {}],
      ['', '/integration/schemas/x', {}],
    ] as typeof requests) {
      const reply = await fetch(`${base}${path}`, init);
      replies.push({ status: reply.status, said: await reply.text() });
    }
    for (const key of routes) faults.delete(key);
    const broken = replies.filter(({ status }) => status >= 500);
    expect(broken.length).toBeGreaterThanOrEqual(routes.length);
    for (const { said } of replies) expect(said).not.toMatch(TOLD);
  });
});

test('nothing of it is in the log either', () => {
  expect(logged.length).toBeGreaterThan(1_000);
  expect(logged).not.toMatch(/canary/i);
});
