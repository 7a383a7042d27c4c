import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { schemaText } from '../../src/graphql/graphql.module.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { filledForm, registered, submitForm, until } from '../support/people.js';

const CANARY = 'Canary-Zephyrine';
let frontdoor: TimedFrontdoor;

beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
});
afterAll(() => frontdoor.stop());

/** The metrics as a scraper gets them: by name and labels as Prometheus writes them. */
async function scrape(): Promise<Map<string, number>> {
  // What the stores say is kept for ten seconds.
  frontdoor.clock.move(11_000);
  const { base } = frontdoor.visitor('lancashire');
  const text = await (await fetch(`${base}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

function labelValues(metrics: Map<string, number>, label: string): Set<string> {
  const found = [...metrics.keys()].map((name) => new RegExp(`[{,]${label}="([^"]*)"`).exec(name)?.[1]);
  return new Set(found.filter((value) => value !== undefined));
}

test('a referral is told in counts and times, and nobody is named', async () => {
  const visitor = frontdoor.visitor('lancashire');
  const { api, email } = await registered(visitor, { forename: CANARY });
  const form = await filledForm(api, 'request-for-support', [CANARY]);
  const { reference } = await submitForm(api, form);
  await api.problem(`query ${CANARY.replace('-', '_')} { me { noSuchField } }`);
  const metrics = await scrape();
  expect(metrics.get('frontdoor_commands_total{command="SubmitForm",outcome="accepted"}')).toBe(1);
  expect(metrics.get('frontdoor_graphql_seconds_count{operation="submitForm",outcome="ok"}')).toBe(1);
  expect(metrics.get('frontdoor_graphql_seconds_count{operation="refused",outcome="BAD_INPUT"}')).toBe(1);
  expect(metrics.get('frontdoor_append_seconds_count{outcome="ok"}')).toBeGreaterThan(3);
  expect(metrics.get('frontdoor_sessions')).toBe(1);
  expect(metrics.get('frontdoor_receipts_unacknowledged{council="lancashire"}')).toBeDefined();
  const all = [...metrics.keys()].join('\n');
  for (const secret of [CANARY, 'Canary', email, reference, api.token!, form.id]) expect(all).not.toContain(secret);
});

test('a problem is counted by its code, a repeated command as repeated', async () => {
  const { api } = await registered(frontdoor.visitor('lancashire'));
  const form = await filledForm(api, 'request-for-support');
  const commandId = randomUUID();
  await submitForm(api, form, commandId);
  await submitForm(api, form, commandId);
  await api.problem('mutation($e: String!, $p: String!){logIn(email:$e, password:$p){challengeId}}', {
    e: 'nobody@example.org',
    p: 'wrong',
  });
  const metrics = await scrape();
  expect(metrics.get('frontdoor_commands_total{command="SubmitForm",outcome="repeated"}')).toBe(1);
  expect(metrics.get('frontdoor_graphql_seconds_count{operation="logIn",outcome="CREDENTIALS_WRONG"}')).toBe(1);
});

test('labels take only values that the schema and the code know', async () => {
  const schema = buildSchema(schemaText);
  const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) => Object.keys(type.getFields()));
  const { api } = await registered(frontdoor.visitor('lancashire'));
  await api.problem('{ one: me { id } two: me { id } }');
  const metrics = await scrape();
  const known = new Set([...fields, 'refused', 'several', '__schema']);
  expect([...labelValues(metrics, 'operation')].filter((name) => !known.has(name))).toEqual([]);
  expect(metrics.get('frontdoor_graphql_seconds_count{operation="several",outcome="ok"}')).toBe(1);
  expect(labelValues(metrics, 'council')).toEqual(new Set(['lancashire', 'sefton', 'worcestershire']));
});

test('followers that have caught up are not behind, and mails that went are not waiting', async () => {
  await registered(frontdoor.visitor('lancashire'));
  await until(async () => {
    const metrics = await scrape();
    const names = ['mail', 'inbox', 'saved-forms', 'erasure'];
    const behind = names.map((name) => metrics.get(`frontdoor_follower_lag_events{follower="${name}"}`));
    return behind.every((count) => count === 0) && metrics.get('frontdoor_mails{status="queued"}') === 0;
  });
});

test('who is not on this machine sees no metrics on the port of the API', async () => {
  const { base } = frontdoor.visitor('lancashire');
  const reply = await fetch(`${base}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
  expect(reply.status).toBe(404);
});
