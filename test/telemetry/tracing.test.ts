import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { filledForm, registered, until } from '../support/people.js';
import type { Anything } from '../support/anything.js';

const CANARY = 'Zephyrine-Canary';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

let frontdoor: TimedFrontdoor;
let collector: Server;
const bodies: string[] = [];

beforeAll(async () => {
  collector = createServer((request, reply) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      reply.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as { port: number };
  frontdoor = await startTimedFrontdoor({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await frontdoor.stop();
  collector.close();
});

function spansOf(correlationId: string): Span[] {
  const batches = bodies.map((body) => JSON.parse(body));
  const spans: Span[] = batches.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }: Anything) => scopeSpans.flatMap(({ spans: some }: Anything) => some)),
  );
  return spans.filter(({ traceId }) => traceId === correlationId.replaceAll('-', ''));
}

test('one trace, of the correlation id, leads from the mutation by command and append to the followers', async () => {
  const { api } = await registered(frontdoor.visitor('lancashire'), { forename: CANARY });
  const { id, revision } = await filledForm(api, 'request-for-support', [CANARY]);
  const correlationId = randomUUID();
  await fetch(`${api.base}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-council': 'lancashire',
      'x-correlation-id': correlationId,
      authorization: `Bearer ${api.token}`,
    },
    body: JSON.stringify({
      query: ask.submitForm,
      variables: { commandId: randomUUID(), id, expectedRevision: revision },
    }),
  });
  const followers = ['inbox', 'mail', 'submitted-forms'];
  await until(async () => {
    const names = spansOf(correlationId).map(({ name }) => name);
    return followers.every((name) => names.includes(`follow ${name}`)) && names.includes('mutation submitForm');
  });
  const spans = spansOf(correlationId);
  const one = (name: string) => {
    const found = spans.filter((span) => span.name === name);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const mutation = one('mutation submitForm');
  const command = one('command SubmitForm');
  expect(mutation.parentSpanId ?? '').toBe('');
  expect(command.parentSpanId).toBe(mutation.spanId);
  const appends = spans.filter(({ name }) => name === 'append').map(({ parentSpanId }) => parentSpanId);
  expect(appends).toContain(command.spanId);
  for (const name of followers) expect(one(`follow ${name}`).parentSpanId).toBe(command.spanId);
});

test('no span says what people wrote, nor who they are', async () => {
  const { email, api } = await registered(frontdoor.visitor('lancashire'), { surname: CANARY });
  await filledForm(api, 'request-for-support', [CANARY]);
  await api.problem(ask.savedForm, { id: CANARY });
  const sent = bodies.length;
  await until(async () => bodies.length > sent);
  const all = bodies.join('\n');
  expect(all).toContain('command SaveForm');
  for (const secret of [CANARY, 'Zephyrine', email, api.token!]) expect(all).not.toContain(secret);
});
