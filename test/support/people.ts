import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { projectRoot } from '../../src/core/project-root.js';
import { Councils } from '../../src/council/councils.js';
import { sampleAnswers } from '../../src/council/sample-answers.js';

export { until } from './until.js';

let loaded: Councils | undefined;
/** The councils of this repository, read when first asked for: reading them takes most of a second. */
export const councils = (): Councils => (loaded ??= Councils.load(join(projectRoot, 'deploy/councils')));

/** Suits each council's policy. */
export const PASSWORD = 'Correct-Horse-7-Battery';

export interface Registered {
  email: string;
  api: Api;
  accountId: string;
  /** Mails with codes that were used. */
  seen: Set<string>;
}

/** Registers somebody new, and accepts the terms where there are any. */
export async function registered(visitor: Api, changes: Json = {}): Promise<Registered> {
  const email = `person-${randomUUID().slice(0, 13)}@example.org`;
  const input = {
    commandId: randomUUID(),
    forename: 'Lynn',
    surname: 'Robinson',
    email,
    password: PASSWORD,
    professional: true,
    ...changes,
  };
  const seen = new Set<string>();
  const { challengeId: id } = await visitor.ask(ask.register, { input });
  const code = await visitor.code(String(input.email), seen);
  const { token, account } = await visitor.ask<{ token: string; account: Account }>(ask.confirm, { id, code });
  const api = visitor.as(token);
  const version = account.termsOutstanding?.version;
  if (version) await api.ask(ask.acceptTerms, { commandId: randomUUID(), version });
  return { email: String(input.email), api, accountId: account.id, seen };
}

interface Account {
  id: string;
  termsOutstanding: { version: string } | null;
}

/** Logs somebody in by password and mailed code; gives the caller with the new session. */
export async function loggedIn(visitor: Api, { email, seen }: Registered, password = PASSWORD): Promise<Api> {
  const { challengeId: id } = await visitor.ask(ask.logIn, { email, password });
  const code = await visitor.code(email, seen);
  const { token } = await visitor.ask<{ token: string }>(ask.confirmLogIn, { id, code });
  return visitor.as(token);
}

export interface SavedForm {
  id: string;
  revision: number;
}

export function startForm(api: Api, formId: string): Promise<SavedForm & Json> {
  return api.ask<SavedForm & Json>(ask.startForm, { input: { commandId: randomUUID(), formId } });
}

export function saveForm(api: Api, { id, revision }: SavedForm, change: Json): Promise<SavedForm & Json> {
  const input = { commandId: randomUUID(), id, expectedRevision: revision, ...change };
  return api.ask<SavedForm & Json>(ask.saveForm, { input });
}

/** Begins a form and fills it in completely. */
export async function filledForm(api: Api, formId: string, forenames = ['Violet', 'Lili']): Promise<SavedForm & Json> {
  const form = councils().byId(api.council)!.form(formId)!;
  const subjects = forenames
    .slice(0, form.subjects.max)
    .map((forename) => ({ id: randomUUID(), forename, surname: 'Plant', dateOfBirth: '2014-03-09' }));
  const account = await api.ask<{ forename: string; surname: string; email: string; professional: boolean }>(ask.me);
  const answersPatch = sampleAnswers(form, subjects, account);
  return saveForm(api, await startForm(api, formId), { subjects, answersPatch });
}

export interface Submitted {
  reference: string;
  version: number;
}

export function submitForm(api: Api, { id, revision }: SavedForm, commandId = randomUUID()): Promise<Submitted & Json> {
  return api.ask<Submitted & Json>(ask.submitForm, { commandId, id, expectedRevision: revision });
}

export interface Referral {
  reference: string;
  revision: number;
  status: string;
  subjects: { subject: { id: string }; status: string; response: string | null; final: boolean }[];
  versions: { version: number }[];
  informationRequests: { id: string; state: string }[];
  mails: { kind: string; to: string; status: string }[];
}

export function readReferral(worker: Api, reference: string): Promise<Referral> {
  return worker.ask<Referral>(ask.referral, { reference });
}

/** Returns a referral for more information; gives it as it then stands. */
export async function returned(worker: Api, reference: string): Promise<Referral> {
  const { revision: expectedRevision } = await readReferral(worker, reference);
  const reason = { reasonCode: 'insufficient-detail', comments: 'Please say more.' };
  return worker.ask<Referral>(ask.returnForInformation, {
    input: { commandId: randomUUID(), reference, expectedRevision, ...reason },
  });
}

export interface SubmittedForms {
  requestingMoreInformation: { id: string; reference: string; detail: string; comments: string }[];
  recentlySubmitted: {
    totalCount: number;
    edges: {
      cursor: string;
      node: { reference: string; version: number; name: string; response: string; sentBy: string | null };
    }[];
  };
}

export function submittedForms(api: Api): Promise<SubmittedForms> {
  return api.ask<SubmittedForms & Json>(ask.submittedForms);
}
