import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { Api, type Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import {
  councils,
  filledForm,
  loggedIn,
  readReferral,
  registered,
  returned,
  saveForm,
  submitForm,
  type Registered,
} from '../support/people.js';
import { startSmtp, type StartedSmtp } from '../support/smtp.js';
import { until } from '../support/until.js';

/** Everything that people write begins with this word, in whichever case; what is made for them is added as it comes. */
const WORD = 'canary';
const secrets = new Set<string>();
const PASSWORD = 'Canary-Password-7-Battery';

let events: RunningEventStore;
let mongo: StartedMongo;
let smtp: StartedSmtp;
let frontdoor: Frontdoor;
let person: Registered;
let worker: Api;
let reference: string;
beforeAll(async () => {
  [events, mongo, smtp] = await Promise.all([startEventStore(), startMongo(), startSmtp()]);
  const stores = { EVENTSTORE_URL: events.url, MONGO_URL: mongo.url, SMTP_URL: smtp.url };
  frontdoor = await startFrontdoor({ ...stores, LOG_LEVEL: 'info' });
});
afterAll(async () => {
  await frontdoor?.kill();
  await Promise.all([events?.kill(), mongo?.kill(), smtp?.kill()]);
});

const visitor = () => new Api(frontdoor.base, 'lancashire', undefined, smtp.httpUrl);
const staff = async (role: string) => frontdoor.staff('lancashire', role);

async function sent(path: string, init: RequestInit) {
  const headers = { 'content-type': 'application/json', 'x-council': 'lancashire', ...(init.headers as object) };
  const reply = await fetch(`${frontdoor.base}${path}`, { ...init, headers, signal: AbortSignal.timeout(30_000) });
  return { headers: reply.headers, said: await reply.text() };
}
const query = (text: string, variables: Json = {}, headers: Record<string, string> = {}) =>
  sent('/graphql', { method: 'POST', body: JSON.stringify({ query: text, variables }), headers });
const bearer = () => ({ authorization: `Bearer ${person.api.token}` });

/** What the process has written so far holds nothing of it. */
function nothingTold() {
  const said = frontdoor.said();
  expect(said.toLowerCase()).not.toContain(WORD);
  for (const secret of secrets) expect(said).not.toContain(secret);
}

describe('Nothing that people write, and no secret of theirs, is logged', () => {
  test('through a whole journey', async () => {
    const address = { line1: '7 Canary Road', town: 'Canarytown', postcode: 'PR1 8XJ' };
    person = await registered(visitor(), {
      forename: 'Canaryforename',
      surname: 'Canarysurname',
      email: `canary-${randomUUID()}@example.org`,
      password: PASSWORD,
      organisation: 'Canary School',
      jobTitle: 'Canary keeper',
      telephone: '07700 900461',
      address,
    });
    const other = await loggedIn(visitor(), person, PASSWORD);
    for (const secret of [person.api.token!, other.token!, '07700 900461']) secrets.add(secret);
    const mails = (await (await fetch(`${smtp.httpUrl}/mailbox.json?to=${person.email}`)).json()) as { text: string }[];
    for (const { text } of mails) {
      const code = /\b\d{4} \d{4}\b/.exec(text)?.[0];
      if (code) secrets.add(code).add(code.replace(' ', ''));
    }
    expect(secrets.size).toBeGreaterThan(5);
    const form = await filledForm(person.api, 'request-for-support', ['Canarychild']);
    const free = councils()
      .byId('lancashire')!
      .form('request-for-support')!
      .definition.sections.flatMap(({ id, questions }) =>
        questions.flatMap((one) => (one.kind === 'LONG_TEXT' && !one.perSubject ? [[id, one.id] as const] : [])),
      )[0]!;
    const saved = await saveForm(person.api, form, { answersPatch: { [free[0]]: { [free[1]]: 'Canary answer' } } });
    ({ reference } = await submitForm(person.api, saved));
    worker = await staff('worker');
    const referral = await returned(worker, reference);
    const retraction = { commandId: randomUUID(), reference, requestId: referral.informationRequests[0]!.id };
    await worker.ask(ask.retract, { input: { ...retraction, reason: 'Canary reason' } });
    const { revision } = await readReferral(worker, reference);
    const outcomeCode = councils().byId('lancashire')!.outcomes[0]!.code;
    const response = { commandId: randomUUID(), reference, expectedRevision: revision, outcomeCode, final: true };
    await worker.ask(ask.respond, { input: { ...response, message: 'Canary message' } });
    const auditor = await staff('auditor');
    await auditor.ask('query($r: String!){referralHistory(reference:$r,reason:"Canary reason"){entries{data}}}', {
      r: reference,
    });
    nothingTold();
  });

  test('where what is sent is wrong', async () => {
    await query('{council{canaryfield}}');
    await query('query Canaryoperation{Canaryalias:savedForm(id:"canary"){id}}', {}, bearer());
    await query(ask.register, { input: { email: 'canary', forename: { canary: true } } });
    await query(ask.logIn, { email: person.email, password: 'canary' });
    await query(ask.confirmLogIn, { id: 'canary', code: 'canary' });
    await query('{me{email}}', {}, { authorization: 'Bearer canary.canary.canary', 'x-request-id': 'canary' });
    await query('{me{email}}', {}, { 'x-council': 'canary', origin: 'https://canary.example', 'user-agent': 'canary' });
    await sent('/graphql', { method: 'POST', body: '{"query":"canary' });
    await sent('/files/canary?canary=canary', {});
    await sent('/canary', {});
    await sent('/integration/events?after=canary', { headers: { authorization: 'Bearer canary' } });
    const socket = new WebSocket(`${frontdoor.base.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => {
      socket.on('open', () => socket.send('{"canary'));
      socket.on('close', resolve);
    });
    nothingTold();
  });

  test('where the mail server, the event store and the database die under it', async () => {
    const form = await filledForm(person.api, 'request-for-support', ['Canarychild']);
    const save = (nth: number) => ({
      input: {
        commandId: randomUUID(),
        id: form.id,
        expectedRevision: form.revision,
        answersPatch: { canary: { canary: `canary ${nth}` } },
        subjects: [{ forename: 'Canarychild', surname: 'Canarysurname' }],
      },
    });
    const all = async (nth: number) => [
      await query(ask.saveForm, save(nth), bearer()),
      await query('query Canaryoperation{Canaryalias:me{email}}', {}, bearer()),
      await query(ask.savedForms, {}, bearer()),
      await query(ask.logIn, { email: person.email, password: PASSWORD }),
      await query(
        'query($r: String!){referral(reference:$r){status}}',
        { r: reference },
        { authorization: `Bearer ${worker.token}` },
      ),
      await sent('/files/canary', {}),
      await sent('/readyz', {}),
      await sent('/metrics', {}),
    ];
    await smtp.kill();
    await query('mutation($email: String!){requestPasswordReset(email:$email){digits}}', { email: person.email });
    const replies = [];
    await events.kill();
    replies.push(...(await all(1)));
    await mongo.kill();
    replies.push(...(await all(2)));
    // Followers find out by themselves.
    await until(() => frontdoor.said().includes('follower stopped, will resume'));
    const faults = replies.filter(({ said }) => /"(INTERNAL|UNAVAILABLE)"/.test(said));
    expect(faults.length).toBeGreaterThan(3);
    for (const { said } of faults) {
      // The path is in the caller's own words: GraphQL says so.
      expect(said.toLowerCase().replace(/"path":\[[^\]]*\]/g, '')).not.toContain(WORD);
      expect(said).not.toMatch(/node_modules|\.[jt]s:\d|\bat \w+ \(|ECONNREFUSED|127\.0\.0\.1/);
    }
    const lines = frontdoor
      .said()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const logged = lines.map((line) => JSON.parse(line) as { correlationId?: string; left?: string[] });
    const told = faults.flatMap(({ said }) => /"correlationId":"([^"]+)"/.exec(said)?.[1] ?? []);
    expect(told.length).toBeGreaterThan(3);
    // What a caller quotes is found in the log.
    expect(logged.map(({ correlationId }) => correlationId)).toEqual(expect.arrayContaining(told));
    for (const { headers } of replies) expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    nothingTold();
  });
});
