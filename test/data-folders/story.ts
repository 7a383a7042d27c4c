import { randomUUID } from 'node:crypto';
import { Leases } from '../../projections/lease.js';
import { DAY } from '../../src/core/clock.js';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { RetentionSweep } from '../../src/records/retention-sweep.js';
import { pdf } from '../attachment/honest-files.js';
import { upload } from '../attachment/uploads.js';
import { journey } from '../golden/journey.js';
import type { Frontdoor } from '../support/frontdoor.js';
import type { TimedFrontdoor } from '../support/timed-frontdoor.js';
import {
  councils,
  filledForm,
  PASSWORD,
  readReferral,
  registered,
  returned,
  saveForm,
  startForm,
  submitForm,
  until,
  type Registered,
} from '../support/people.js';

/** The form of each council that is filled in: the demo's. */
const forms: Record<string, string> = {
  lancashire: 'request-for-support',
  sefton: 'social-care-referral',
  worcestershire: 'childrens-social-care',
};
const KEPT_DAYS = 30;
const mutations = {
  hold: 'mutation($commandId: ID!, $reference: String!){setLegalHold(commandId:$commandId, reference:$reference, held:true, reason:"Court order")}',
  receipt:
    'mutation($commandId: ID!, $reference: String!){acknowledgeReceipt(commandId:$commandId, reference:$reference, version:1, system:"mosaic", externalId:"M-1"){reference}}',
};
const command = () => ({ commandId: randomUUID() });

/**
 * The months before: the golden journey, which has every type of event and ends with erasures and a form that expires,
 * and a referral that is erased because its retention has ended.
 */
export async function playThePast(frontdoor: TimedFrontdoor): Promise<void> {
  const person = await registered(frontdoor.visitor('lancashire'));
  const { reference } = await submitForm(person.api, await filledForm(person.api, forms.lancashire!));
  await respondToAll(await frontdoor.staff('lancashire', 'worker'), reference);
  await journey(frontdoor, async () => undefined);
  // As if the council kept referrals for as long as the journey took.
  const keeps = councils()
    .all()
    .map((council) => Object.create(council, { retentionDays: { value: KEPT_DAYS } }) as never);
  const leases = new Leases(frontdoor.platform.vault, 'the maker of a data folder');
  const retention = new RetentionSweep({ ...frontdoor.platform, councils: { all: () => keeps }, leases });
  let erased = 0;
  await until(async () => (erased += await retention.sweep()) > 0);
}

export interface Kept {
  council: string;
  person: Registered;
  references: string[];
  /** One that nobody at the council has touched so far. */
  untouched: string;
}

/** What is still there on the last day, in one council: referrals in every state, and what is waiting to be sent. */
export async function playTheLastDay(frontdoor: Frontdoor, council: string): Promise<Kept> {
  const [worker, officer, service] = (await Promise.all(
    ['worker', 'records_officer', 'service'].map((role) => frontdoor.staff(council, role)),
  )) as [Api, Api, Api];
  const visitor = frontdoor.visitor(council);
  const form = forms[council]!;
  const person = await registered(visitor, { forename: 'Grace', surname: 'Okafor' });
  const { api } = person;

  const closed = await submitWithFile(api, form);
  await service.ask(mutations.receipt, { ...command(), reference: closed });
  await answer(api, await returned(worker, closed));
  const { informationRequests } = await returned(worker, closed);
  const requestId = informationRequests.at(-1)!.id;
  await worker.ask(ask.retract, { input: { ...command(), reference: closed, requestId, reason: 'Found it.' } });
  await respondToAll(worker, closed);
  // Whatever councils say about retention in years to come, it stays.
  await officer.ask(mutations.hold, { ...command(), reference: closed });

  const waiting = await submitWithFile(api, form);
  const { revision: expectedRevision } = await readReferral(worker, waiting);
  const [question] = councils().byId(council)!.form(form)!.definition.sections[0]!.questions;
  const input = {
    ...command(),
    reference: waiting,
    expectedRevision,
    reasonCode: 'insufficient-detail',
    comments: 'Which school is it?',
    questions: [{ questionId: question!.id, note: 'Please write it out.' }],
    dueOn: new Date(Date.now() + 14 * DAY).toISOString().slice(0, 10),
  };
  const open = await worker.ask<{ informationRequests: { id: string }[] } & Json>(ask.returnForInformation, { input });
  await api.ask(ask.amendForm, { ...command(), requestId: open.informationRequests[0]!.id });

  const { reference: untouched } = await submitForm(api, await filledForm(api, form));

  // Not sent, and not confirmed: both end of themselves after a while.
  const subjects = [{ id: randomUUID(), forename: 'Isla', surname: 'Plant', dateOfBirth: null }];
  await saveForm(api, await startForm(api, form), { subjects });
  const unconfirmed = { forename: 'Noah', surname: 'Early', email: `noah-${randomUUID().slice(0, 8)}@example.org` };
  await visitor.ask(ask.register, { input: { ...command(), ...unconfirmed, password: PASSWORD, professional: true } });
  return { council, person, references: [closed, waiting, untouched], untouched };
}

export async function startContact(worker: Api, reference: string): Promise<void> {
  const { revision: expectedRevision } = await readReferral(worker, reference);
  await worker.ask(ask.startContact, { ...command(), reference, expectedRevision });
}

async function submitWithFile(api: Api, formId: string): Promise<string> {
  const filled = await filledForm(api, formId);
  await upload(api, filled.id, pdf());
  return (await submitForm(api, filled)).reference;
}

async function answer(api: Api, { informationRequests }: Awaited<ReturnType<typeof returned>>): Promise<void> {
  const [request] = informationRequests;
  const amended = await api.ask<{ id: string; revision: number } & Json>(ask.amendForm, {
    ...command(),
    requestId: request!.id,
  });
  await submitForm(api, amended);
}

async function respondToAll(worker: Api, reference: string): Promise<void> {
  await startContact(worker, reference);
  const { revision: expectedRevision } = await readReferral(worker, reference);
  const outcome = { outcomeCode: 'no-further-action', final: true, message: 'Thank you for telling us.' };
  await worker.ask(ask.respond, { input: { ...command(), reference, expectedRevision, ...outcome } });
}
