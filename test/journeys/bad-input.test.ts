import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import {
  councils,
  PASSWORD,
  readReferral,
  registered,
  saveForm,
  startForm,
  submitForm,
  filledForm,
  type Registered,
} from '../support/people.js';

let frontdoor: Installation;
let person: Registered;
let worker: Api;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
  person = await registered(frontdoor.visitor('lancashire'));
  worker = await frontdoor.staff('lancashire', 'worker');
});

/** Asks and gives the first error as it was served. */
async function refused(body: string | Json, headers: Record<string, string> = {}) {
  const reply = await fetch(`${frontdoor.base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-council': 'lancashire', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const { errors } = (await reply.json()) as { errors: { message: string; extensions: Json }[] };
  return { status: reply.status, message: errors[0]!.message, ...errors[0]!.extensions } as Json;
}

const anyone = {
  commandId: randomUUID(),
  forename: 'A',
  surname: 'B',
  email: 'a@example.org',
  password: PASSWORD,
  professional: false,
};
const register = (change: Json) =>
  refused({ query: ask.register, variables: { input: { ...anyone, commandId: randomUUID(), ...change } } });
const authorised = () => ({ authorization: `Bearer ${person.api.token}` });

describe('Bad input is told what is wrong with it', () => {
  test('malformed JSON', async () => {
    expect(await refused('{"query": ')).toMatchObject({
      status: 400,
      code: 'BAD_INPUT',
      correlationId: expect.any(String),
    });
  });

  test('a body that is too large', async () => {
    expect(await refused(JSON.stringify({ query: 'x'.repeat(2_000_000) }))).toMatchObject({
      status: 413,
      code: 'BAD_INPUT',
    });
  });

  test('another content type', async () => {
    expect(await refused('query=x', { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
      code: 'BAD_INPUT',
    });
  });

  test('a place where nothing is', async () => {
    const reply = await fetch(`${frontdoor.base}/nowhere`);
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('an unknown council, and none', async () => {
    expect(await refused({ query: ask.council }, { 'x-council': 'atlantis' })).toMatchObject({
      code: 'COUNCIL_UNKNOWN',
      field: 'x-council',
    });
    expect(await frontdoor.visitor('').problem(ask.council)).toBe('COUNCIL_UNKNOWN');
  });

  test('a query that is no query, an unknown field and a missing variable', async () => {
    expect(await refused({ query: '{council{' })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await refused({ query: '{council{mayor}}' })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await refused({ query: ask.register })).toMatchObject({ code: 'BAD_INPUT', field: 'input' });
  });

  test('a value of the wrong type, without repeating what was sent', async () => {
    const problem = await register({ forename: { secret: 'Canary' } });
    expect(problem).toMatchObject({ code: 'BAD_INPUT', field: 'input.forename' });
    expect(JSON.stringify(problem)).not.toContain('Canary');
  });

  test.each([
    [{ email: 'not an address' }, 'input.email'],
    [{ forename: '   ' }, 'input.forename'],
    [{ surname: 'x'.repeat(101) }, 'input.surname'],
    [{ commandId: 'one' }, 'input.commandId'],
    [{ telephone: 'call me' }, 'input.telephone'],
    [{ address: { line1: '1 High Street', postcode: 'NOWHERE' } }, 'input.address.postcode'],
  ])('registering with %j', async (change, field) => {
    expect(await register(change)).toMatchObject({ code: 'BAD_INPUT', field, message: expect.stringMatching(/[.]$/) });
  });

  test('a password that breaks the policy, and one of a megabyte', async () => {
    const short = await register({ password: 'short' });
    expect(short).toMatchObject({ code: 'PASSWORD_POLICY', field: 'password' });
    expect(short.message).toContain('at least 16 characters');
    const logIn = (password: string) => ({ query: ask.logIn, variables: { email: person.email, password } });
    const halfMegabyte = 'a'.repeat(500_000);
    expect(await register({ password: halfMegabyte })).toMatchObject({ status: 413, code: 'PASSWORD_POLICY' });
    expect(await refused(logIn(halfMegabyte))).toMatchObject({ status: 413, code: 'CREDENTIALS_WRONG' });
    // A stranger's body of this length is not read at all.
    const megabyte = 'a'.repeat(900_000);
    expect(await register({ password: megabyte })).toMatchObject({ status: 413, code: 'BAD_INPUT' });
    expect(await refused(logIn(megabyte))).toMatchObject({ status: 413, code: 'BAD_INPUT' });
    const madeUp = { authorization: 'Bearer made-up' };
    expect(await refused(logIn(megabyte), madeUp)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await refused(logIn(megabyte), authorised())).toMatchObject({ status: 413, code: 'CREDENTIALS_WRONG' });
  });

  test('a challenge that was never given out, and one with a letter changed', async () => {
    const confirm = (id: string) => refused({ query: ask.confirm, variables: { id, code: '1234 5678' } });
    expect(await confirm('nonsense')).toMatchObject({ code: 'BAD_INPUT', field: 'challengeId' });
    const { challengeId } = await frontdoor
      .visitor('lancashire')
      .ask<{ challengeId: string }>(ask.logIn, { email: person.email, password: PASSWORD });
    const altered = challengeId.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
    expect(await confirm(altered)).toMatchObject({ code: 'BAD_INPUT' });
  });

  test('no session, a made-up one, and one of another council', async () => {
    expect(await refused({ query: ask.me })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await refused({ query: ask.me }, { authorization: 'Bearer made-up' })).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await refused({ query: ask.me }, { authorization: 'Bearer a.b.c' })).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await refused({ query: ask.me }, { ...authorised(), 'x-council': 'sefton' })).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('a form that there is not', async () => {
    const input = { commandId: randomUUID(), formId: 'tax-return' };
    expect(await refused({ query: ask.startForm, variables: { input } }, authorised())).toMatchObject({
      code: 'NOT_FOUND',
      field: 'formId',
    });
    expect(await refused({ query: '{form(id:"tax-return"){title}}' })).toMatchObject({
      code: 'NOT_FOUND',
      field: 'id',
    });
  });

  test('an answer to a question that there is not, one of the wrong kind, and one that is too long', async () => {
    const form = await startForm(person.api, 'request-for-support');
    const save = (answersPatch: Json) =>
      refused(
        {
          query: ask.saveForm,
          variables: { input: { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, answersPatch } },
        },
        authorised(),
      );
    expect(await save({ nowhere: { nothing: 1 } })).toMatchObject({
      code: 'BAD_INPUT',
      field: expect.stringContaining('answersPatch.nowhere'),
    });
    const { definition } = councils().byId('lancashire')!.form('request-for-support')!;
    const [section, question] = definition.sections
      .flatMap((one) => one.questions.map((q) => [one.id, q] as const))
      .find(([, { kind, perSubject }]) => kind === 'TEXT' && !perSubject)!;
    const field = `answersPatch.${section}.${question.id}`;
    expect(await save({ [section]: { [question.id]: 42 } })).toMatchObject({ code: 'BAD_INPUT', field });
    expect(await save({ [section]: { [question.id]: 'x'.repeat(20_000) } })).toMatchObject({
      code: 'BAD_INPUT',
      field,
    });
    // Nothing was half-done: the form is where it was.
    expect(await person.api.ask(ask.savedForm, { id: form.id })).toMatchObject({ revision: form.revision });
  });

  test('a subject without a surname, two of one id, and a date that there is not', async () => {
    const form = await startForm(person.api, 'request-for-support');
    const save = (subjects: Json[]) =>
      refused(
        {
          query: ask.saveForm,
          variables: { input: { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, subjects } },
        },
        authorised(),
      );
    const id = randomUUID();
    const violet = { id, forename: 'Violet', surname: 'Plant' };
    expect(await save([{ ...violet, surname: ' ' }])).toMatchObject({
      code: 'BAD_INPUT',
      field: 'input.subjects.0.surname',
    });
    expect(await save([violet, violet])).toMatchObject({ code: 'BAD_INPUT', field: 'subjects' });
    expect(await save([{ ...violet, dateOfBirth: '2014-02-30' }])).toMatchObject({ code: 'BAD_INPUT' });
  });

  test("another's saved form, to read, save, submit, discard or amend", async () => {
    const stranger = await registered(frontdoor.visitor('lancashire'));
    const form = await filledForm(person.api, 'request-for-support');
    const { reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support'));
    const input = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, answersPatch: {} };
    expect(await stranger.api.problem(ask.savedForm, { id: form.id })).toBe('NOT_FOUND');
    expect(await stranger.api.problem(ask.saveForm, { input })).toBe('NOT_FOUND');
    const submit = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision };
    expect(await stranger.api.problem(ask.submitForm, submit)).toBe('NOT_FOUND');
    const discard = 'mutation($commandId: ID!, $id: ID!){discardForm(commandId:$commandId, id:$id)}';
    expect(await stranger.api.problem(discard, { commandId: randomUUID(), id: form.id })).toBe('NOT_FOUND');
    const submittedForm = 'query($reference: String!){submittedForm(reference:$reference){version}}';
    expect(await stranger.api.problem(submittedForm, { reference })).toBe('NOT_FOUND');
    expect(await stranger.api.problem(ask.amendForm, { commandId: randomUUID(), requestId: `${form.id}-1` })).toBe(
      'NOT_FOUND',
    );
    expect(await stranger.api.problem(ask.savedForm, { id: 'nonsense' })).toBe('NOT_FOUND');
  });

  test('a stale revision says which one is current, for referrers and for workers', async () => {
    const form = await startForm(person.api, 'request-for-support');
    const saved = await saveForm(person.api, form, { answersPatch: {} });
    const input = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, answersPatch: {} };
    expect(await refused({ query: ask.saveForm, variables: { input } }, authorised())).toMatchObject({
      code: 'REVISION_CONFLICT',
      field: 'expectedRevision',
      currentRevision: saved.revision,
    });
    const { reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support'));
    const stale = { commandId: randomUUID(), reference, expectedRevision: 0 };
    expect(await worker.problem(ask.startContact, stale)).toBe('REVISION_CONFLICT');
    expect((await readReferral(worker, reference)).status).toBe('SUBMITTED');
  });

  test('a commandId used again for something else', async () => {
    const form = await startForm(person.api, 'request-for-support');
    const input = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, answersPatch: {} };
    await person.api.ask(ask.saveForm, { input });
    expect(await person.api.problem(ask.saveForm, { input })).toBeUndefined();
    const other = { ...input, expectedRevision: form.revision + 1 };
    expect(await person.api.problem(ask.saveForm, { input: other })).toBe('COMMAND_ID_REUSED');
  });

  test('what the council does not know: a reason, an outcome, a question, a form, a date gone by', async () => {
    const { reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support'));
    const { revision: expectedRevision } = await readReferral(worker, reference);
    const giveBack = (change: Json) => {
      const input = {
        commandId: randomUUID(),
        reference,
        expectedRevision,
        reasonCode: 'insufficient-detail',
        comments: 'More.',
        ...change,
      };
      return refused(
        { query: ask.returnForInformation, variables: { input } },
        { authorization: `Bearer ${worker.token}` },
      );
    };
    expect(await giveBack({ reasonCode: 'whim' })).toMatchObject({ code: 'BAD_INPUT', field: 'reasonCode' });
    expect(await giveBack({ comments: ' ' })).toMatchObject({ code: 'BAD_INPUT', field: 'input.comments' });
    expect(await giveBack({ questions: [{ questionId: 'nothing', note: 'Why?' }] })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'questions',
    });
    expect(await giveBack({ redirectToFormId: 'nothing' })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'redirectToFormId',
    });
    expect(await giveBack({ dueOn: '2020-01-01' })).toMatchObject({ code: 'BAD_INPUT', field: 'dueOn' });
    expect(await giveBack({ dueOn: 'soon' })).toMatchObject({ code: 'BAD_INPUT', field: 'input.dueOn' });
    const respond = { commandId: randomUUID(), reference, expectedRevision, outcomeCode: 'whim', final: true };
    expect(await worker.problem(ask.respond, { input: respond })).toBe('BAD_INPUT');
    expect((await readReferral(worker, reference)).status).toBe('SUBMITTED');
  });

  test('a page of a thousand, of none, and a cursor that was never given out', async () => {
    const page = (first: number, after?: string) =>
      refused(
        {
          query: 'query($first: Int, $after: String){savedForms(first:$first, after:$after){totalCount}}',
          variables: { first, after },
        },
        authorised(),
      );
    expect(await page(1_000)).toMatchObject({ code: 'BAD_INPUT', field: 'first' });
    expect(await page(0)).toMatchObject({ code: 'BAD_INPUT', field: 'first' });
    expect(await page(10, 'nonsense')).toMatchObject({ code: 'BAD_INPUT', field: 'after' });
  });

  test('roles: a referrer acts as no worker, a worker as no referrer, an auditor never writes', async () => {
    const auditor = await frontdoor.staff('lancashire', 'auditor');
    const { reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support'));
    const contact = { commandId: randomUUID(), reference, expectedRevision: 1 };
    expect(await person.api.problem(ask.startContact, contact)).toBe('FORBIDDEN');
    expect(await auditor.problem(ask.startContact, contact)).toBe('FORBIDDEN');
    expect(await worker.problem(ask.savedForms)).toBe('FORBIDDEN');
    expect(await worker.problem(ask.history, { reference })).toBe('FORBIDDEN');
    expect(await auditor.problem(ask.history, { reference })).toBeUndefined();
    const elsewhere = await frontdoor.staff('sefton', 'worker');
    expect(await elsewhere.as(elsewhere.token, 'lancashire').problem(ask.referral, { reference })).toBe(
      'UNAUTHENTICATED',
    );
    expect(await elsewhere.problem(ask.referral, { reference })).toBe('NOT_FOUND');
  });
});
