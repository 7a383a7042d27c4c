import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { accessStream } from '../../src/referral/access-record.js';
import { accessKind } from '../../src/referral/referral.events.js';
import { schemaText } from '../../src/graphql/graphql.module.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { councils, until, type Registered } from '../support/people.js';
import { HERE, actorNames, castOf, strangers, type ActorName, type Actors } from './actors.js';
import { ANY_OUTCOME, type Row } from './row.js';
import { table } from './table.js';
import { makeTarget, type Kind, type Target } from './targets.js';

let frontdoor: TimedFrontdoor;
let actors: Actors;
let owner: Registered;
/** Reads of the submitted form before the table is gone through. */
let readBefore: number;
/** For those who are refused: one of each kind, which must stay as it is. */
const kinds = ['nothing', 'draft', 'attached', 'submitted', 'returned', 'session', 'account'] as const;
const still = {} as Record<Kind, Target>;
const lengths = {} as Record<Kind, number>;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
  ({ actors, owner } = await castOf(frontdoor));
  for (const kind of kinds) {
    still[kind] = await makeTarget(kind, owner, actors.worker);
    lengths[kind] = await length(still[kind]);
  }
  readBefore = (await reads()).length;
});
afterAll(() => frontdoor.stop());

/** How many facts there are about it. */
async function length({ draftId }: Target): Promise<number> {
  let facts = 0;
  for await (const _fact of frontdoor.platform.log.records(`referral-${draftId}`)) facts += 1;
  return facts;
}

/** Who read the submitted form, and why. */
async function reads() {
  const found: { kind: string; id: string; operation: string; reason: string | null }[] = [];
  for await (const { by, data } of frontdoor.platform.log.facts(accessKind, accessStream(still.submitted.draftId))) {
    found.push({ kind: by.kind, id: by.id, ...data });
  }
  return found;
}

/** Asks as somebody; gives the outcome, and all that was said. */
async function asked(api: Api, { document, variables }: Row, target: Target) {
  const given = JSON.stringify(variables?.(target) ?? {}).replace(
    ANY_OUTCOME,
    councils().byId(api.council)!.outcomes[0]!.code,
  );
  const reply = await fetch(`${api.base}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-council': api.council,
      ...(api.token ? { authorization: `Bearer ${api.token}` } : {}),
    },
    body: `{"query":${JSON.stringify(document)},"variables":${given}}`,
  });
  const said = await reply.text();
  const { errors } = JSON.parse(said) as { errors?: { extensions: { code: string } }[] };
  return { outcome: errors?.[0]?.extensions.code ?? 'ok', said };
}

/** Words that belong to the owner and the child, wherever they stand. */
const theirs = () =>
  [
    'Canary',
    owner.email,
    owner.accountId,
    ...Object.values(still).flatMap((one) => [one.draftId, one.reference, one.email]),
  ].filter(Boolean);

const operations = Object.entries(table).filter(([name]) => !name.startsWith('Subscription.'));

test('every operation of the schema has a row, and every field with a resolver of its own', () => {
  const schema = buildSchema(schemaText);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const named = (type: GraphQLObjectType) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`);
  const [discovery, scanner] = [frontdoor.app.get(DiscoveryService), new MetadataScanner()];
  const fields = discovery.getProviders().flatMap(({ metatype }) => {
    const prototype = metatype?.prototype as Record<string, object> | undefined;
    if (!metatype || !prototype) return [];
    const methods = scanner.getAllMethodNames(prototype).map((name) => prototype[name]!);
    const type = Reflect.getMetadata('graphql:resolver_name', metatype) as string;
    return methods
      .filter((method) => Reflect.getMetadata('graphql:resolve_property', method) === true)
      .map((method) => `${type}.${String(Reflect.getMetadata('graphql:resolver_name', method))}`);
  });
  expect(fields).toContain('SubmittedForm.pdfUrl');
  expect(Object.keys(table).sort()).toEqual([...roots.flatMap((type) => named(type!)), ...fields].sort());
});

const subscriptions = Object.entries(table).filter(([name]) => name.startsWith('Subscription.'));

test.each(subscriptions)('%s is refused, silent or heard as the table says', async (name, row) => {
  const clients: Client[] = [];
  const heard = {} as Record<ActorName, string>;
  const problems = {} as Partial<Record<ActorName, unknown>>;
  for (const actor of actorNames) {
    const { base, token, council } = actors[actor];
    const client = createClient({
      url: `${base.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { 'x-council': council, ...(token ? { authorization: `Bearer ${token}` } : {}) },
      retryAttempts: 0,
    });
    clients.push(client);
    heard[actor] = '';
    client.subscribe<Json>(
      { query: row.document },
      {
        next: (said) => {
          heard[actor] += JSON.stringify(said);
          problems[actor] ??= said.errors?.[0]?.extensions?.code;
        },
        error: (errors) => (problems[actor] = (errors as { extensions?: Json }[])[0]?.extensions?.code),
        complete: () => undefined,
      },
    );
  }
  const hearer = name === 'Subscription.inboxChanged' ? (['worker', 'service'] as const) : (['owner'] as const);
  await until(async () => {
    await makeTarget('submitted', owner, actors.worker);
    return hearer.every((actor) => heard[actor].includes('Canary'));
  });
  for (const actor of actorNames) {
    expect([actor, problems[actor] ?? 'ok']).toEqual([actor, row.outcomes[actor]]);
    if (strangers.includes(actor)) for (const word of theirs()) expect(heard[actor]).not.toContain(word);
  }
  for (const client of clients) await client.dispose();
});

describe.each(operations)('%s', (_name, row) => {
  test.each(actorNames.map((name) => [name, row.outcomes[name]] as const))('%s: %s', async (name, expected) => {
    // What may be changed is made anew for each; the rest must stay as it is.
    const changes = expected === 'ok' && row.document.startsWith('mutation');
    const target = changes ? await makeTarget(row.about, owner, actors.worker) : still[row.about];
    const { outcome, said } = await asked(actors[name], row, target);
    expect(outcome).toBe(expected);
    if (strangers.includes(name)) for (const word of theirs()) expect(said).not.toContain(word);
  });
});

test('each read by a person was recorded, with who, what and why, and no other', async () => {
  const people = ['worker', 'auditor'] as const;
  const read = operations.flatMap(([, { about, document, outcomes }]) =>
    about === 'submitted' && document.startsWith('query') ? people.filter((name) => outcomes[name] === 'ok') : [],
  );
  const recorded = (await reads()).slice(readBefore);
  expect(recorded.map(({ kind }) => kind)).toEqual(read);
  for (const { kind, id } of recorded) expect(id).toBe(`${kind}-of-${HERE}`);
  const reasoned = recorded.filter(({ operation }) => operation !== 'referral');
  expect(reasoned.map(({ reason }) => reason)).toEqual(reasoned.map(() => 'A test'));
});

test('whoever was refused has changed nothing', async () => {
  for (const kind of kinds) expect(await length(still[kind])).toBe(lengths[kind]);
});
