import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { recordTerminalRead } from '../../src/cli/audit/reading.js';
import type { Api } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { heldOfAccount } from '../../src/records/subject-access.js';
import { accountAccessStream } from '../../src/referral/access-record.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { councils, filledForm, registered, startForm, submitForm, until, type Registered } from '../support/people.js';

const ERASE =
  'mutation($commandId: ID!, $email: String!, $reason: String!) { eraseAccount(commandId: $commandId, email: $email, reason: $reason) }';
const HOLD = `mutation($commandId: ID!, $reference: String!, $held: Boolean!, $reason: String!){
  setLegalHold(commandId:$commandId, reference:$reference, held:$held, reason:$reason)}`;

let frontdoor: TimedFrontdoor;
let officer: Api;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
  officer = await frontdoor.staff('lancashire', 'records_officer');
}, 60_000);
afterAll(() => frontdoor.stop());

let person: Registered;
beforeEach(async () => {
  person = await registered(frontdoor.visitor('lancashire'));
});

const lancashire = councils().byId('lancashire')!;
const erasing = () => officer.problem(ERASE, { commandId: randomUUID(), email: person.email, reason: 'Asked for' });
/** A referral on hold; gives its id. */
async function held(): Promise<string> {
  const form = await filledForm(person.api, 'request-for-support');
  const { reference } = await submitForm(person.api, form);
  await officer.ask(HOLD, { commandId: randomUUID(), reference, held: true, reason: 'Court order' });
  return form.id;
}
/** The process that ran the follower has let it go. */
async function paused(follower: string): Promise<void> {
  const { controls, vault } = frontdoor.platform;
  await controls.pause(follower);
  const leases = vault.collection<{ _id: string }>('leases');
  await until(async () => (await leases.findOne({ _id: follower })) === null);
}

test('an account is neither erased nor exported by a list that has not reached the end of the log', async () => {
  const { platform } = frontdoor;
  await paused('records');
  const id = await held();
  expect(await erasing()).toBe('UNAVAILABLE');
  await expect(heldOfAccount(platform, lancashire, person.accountId)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await person.api.problem(ask.me)).toBeUndefined();

  await platform.controls.resume('records');
  await until(async () => (await erasing()) === 'LEGAL_HOLD');
  const { referrals } = await heldOfAccount(platform, lancashire, person.accountId);
  expect(referrals.map((referral) => referral.id)).toEqual([id]);
}, 60_000);

test('a read of an account that never was is refused, and nothing is recorded of it', async () => {
  const { platform } = frontdoor;
  const accountId = randomUUID();
  const read = { type: 'RecordAccountRead' as const, accountId, operation: 'subject access', reason: 'A mistyped id' };
  await expect(recordTerminalRead(platform, lancashire, read)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const recorded: unknown[] = [];
  for await (const event of platform.log.records(accountAccessStream(accountId))) recorded.push(event);
  expect(recorded).toEqual([]);
});

test('what the list has parked is found all the same', async () => {
  const { vault, views } = frontdoor.platform;
  const id = await held();
  const begun = await startForm(person.api, 'request-for-support');
  await until(async () => (await erasing()) === 'LEGAL_HOLD');
  await views.collection<{ _id: string }>('records').deleteMany({ _id: { $in: [id, begun.id] } });
  const parked = { follower: 'records', revision: 0, position: '0', type: 'FormStarted', error: 'Error', attempts: 3 };
  const parkedAt = new Date();
  await vault
    .collection('parked')
    .insertMany([id, begun.id].map((one) => ({ ...parked, parkedAt, stream: `referral-${one}` })));
  expect(await erasing()).toBe('LEGAL_HOLD');
  const { referrals } = await heldOfAccount(frontdoor.platform, lancashire, person.accountId);
  expect(referrals.map((referral) => referral.id)).toEqual([id, begun.id].sort());
}, 60_000);
