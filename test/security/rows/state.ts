import { randomUUID } from 'node:crypto';
import type { Api, Json } from '../../../src/cli/demo/api.js';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { councils, filledForm, readReferral, registered, returned, submitForm } from '../../support/people.js';
import type { SecurityRow } from '../row.js';

const COUNCIL = 'lancashire';
const roles = ['worker', 'service', 'auditor', 'records_officer', 'referrer', 'nobody'] as const;
type Role = (typeof roles)[number];

const states = ['submitted', 'in contact', 'returned', 'retracted', 'answered', 'closed', 'erased'] as const;
type State = (typeof states)[number];

const actions = ['startContact', 'return', 'retract', 'respond'] as const;
type Action = (typeof actions)[number];

/** In which states the council's side may do what: everything else is refused, for whatever role. */
const legal: Record<Action, readonly State[]> = {
  startContact: ['submitted', 'retracted', 'answered'],
  return: ['submitted', 'in contact', 'retracted', 'answered'],
  retract: ['returned'],
  respond: ['submitted', 'in contact', 'retracted', 'answered'],
};
const acts: readonly Role[] = ['worker', 'service'];

interface Found {
  reference: string;
  revision: number;
  requestId: string;
}

/** Whether somebody may do something to a referral in some state: asked of the API for every one of them. */
export const row: SecurityRow = {
  name: 'every action in every state by every role',
  area: 'State',
  target: 'only from legal states, only by workers and systems; auditors never write',
  async run(ground) {
    const frontdoor = await ground.started();
    const visitor = frontdoor.visitor(COUNCIL);
    const person = await registered(visitor);
    const staff = (role: string) => frontdoor.staff(COUNCIL, role);
    const [worker, records] = await Promise.all([staff('worker'), staff('records_officer')]);
    const callers: Record<Role, Api> = {
      worker,
      service: await staff('service'),
      auditor: await staff('auditor'),
      records_officer: records,
      referrer: person.api,
      nobody: visitor,
    };
    const wrong: string[] = [];
    let [asked, allowed] = [0, 0];
    for (const state of states) {
      for (const action of actions) {
        // Refusals leave it as it is: one serves them all.
        let found = await made(state, person.api, worker, records);
        for (const role of [...roles].reverse()) {
          const problem = await attempt(action, callers[role], found);
          const expected = expectedOf(role, action, state);
          asked += 1;
          if (problem === undefined) {
            allowed += 1;
            found = await made(state, person.api, worker, records);
          }
          if (!expected.includes(problem)) wrong.push(`${action} when ${state} by ${role}: ${problem ?? 'allowed'}`);
        }
      }
    }
    const measured = `${states.length} states × ${actions.length} actions × ${roles.length} roles = ${asked}: ${allowed} allowed, ${wrong.length} wrong`;
    return { measured: [measured, ...wrong].join('; '), pass: wrong.length === 0 };
  },
};

function expectedOf(role: Role, action: Action, state: State): (string | undefined)[] {
  if (role === 'nobody') return ['UNAUTHENTICATED'];
  if (!acts.includes(role)) return ['FORBIDDEN'];
  if (legal[action].includes(state)) return [undefined];
  // A request that there never was is not there; what was erased may say so.
  return action === 'retract' || state === 'erased' ? ['NOT_ALLOWED_NOW', 'NOT_FOUND'] : ['NOT_ALLOWED_NOW'];
}

/** A referral that has come to a state. */
async function made(state: State, owner: Api, worker: Api, records: Api): Promise<Found> {
  const { reference } = await submitForm(owner, await filledForm(owner, 'request-for-support', ['Violet']));
  const read = () => readReferral(worker, reference);
  let requestId = `${randomUUID()}-1`;
  if (state === 'in contact') await act('startContact', worker, { ...(await read()), requestId });
  if (state === 'returned' || state === 'retracted' || state === 'answered') {
    const referral = await returned(worker, reference);
    requestId = referral.informationRequests[0]!.id;
    if (state === 'retracted') await act('retract', worker, { ...referral, requestId });
    if (state === 'answered') {
      const opened = await owner.ask<{ id: string; revision: number }>(ask.amendForm, {
        commandId: randomUUID(),
        requestId,
      });
      await submitForm(owner, opened);
    }
  }
  if (state === 'closed') await act('respond', worker, { ...(await read()), requestId });
  const { revision } = await read();
  if (state === 'erased') {
    const erase = `mutation($id: ID!, $reference: String!){eraseReferral(commandId:$id,reference:$reference,reason:"A test")}`;
    await records.ask(erase, { id: randomUUID(), reference });
  }
  return { reference, revision, requestId };
}

function attempt(action: Action, api: Api, found: Found): Promise<string | undefined> {
  return act(action, api, found).then(
    () => undefined,
    (error: { code?: string }) => error.code ?? 'no answer',
  );
}

function act(action: Action, api: Api, { reference, revision: expectedRevision, requestId }: Found): Promise<Json> {
  const command = { commandId: randomUUID(), reference, expectedRevision };
  switch (action) {
    case 'startContact':
      return api.ask(ask.startContact, command);
    case 'return':
      return api.ask(ask.returnForInformation, {
        input: { ...command, reasonCode: 'insufficient-detail', comments: 'More.' },
      });
    case 'retract':
      return api.ask(ask.retract, {
        input: { commandId: command.commandId, reference, requestId, reason: 'Found it.' },
      });
    case 'respond':
      return api.ask(ask.respond, {
        input: { ...command, outcomeCode: councils().byId(COUNCIL)!.outcomes[0]!.code, final: true },
      });
  }
}
