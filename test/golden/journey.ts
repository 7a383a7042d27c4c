import { randomUUID } from 'node:crypto';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { accountDecider } from '../../src/account/account.decider.js';
import { accountStream } from '../../src/account/account.events.js';
import { DAY } from '../../src/core/clock.js';
import { SavedFormSweep } from '../../src/referral/saved-form-sweep.js';
import { pdf } from '../attachment/honest-files.js';
import { attachmentsOf, upload } from '../attachment/uploads.js';
import type { TimedFrontdoor } from '../support/timed-frontdoor.js';
import {
  filledForm,
  loggedIn,
  PASSWORD,
  readReferral,
  registered,
  returned,
  saveForm,
  startForm,
  submitForm,
} from '../support/people.js';

const COUNCIL = 'lancashire';
const FORM = 'request-for-support';
const mutations = {
  discard: 'mutation($commandId: ID!, $id: ID!){discardForm(commandId:$commandId, id:$id)}',
  removeFile:
    'mutation($commandId: ID!, $savedFormId: ID!, $attachmentId: ID!){removeAttachment(commandId:$commandId, savedFormId:$savedFormId, attachmentId:$attachmentId){id}}',
  hold: 'mutation($commandId: ID!, $reference: String!, $held: Boolean!){setLegalHold(commandId:$commandId, reference:$reference, held:$held, reason:"Court order")}',
  erase:
    'mutation($commandId: ID!, $reference: String!){eraseReferral(commandId:$commandId, reference:$reference, reason:"Asked for")}',
  eraseAccount:
    'mutation($commandId: ID!, $email: String!){eraseAccount(commandId:$commandId, email:$email, reason:"Asked for")}',
  receipt:
    'mutation($commandId: ID!, $reference: String!){acknowledgeReceipt(commandId:$commandId, reference:$reference, version:1, system:"mosaic", externalId:"M-1"){reference}}',
  reset: 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}',
  resetPassword:
    'mutation($id: ID!, $code: String!, $newPassword: String!){resetPassword(challengeId:$id, code:$code, newPassword:$newPassword)}',
  details: 'mutation($commandId: ID!){updateDetails(commandId:$commandId, details:{telephone:"01772 000000"}){id}}',
  account: 'query($email: String!){accountHistory(email:$email, reason:"A golden line"){totalEntries}}',
};
const id = () => ({ commandId: randomUUID() });

/** Everything that can happen once happens here. `collect` is called before anything is erased. */
export async function journey(frontdoor: TimedFrontdoor, collect: () => Promise<void>): Promise<void> {
  const visitor = frontdoor.visitor(COUNCIL);
  const [worker, officer, service, auditor] = (await Promise.all(
    ['worker', 'records_officer', 'service', 'auditor'].map((role) => frontdoor.staff(COUNCIL, role)),
  )) as [Api, Api, Api, Api];

  const person = await registered(visitor);
  const { email } = person;
  const input = { ...id(), forename: 'Lynn', surname: 'Robinson', email, password: PASSWORD, professional: true };
  await visitor.ask(ask.register, { input });
  await visitor.problem(ask.logIn, { email, password: 'Wrong-Horse-7-Battery' });
  await person.api.ask(mutations.details, id());
  const { challengeId } = await visitor.ask(mutations.reset, { email });
  const code = await visitor.code(email, person.seen);
  const newPassword = 'Correct-Horse-8-Battery';
  await visitor.ask(mutations.resetPassword, { id: challengeId, code, newPassword });
  const api = await loggedIn(visitor, person, newPassword);

  // Two forms that are never sent: one is discarded, the other expires.
  const discarded = await startForm(api, FORM);
  const expiring = await saveForm(api, await startForm(api, FORM), { answersPatch: {} });
  await collect();
  await api.ask(mutations.discard, { ...id(), id: discarded.id });

  // One that is sent, with a file, after one was refused and one removed.
  const filled = await filledForm(api, FORM);
  await upload(api, filled.id, pdf());
  await upload(api, filled.id, Buffer.from('%PDF-1.4 is all that this file has of one'));
  for (const file of await attachmentsOf(api, filled.id)) {
    if (file.status !== 'AVAILABLE')
      await api.ask(mutations.removeFile, { ...id(), savedFormId: filled.id, attachmentId: file.id });
  }
  const { reference } = await submitForm(api, filled);
  await service.ask(mutations.receipt, { ...id(), reference });
  const { revision: expectedRevision } = await readReferral(worker, reference);
  await worker.ask(ask.startContact, { ...id(), reference, expectedRevision });

  // Returned, answered; returned again, and retracted.
  const first = await returned(worker, reference);
  const answer = await api.ask<{ id: string; revision: number } & Json>(ask.amendForm, {
    ...id(),
    requestId: first.informationRequests[0]!.id,
  });
  await submitForm(api, answer);
  const second = await returned(worker, reference);
  const retraction = { ...id(), reference, requestId: second.informationRequests.at(-1)!.id, reason: 'Found it.' };
  await worker.ask(ask.retract, { input: retraction });
  const { revision } = await readReferral(worker, reference);
  const response = { ...id(), reference, expectedRevision: revision, outcomeCode: 'no-further-action', final: true };
  await worker.ask(ask.respond, { input: response });

  for (const held of [true, false]) await officer.ask(mutations.hold, { ...id(), reference, held });
  await auditor.ask(mutations.account, { email });
  await collect();
  await officer.ask(mutations.erase, { ...id(), reference });
  await officer.ask(mutations.eraseAccount, { ...id(), email });

  // No operation closes an account; its fact is in logs all the same.
  const other = await registered(visitor);
  const { handling, views, clock, logger } = frontdoor.platform;
  const actor = { kind: 'referrer' as const, id: other.accountId, name: 'Lynn Robinson' };
  const request = { ...id(), said: {}, council: COUNCIL, actor, correlationId: randomUUID() };
  const close = { type: 'CloseAccount' as const, cause: 'asked for' };
  await handling.handle(accountDecider, accountStream(other.accountId), close, request);
  await collect();

  await startForm((await registered(visitor)).api, FORM);
  await collect();
  frontdoor.clock.move(31 * DAY);
  await new SavedFormSweep(views, handling, clock, logger).sweep();
  if (expiring.revision < 2) throw new Error('The form was not saved.');
  await collect();
}
