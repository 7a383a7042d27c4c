import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { startProxy, type Proxy } from '../support/faults-proxy.js';
import { freePort } from '../support/free-port.js';
import { sharedFrontdoor, startFrontdoor, type Frontdoor, type Installation } from '../support/frontdoor.js';
import { endListening, listen } from '../support/listen.js';
import {
  filledForm,
  PASSWORD,
  readReferral,
  registered,
  saveForm,
  startForm,
  submitForm,
  until,
  type SavedForm,
} from '../support/people.js';

const AMEND = `mutation($commandId: ID!, $requestId: ID!){amendForm(commandId:$commandId, requestId:$requestId){
  id revision formId}}`;

const UPDATE_DETAILS = `mutation($commandId: ID!, $details: DetailsInput!){
  updateDetails(commandId:$commandId, details:$details){surname}}`;
const REFERRER = 'query($reference: String!){referral(reference:$reference){referrer{surname telephone}}}';

const CHANGE = `mutation($commandId: ID!, $currentPassword: String!, $newPassword: String!){
  changePassword(commandId:$commandId, currentPassword:$currentPassword, newPassword:$newPassword)}`;
const RESET_REQUEST = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';
const RESET = `mutation($id: ID!, $code: String!, $newPassword: String!){
  resetPassword(challengeId:$id, code:$code, newPassword:$newPassword)}`;
const CODE = /\b\d{4} \d{4}\b/;

const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as T;

let one: Installation;
let other: Frontdoor;
/** Between the other process and the event store. */
let proxy: Proxy;
beforeAll(async () => {
  one = await sharedFrontdoor();
  const { events, views, mail } = read<Record<'events' | 'views' | 'mail', string>>(one.dataDir, 'embedded.json');
  proxy = await startProxy(Number(new URL(events).port));
  other = await startFrontdoor({
    // The same data folder: the same secrets.
    DATA_DIR: one.dataDir,
    EVENTSTORE_URL: `esdb://127.0.0.1:${proxy.port}?tls=false`,
    MONGO_URL: views,
    SMTP_URL: mail,
  });
});
afterAll(async () => {
  await endListening();
  await other.stop();
  await proxy.stop();
});

test('what one process opened in another form is checked by that form in the other, which knew the earlier one', async () => {
  const { api } = await registered(one.visitor('sefton'));
  const change = read<Json>('test/fixtures/answers/sefton/quality-concern.json');
  const filled = { subjects: change.subjects, answersPatch: change.answers };
  const { reference } = await submitForm(api, await saveForm(api, await startForm(api, 'quality-concern'), filled));

  const worker = await one.staff('sefton', 'worker');
  const elsewhere = other.visitor('sefton');
  const { revision: expectedRevision } = await readReferral(worker, reference);
  const reason = { reasonCode: 'wrong-form', comments: 'This is about abuse.', redirectToFormId: 'safeguarding' };
  const { informationRequests } = await elsewhere
    .as(worker.token)
    .ask<{ informationRequests: { id: string }[] } & Json>(ask.returnForInformation, {
      input: { commandId: randomUUID(), reference, expectedRevision, ...reason },
    });
  const requestId = informationRequests[0]!.id;
  const opened = await elsewhere.as(api.token).ask<SavedForm & Json>(AMEND, { commandId: randomUUID(), requestId });
  expect(opened).toMatchObject({ formId: 'safeguarding' });

  const given = { id: opened.id, expectedRevision: opened.revision };
  const save = { ...given, commandId: randomUUID(), answersPatch: { nowhere: { nothing: 1 } } };
  await expect(api.ask(ask.saveForm, { input: save })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  await expect(api.ask(ask.submitForm, { ...given, commandId: randomUUID() })).rejects.toMatchObject({
    code: 'FORM_INCOMPLETE',
  });
});

test('a password and a code are what the other process made of them, though this one remembers the account', async () => {
  const visitor = one.visitor('sefton');
  const { email, api } = await registered(visitor);
  const there = other.visitor('sefton');
  const newPassword = 'Staple-Wagon-11-Lantern';
  await there.as(api.token).ask(ask.me);
  await api.ask(CHANGE, { commandId: randomUUID(), currentPassword: PASSWORD, newPassword });
  expect(await there.problem(ask.logIn, { email, password: PASSWORD })).toBe('CREDENTIALS_WRONG');
  expect(await there.problem(ask.logIn, { email, password: newPassword })).toBeUndefined();

  const { challengeId: id } = await visitor.ask(RESET_REQUEST, { email });
  const mail = await visitor.mail(email, ({ subject, text }) => /reset|forgot/i.test(subject) && CODE.test(text));
  const code = CODE.exec(mail.text)![0];
  expect(await there.problem(RESET, { id, code, newPassword: PASSWORD })).toBeUndefined();
  expect(await visitor.problem(ask.logIn, { email, password: PASSWORD })).toBeUndefined();
});

test('a form is sent with the details that were changed at the other process a moment ago', async () => {
  const { api } = await registered(one.visitor('sefton'));
  const form = await filledForm(api, 'quality-concern');
  const details = { surname: 'Okonkwo-Reed', telephone: '07700 900461' };
  await other.visitor('sefton').as(api.token).ask(UPDATE_DETAILS, { commandId: randomUUID(), details });
  const { reference } = await submitForm(api, form);
  const { referrer } = await (await one.staff('sefton', 'worker')).ask<Json>(REFERRER, { reference });
  expect(referrer).toEqual(details);
}, 60_000);

test('what happened while a process was cut off from the store is told to those who listen there, once it is back', async () => {
  const { api } = await registered(one.visitor('lancashire'));
  const worker = await one.staff('lancashire', 'worker');
  const { heard } = listen(other.visitor('lancashire').as(worker.token), 'subscription{inboxChanged{reference}}');
  const toldOf = (reference: string) =>
    heard.some(({ inboxChanged }) => (inboxChanged as Json).reference === reference);
  const submitted = async () =>
    (await submitForm(api, await filledForm(api, 'request-for-support', ['Violet']))).reference;
  // Subscribed once the first event comes through: it is said again until it does.
  await until(async () => {
    await submitted();
    return heard.length > 0;
  });

  const store = proxy.target;
  proxy.target = await freePort();
  proxy.cut();
  const missed = await submitted();
  expect(toldOf(missed)).toBe(false);
  proxy.target = store;
  await until(async () => toldOf(missed));
});
