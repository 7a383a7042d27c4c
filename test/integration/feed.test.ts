import { beforeAll, describe, expect, test } from '@jest/globals';
import type { PublicEvent } from '../../projections/kafka/contract.js';
import { publishFacts, type PublishDeps } from '../../projections/kafka/follower.js';
import { RememberedSubmissions } from '../../projections/kafka/submissions.js';
import { readLogPage } from '../../src/core/read-log.js';
import type { Api } from '../../src/cli/demo/api.js';
import { FeedCursors } from '../../src/integration/feed-cursors.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { openStream } from './event-stream.js';
import { FeedWorld, LIFE } from './feed-world.js';
import { expectContract } from './schemas.js';

// The last test stops it.
let world: FeedWorld;
beforeAll(async () => {
  world = await FeedWorld.start();
});

async function get(path: string, { token, council }: Partial<Api> = {}, headers: Record<string, string> = {}) {
  const authorization = token ? { authorization: `Bearer ${token}` } : undefined;
  const named = council ? { 'x-council': council } : undefined;
  return fetch(`${world.system('lancashire').base}/integration/${path}`, {
    headers: { ...authorization, ...named, ...headers },
  });
}

async function batch(council: string, query = '') {
  const reply = await get(`events${query}`, world.system(council));
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('application/cloudevents-batch+json; charset=utf-8');
  const events = (await reply.json()) as PublicEvent[];
  return { events, next: reply.headers.get('x-next-cursor'), more: reply.headers.get('x-more') };
}

/** What Kafka would be given, by the code that gives it. */
async function publishedTo(topic: (council: string) => { name: string; full: boolean }[]): Promise<PublicEvent[]> {
  const { events: client, log, config } = world.frontdoor.platform;
  const { records } = await readLogPage(client, 0n, 10_000);
  const facts = [];
  for (const record of records) {
    if (record.streamId.startsWith('referral-')) facts.push(await log.open(referralKind, record));
  }
  const published: PublicEvent[] = [];
  const deps: PublishDeps = {
    log,
    publicUrl: config.publicUrl,
    submissions: new RememberedSubmissions(),
    topicsOf: topic,
    send: async (events) => void published.push(...events.map(({ event }) => event)),
  };
  await publishFacts(deps, facts);
  return published;
}

const types = (events: PublicEvent[]) => events.map(({ type }) => type.replace(/^referral\.|\.v1$/g, ''));

describe('The feed', () => {
  test('gives a council its own events, thin, in order, as the contract says', async () => {
    const { events, more } = await batch('lancashire');
    expect(types(events)).toEqual(LIFE);
    expect(more).toBe('false');
    for (const event of events) {
      expectContract(event);
      expect(event.subject).toBe(world.reference);
      expect(event.data).not.toHaveProperty('personalData');
    }
    expect(JSON.stringify(events)).not.toMatch(/Violet|Plant|Robinson|Lynn|example\.org|say more/);
  });

  test('gives full events where the council’s configuration says so', async () => {
    const { events } = await batch('sefton');
    for (const event of events) expectContract(event);
    expect(events[0]!.data).toMatchObject({ personalData: 'included', referrer: { forename: 'Lynn' } });
    expect(events[1]!.data).toMatchObject({ comments: 'Please say more.' });
  });

  test('gives the same events as Kafka, with the same ids, in the same order', async () => {
    const thin = await publishedTo((council) => (council === 'lancashire' ? [{ name: 't', full: false }] : []));
    const full = await publishedTo((council) => (council === 'sefton' ? [{ name: 't', full: true }] : []));
    expect((await batch('lancashire')).events).toEqual(JSON.parse(JSON.stringify(thin)));
    expect((await batch('sefton')).events).toEqual(JSON.parse(JSON.stringify(full)));
  });

  test('goes on behind a cursor, event by event, and ends with an empty page', async () => {
    const whole = await batch('lancashire');
    const gathered: PublicEvent[] = [];
    let after: string | null = null;
    for (;;) {
      const page = await batch('lancashire', `?limit=1${after ? `&after=${after}` : ''}`);
      gathered.push(...page.events);
      after = page.next ?? after;
      if (page.more === 'false' && page.events.length === 0) break;
    }
    expect(gathered).toEqual(whole.events);
    expect(await batch('lancashire', `?after=${after}`)).toMatchObject({ events: [], more: 'false' });
  });

  test('gives a council without events none', async () => {
    expect(await batch('worcestershire')).toMatchObject({ events: [], more: 'false' });
  });

  test.each([
    ['no token', 401, async () => get('events')],
    ['a worker’s token', 403, async () => get('events', await world.frontdoor.staff('lancashire', 'worker'))],
    ['an auditor’s token', 403, async () => get('events', await world.frontdoor.staff('lancashire', 'auditor'))],
    ['another council', 401, async () => get('events', world.system('lancashire').as(world.system('sefton').token))],
    ['a forged cursor', 400, async () => get('events?after=zz.AAAA', world.system('lancashire'))],
    [
      'another council’s cursor',
      400,
      async () => get(`events?after=${(await batch('sefton')).next}`, world.system('lancashire')),
    ],
    ['a limit of nothing', 400, async () => get('events?limit=0', world.system('lancashire'))],
    ['a limit beyond all', 400, async () => get('events?limit=501', world.system('lancashire'))],
  ])('refuses %s with %i', async (_what, status, call) => {
    const reply = await call();
    expect(reply.status).toBe(status);
    expect(await reply.json()).toMatchObject({ code: expect.any(String), message: expect.any(String) });
  });

  test('says so where the log was put back behind a cursor', async () => {
    const cursor = new FeedCursors(world.frontdoor.platform.secrets).write('lancashire', 10n ** 12n);
    expect((await get(`events?after=${cursor}`, world.system('lancashire'))).status).toBe(400);
  });
});

describe('The feed as server-sent events', () => {
  const stream = (council: string, headers: Record<string, string> = {}) => openStream(world.system(council), headers);

  test('gives what was, and then what happens', async () => {
    const live = await stream('lancashire');
    const was = await live.take(LIFE.length);
    expect(was.map(({ event }) => event)).toEqual((await batch('lancashire')).events);
    const sent = await world.submitted('lancashire', 'request-for-support');
    const [next] = await live.take(1);
    expectContract(next!.event);
    expect(next).toMatchObject({ type: 'referral.submitted.v1', event: { subject: sent.reference } });
    live.close();
  });

  test('goes on behind the last event that was seen, without a gap and without a repeat', async () => {
    const { events } = await batch('lancashire');
    const first = await stream('lancashire');
    const seen = await first.take(2);
    first.close();
    const second = await stream('lancashire', { 'last-event-id': seen[1]!.id });
    const rest = await second.take(events.length - 2);
    second.close();
    expect([...seen, ...rest].map(({ event }) => event)).toEqual(events);
    // Its ids are the batch's cursors too.
    expect((await batch('lancashire', `?after=${seen[1]!.id}`)).events).toEqual(events.slice(2));
  });
});

describe('The contract over HTTP', () => {
  test('is served to everybody', async () => {
    const document = await get('asyncapi.yaml');
    expect(await document.text()).toMatch(/^asyncapi: 3\.0\.0\n/);
    const [event] = (await batch('lancashire')).events;
    const schema = await get(new URL(event!.dataschema).pathname.slice('/integration/'.length));
    expect(await schema.json()).toMatchObject({ title: 'referral.submitted.v1', required: expect.any(Array) });
    expect((await get('schemas/..%2f..%2fpackage.json')).status).toBe(404);
  });
});

test('An open stream ends with the process, and does not hold it back', async () => {
  const live = await openStream(world.system('sefton'));
  await live.take(1);
  const stopped = world.frontdoor.stop();
  await expect(live.take(1_000)).rejects.toThrow();
  await stopped;
});
