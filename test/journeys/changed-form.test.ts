import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { DAY } from '../../src/core/clock.js';
import { projectRoot } from '../../src/core/project-root.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import {
  filledForm,
  loggedIn,
  registered,
  returned,
  saveForm,
  startForm,
  submitForm,
  type SavedForm,
} from '../support/people.js';

const FORM = 'request-for-support';
const SAVED = 'id revision formVersion submittableUntil subjects{id forename} answers';
const savedForm = `query($id: ID!){savedForm(id:$id){${SAVED}}}`;
const startFrom = `mutation($input: StartFormInput!){startForm(input:$input){${SAVED}}}`;
const discardForm = 'mutation($commandId: ID!, $id: ID!){discardForm(commandId:$commandId, id:$id)}';
type Opened = SavedForm & Json & { answers: Record<string, Json> };

/** The councils as they are, and as they will be: its form in a second version since day 0, plus 30 days of grace. */
const before = mkdtempSync(join(tmpdir(), 'councils-before-'));
const after = mkdtempSync(join(tmpdir(), 'councils-after-'));
const today = new Date().toISOString().slice(0, 10);
const lastDay = new Date(Date.parse(`${today}T00:00:00Z`) + 30 * DAY).toISOString().slice(0, 10);
for (const folder of [before, after]) cpSync(join(projectRoot, 'deploy/councils'), folder, { recursive: true });
const forms = join(after, 'lancashire/forms');
const first = readFileSync(join(forms, `${FORM}.v1.yaml`), 'utf8');
writeFileSync(join(forms, `${FORM}.v1.yaml`), first.replace('\nversion: 1\n', `\nversion: 1\nretiredOn: ${today}\n`));
writeFileSync(
  join(forms, `${FORM}.v2.yaml`),
  first
    .replace('\nversion: 1\n', '\nversion: 2\n')
    .replace('- id: organisation\n', '- id: employer\n')
    .replaceAll('yourDetails.organisation,', 'yourDetails.employer,'),
);

let frontdoor: TimedFrontdoor;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor({ COUNCILS_DIR: before });
});
afterAll(() => frontdoor.stop());

/** What a deployment does: the same process on the same data, with the councils' new files. */
async function deploy(): Promise<void> {
  const { Councils } = await import('../../src/council/councils.js');
  Object.assign(frontdoor.platform.councils, Councils.load(after));
}

describe('a form that changes while people fill it in', () => {
  test('is sent in the version it was begun in, for as long as the council’s grace lasts', async () => {
    const visitor = frontdoor.visitor('lancashire');
    const person = await registered(visitor);
    const worker = await frontdoor.staff('lancashire', 'worker');
    const { reference } = await submitForm(person.api, await filledForm(person.api, FORM));
    const { informationRequests } = await returned(worker, reference);
    const [soon, late] = [await filledForm(person.api, FORM), await filledForm(person.api, FORM, ['Isla'])];
    expect(await opened(person.api, soon)).toMatchObject({ formVersion: 1, submittableUntil: null });

    await deploy();
    expect(await startForm(person.api, FORM)).toBeDefined();
    expect(await opened(person.api, await startForm(person.api, FORM))).toMatchObject({ formVersion: 2 });
    expect(await opened(person.api, soon)).toMatchObject({ formVersion: 1, submittableUntil: lastDay });

    frontdoor.clock.move(29 * DAY);
    const back = await loggedIn(visitor, person);
    expect(await submitForm(back, soon)).toMatchObject({ version: 1 });
    const saved = await saveForm(back, late, { answersPatch: {} });

    frontdoor.clock.move(2 * DAY);
    const api = await loggedIn(visitor, person);
    const submit = { commandId: randomUUID(), id: late.id, expectedRevision: saved.revision };
    await expect(api.ask(ask.submitForm, submit)).rejects.toMatchObject({
      code: 'NOT_ALLOWED_NOW',
      message: expect.stringContaining('Start a new one from this saved form'),
    });

    // It can still be read, and a new one goes on from it: with its people, and every answer that has a place.
    const old = await opened(api, late);
    const input = { commandId: randomUUID(), formId: FORM, fromSavedFormId: late.id };
    const next = await api.ask<Opened>(startFrom, { input });
    expect(next).toMatchObject({
      formVersion: 2,
      revision: 2,
      submittableUntil: null,
      subjects: [{ forename: 'Isla' }],
    });
    expect(next.answers.reason).toEqual(old.answers.reason);
    expect(next.answers.yourDetails!.employer).toBe(old.answers.yourDetails!.organisation);
    await api.ask(discardForm, { commandId: randomUUID(), id: late.id });
    expect(await api.ask<Opened>(startFrom, { input })).toEqual(next);
    expect(await submitForm(api, next)).toMatchObject({ version: 1 });

    // What was returned opens in the version in which it was sent, and is sent in it, whatever its age.
    const requestId = informationRequests[0]!.id;
    const amended = await api.ask<SavedForm & Json>(ask.amendForm, { commandId: randomUUID(), requestId });
    expect(await opened(api, amended)).toMatchObject({ formVersion: 1, submittableUntil: null });
    expect(await submitForm(api, amended)).toMatchObject({ reference, version: 2 });
  });

  test('goes on only from the asker’s own form of the same kind', async () => {
    const [mine, theirs] = [
      (await registered(frontdoor.visitor('lancashire'))).api,
      (await registered(frontdoor.visitor('lancashire'))).api,
    ];
    const from = async (fromSavedFormId: string, formId = FORM) =>
      mine.problem(startFrom, { input: { commandId: randomUUID(), formId, fromSavedFormId } });
    expect(await from((await startForm(theirs, FORM)).id)).toBe('NOT_FOUND');
    expect(await from(randomUUID())).toBe('NOT_FOUND');
    expect(await from('no id')).toBe('BAD_INPUT');
    const sefton = (await registered(frontdoor.visitor('sefton'))).api;
    const concern = await startForm(sefton, 'quality-concern');
    const input = { commandId: randomUUID(), formId: 'safeguarding', fromSavedFormId: concern.id };
    expect(await sefton.problem(startFrom, { input })).toBe('BAD_INPUT');
  });
});

function opened(api: Api, { id }: SavedForm): Promise<Opened> {
  return api.ask<Opened>(savedForm, { id });
}
