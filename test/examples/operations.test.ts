import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Api } from '../../src/cli/demo/api.js';
import { projectRoot } from '../../src/core/project-root.js';
import { sampleAnswers } from '../../src/council/sample-answers.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { councils, PASSWORD } from '../support/people.js';
import type { Anything } from '../support/anything.js';

const folder = join(projectRoot, 'deploy/examples/operations');
const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
const formId = 'request-for-support';
const sent = new Set<string>();
let frontdoor: Installation;

beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
});

/** Sends the operation of a file. */
async function send(api: Api, name: string, variables: Record<string, unknown> = {}): Promise<Anything> {
  sent.add(`${name}.graphql`);
  return api.ask(readFileSync(join(folder, `${name}.graphql`), 'utf8'), variables);
}

const commandId = () => randomUUID();

test('a whole journey can be played with the ready-made operations, and each of them takes part', async () => {
  const visitor = frontdoor.visitor('lancashire');
  const [worker, service, auditor] = await Promise.all(
    ['worker', 'service', 'auditor'].map((role) => frontdoor.staff('lancashire', role)),
  );
  expect((await send(visitor, 'council')).id).toBe('lancashire');
  expect((await send(visitor, 'form', { id: formId })).sections.length).toBeGreaterThan(1);

  const email = `operations-${randomUUID().slice(0, 8)}@example.org`;
  const person = { forename: 'Lynn', surname: 'Robinson', email, professional: true };
  const seen = new Set<string>();
  const begun = await send(visitor, 'register', { input: { commandId: commandId(), password: PASSWORD, ...person } });
  const code = await visitor.code(email, seen);
  const registered = await send(visitor, 'confirm-registration', { challengeId: begun.challengeId, code });
  let api = visitor.as(registered.token);
  // Terms that nobody has to accept are still to be had.
  const version = registered.account.termsOutstanding?.version ?? (await send(api, 'council')).terms?.version;
  await send(api, 'accept-terms', { commandId: commandId(), version });
  await send(api, 'log-out');
  const { challengeId } = await send(visitor, 'log-in', { email, password: PASSWORD });
  const { token } = await send(visitor, 'confirm-log-in', { challengeId, code: await visitor.code(email, seen) });
  api = visitor.as(token);
  expect((await send(api, 'me')).email).toBe(email);

  const { id, revision } = await send(api, 'start-form', { input: { commandId: commandId(), formId } });
  const subjects = [{ id: randomUUID(), forename: 'Violet', surname: 'Plant', dateOfBirth: '2014-03-09' }];
  const answersPatch = sampleAnswers(councils().byId('lancashire')!.form(formId)!, subjects, person);
  const change = { commandId: commandId(), id, expectedRevision: revision, subjects, answersPatch };
  const saved = await send(api, 'save-form', { input: change });
  expect(saved.check).toEqual({ complete: true, problems: [] });
  expect((await send(api, 'saved-forms', { first: 5 })).totalCount).toBe(1);
  const { reference } = await send(api, 'submit-form', {
    commandId: commandId(),
    id,
    expectedRevision: saved.revision,
  });
  expect((await send(api, 'submitted-forms')).recentlySubmitted.totalCount).toBe(1);

  const staffed = async () => (await send(worker!, 'referral', { reference })).revision;
  await send(service!, 'acknowledge-receipt', { commandId: commandId(), reference, version: 1, system: 'examples' });
  await send(worker!, 'start-contact', { commandId: commandId(), reference, expectedRevision: await staffed() });
  const ask = async () => ({
    commandId: commandId(),
    reference,
    expectedRevision: await staffed(),
    reasonCode: 'insufficient-detail',
    comments: 'Please say more.',
  });
  const first = await send(worker!, 'return-for-information', { input: await ask() });
  const retract = {
    commandId: commandId(),
    reference,
    requestId: first.informationRequests[0].id,
    reason: 'Found it.',
  };
  await send(worker!, 'retract-information-request', { input: retract });
  const second = await send(worker!, 'return-for-information', { input: await ask() });
  const open = second.informationRequests.find(({ state }: { state: string }) => state === 'OPEN');
  const amended = await send(api, 'amend-form', { commandId: commandId(), requestId: open.id });
  expect(amended.answersRequest.comments).toBe('Please say more.');
  await send(api, 'submit-form', { commandId: commandId(), id: amended.id, expectedRevision: amended.revision });
  const { outcomes } = await visitor.ask<Anything>('{council{outcomes{code}}}');
  const response = { commandId: commandId(), reference, expectedRevision: await staffed(), final: true };
  const closed = await send(worker!, 'respond', { input: { ...response, outcomeCode: outcomes[0].code } });
  expect(closed.status).toBe('CLOSED');
  expect((await send(worker!, 'inbox', { first: 5 })).edges[0].node.reference).toBe(reference);
  const history = await send(auditor!, 'referral-history', { reference, reason: 'The examples are tried' });
  expect(history.verification.intact).toBe(true);

  expect(files.filter((name) => !sent.has(name))).toEqual([]);
});
