import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import type { Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import type { Answers, SubjectFacts } from '../../src/council/form.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { readReferral, registered, saveForm, startForm, submitForm, type SavedForm } from '../support/people.js';

const OPENED = `id revision formId formVersion subjects{id forename surname dateOfBirth} answers
  unmappedAnswers{sectionId questionId label value}`;
const AMEND = `mutation($commandId: ID!, $requestId: ID!){amendForm(commandId:$commandId, requestId:$requestId){${OPENED}}}`;
const READ = `query($id: ID!){savedForm(id:$id){${OPENED}}}`;
const LIST = '{savedForms{edges{node{id unmappedAnswers{questionId}}}}}';

interface Opened extends SavedForm, Json {
  answers: Answers;
  unmappedAnswers: { sectionId: string; questionId: string; label: string; value: { value: unknown } }[];
}
const fixture = (formId: string) =>
  JSON.parse(readFileSync(`test/fixtures/answers/sefton/${formId}.json`, 'utf8')) as {
    subjects: SubjectFacts[];
    answers: Answers;
  };

let frontdoor: Installation;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
});

test('a safeguarding concern sent as one about quality is redone on the right form, with what can be kept', async () => {
  const { api } = await registered(frontdoor.visitor('sefton'));
  const { subjects, answers: answersPatch } = fixture('quality-concern');
  const saved = await saveForm(api, await startForm(api, 'quality-concern'), { subjects, answersPatch });
  expect((await api.ask<Opened>(READ, { id: saved.id })).unmappedAnswers).toEqual([]);
  const { reference } = await submitForm(api, saved);

  const worker = await frontdoor.staff('sefton', 'worker');
  const { revision: expectedRevision } = await readReferral(worker, reference);
  const reason = { reasonCode: 'wrong-form', comments: 'This is about abuse.', redirectToFormId: 'safeguarding' };
  const { informationRequests } = await worker.ask<{ informationRequests: { id: string }[] } & Json>(
    ask.returnForInformation,
    { input: { commandId: randomUUID(), reference, expectedRevision, ...reason } },
  );

  const requestId = informationRequests[0]!.id;
  const amended = await api.ask<Opened>(AMEND, { commandId: randomUUID(), requestId });
  expect(amended).toMatchObject({ formId: 'safeguarding', subjects });
  expect(amended.answers).toMatchObject({
    aboutYou: answersPatch.aboutYou,
    person: { dateOfBirth: answersPatch.person!.dateOfBirth, address: answersPatch.person!.address },
    concern: { details: answersPatch.concern!.details },
  });
  // Every answer of the returned version is in the new form, or is said to be missing there, with what it was.
  for (const { sectionId, questionId, label, value } of amended.unmappedAnswers) {
    expect(value).toEqual({ value: answersPatch[sectionId]![questionId] });
    expect(label).toMatch(/\w/);
    expect(label).not.toBe(questionId);
  }
  const missing = amended.unmappedAnswers.map(({ sectionId, questionId }) => `${sectionId}.${questionId}`);
  expect(missing).toContain('provider.name');
  for (const [section, given] of Object.entries(answersPatch)) {
    for (const [question, answer] of Object.entries(given)) {
      if (missing.includes(`${section}.${question}`)) continue;
      expect(JSON.stringify(amended.answers)).toContain(JSON.stringify(answer));
    }
  }
  expect((await api.ask<Opened>(READ, { id: amended.id })).unmappedAnswers).toEqual(amended.unmappedAnswers);
  const { edges } = await api.ask<{ edges: { node: { id: string; unmappedAnswers: Json[] } }[] } & Json>(LIST);
  expect(edges.find(({ node }) => node.id === amended.id)?.node.unmappedAnswers).toHaveLength(missing.length);

  const rest = fixture('safeguarding').answers;
  const { id } = subjects[0]!;
  const [other] = fixture('safeguarding').subjects;
  const patch = JSON.parse(JSON.stringify(rest).replaceAll(other!.id, id)) as Answers;
  const complete = await saveForm(api, amended, { answersPatch: patch });
  expect(await submitForm(api, complete)).toMatchObject({ reference, version: 2, form: 'Safeguarding' });
});
