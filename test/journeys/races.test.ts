import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ApiProblem, type Api, type Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import {
  filledForm,
  PASSWORD,
  readReferral,
  registered,
  returned,
  startForm,
  submitForm,
  submittedForms,
  until,
  type Registered,
  type SavedForm,
} from '../support/people.js';

let frontdoor: Installation;
let person: Registered;
let worker: Api;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
  person = await registered(frontdoor.visitor('lancashire'));
  worker = await frontdoor.staff('lancashire', 'worker');
});

const times = <T>(n: number, work: (nth: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, nth) => work(nth)));
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof ApiProblem ? error.code : Promise.reject(error as Error)),
  );

/** Asks again where a busy process puts a caller off: passwords are hashed a few at a time. */
async function admitted<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 'TOO_MANY_REQUESTS') throw error;
      await sleep(200);
    }
  }
}

describe('Many at once', () => {
  test('a hundred clicks on Start make one form', async () => {
    const input = { commandId: randomUUID(), formId: 'request-for-support' };
    const forms = await times(100, () => person.api.ask<SavedForm & Json>(ask.startForm, { input }));
    expect(new Set(forms.map(({ id }) => id)).size).toBe(1);
  });

  test('a hundred clicks on Submit make one referral, and each gets the same answer', async () => {
    const form = await filledForm(person.api, 'request-for-support');
    const commandId = randomUUID();
    const answers = await times(100, () => submitForm(person.api, form, commandId));
    expect(new Set(answers.map(({ reference, version }) => `${reference}/${version}`)).size).toBe(1);
    const history = await (
      await frontdoor.staff('lancashire', 'auditor')
    ).ask<{ entries: { type: string }[] }>(ask.history, {
      reference: answers[0]!.reference,
    });
    expect(history.entries.filter(({ type }) => type === 'FormSubmitted')).toHaveLength(1);
  });

  test('fifty submissions by different commands: one is sent, the others are told', async () => {
    const form = await filledForm(person.api, 'request-for-support');
    const outcomes = await times(50, () => outcome(submitForm(person.api, form)));
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['done', 'FORM_ENDED']));
  });

  test('forty forms submitted at once have forty references', async () => {
    const forms: SavedForm[] = [];
    for (let nth = 0; nth < 40; nth += 1) forms.push(await filledForm(person.api, 'request-for-support', ['Violet']));
    const sent = await times(40, (nth) => submitForm(person.api, forms[nth]!));
    expect(new Set(sent.map(({ reference }) => reference)).size).toBe(40);
  });

  test('two windows on one form: exactly one save of each revision is kept', async () => {
    let form: SavedForm = await startForm(person.api, 'request-for-support');
    for (let round = 0; round < 10; round += 1) {
      const save = () => {
        const input = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, answersPatch: {} };
        return outcome(person.api.ask(ask.saveForm, { input }));
      };
      expect((await times(8, save)).sort()).toEqual([...Array<string>(7).fill('REVISION_CONFLICT'), 'done']);
      form = await person.api.ask<SavedForm & Json>(ask.savedForm, { id: form.id });
    }
    expect(form.revision).toBe(11);
  });

  test('one address registered twenty times at once belongs to one account', async () => {
    const visitor = frontdoor.visitor('sefton');
    const email = `raced-${randomUUID()}@example.org`;
    const register = () => {
      const input = {
        commandId: randomUUID(),
        forename: 'A',
        surname: 'B',
        email,
        password: PASSWORD,
        professional: true,
      };
      return admitted(() => visitor.ask<{ challengeId: string }>(ask.register, { input }));
    };
    const challenges = await times(20, register);
    await until(async () => (await mails(email)).length === 20);
    const codes = (await mails(email)).map(({ text }) => /\b\d{4} \d{4}\b/.exec(text)![0]);
    // Nobody knows which code is whose: each is tried where it fits, all at once.
    const outcomes = await times(20, async (nth) => {
      for (const code of codes) {
        const result = await outcome(visitor.ask(ask.confirm, { id: challenges[nth]!.challengeId, code }));
        if (result !== 'CODE_WRONG') return result;
      }
      return 'CODE_WRONG';
    });
    expect(outcomes.filter((one) => one === 'done').length).toBeLessThanOrEqual(1);
    const input = {
      commandId: randomUUID(),
      forename: 'A',
      surname: 'B',
      email,
      password: PASSWORD,
      professional: true,
    };
    expect(await visitor.problem(ask.register, { input })).toBeUndefined();
  });

  test('a code tried right a hundred times at once signs in once', async () => {
    const { challengeId: id } = await frontdoor
      .visitor('lancashire')
      .ask(ask.logIn, { email: person.email, password: PASSWORD });
    const visitor = frontdoor.visitor('lancashire');
    const code = await visitor.code(person.email, person.seen);
    const outcomes = await times(100, () => outcome(visitor.ask(ask.confirmLogIn, { id, code })));
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['done', 'CODE_USED_UP']));
  });

  test('a retraction racing the answer has one winner, and the loser hears why', async () => {
    for (let round = 0; round < 12; round += 1) {
      const { reference } = await submitForm(
        person.api,
        await filledForm(person.api, 'request-for-support', ['Violet']),
      );
      const { informationRequests } = await returned(worker, reference);
      const requestId = informationRequests[0]!.id;
      const form = await person.api.ask<SavedForm & Json>(ask.amendForm, { commandId: randomUUID(), requestId });
      const input = { commandId: randomUUID(), requestId, reference, reason: 'Found it.' };
      const [answer, retraction] = await Promise.all([
        outcome(submitForm(person.api, form)),
        outcome(worker.ask(ask.retract, { input })),
      ]);
      const after = await readReferral(worker, reference);
      const { state } = after.informationRequests[0]!;
      if (answer === 'done') {
        expect([retraction, state, after.versions.length]).toEqual(['NOT_ALLOWED_NOW', 'ANSWERED', 2]);
      } else {
        expect([answer, retraction, state, after.versions.length]).toEqual(['FORM_ENDED', 'done', 'RETRACTED', 1]);
      }
      await until(async () =>
        (await submittedForms(person.api)).requestingMoreInformation.every(
          (request) => request.reference !== reference,
        ),
      );
    }
  });

  test('twenty workers responding to one child: one response is posted', async () => {
    const { reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support'));
    const { revision: expectedRevision, subjects } = await readReferral(worker, reference);
    const subjectId = subjects[0]!.subject.id;
    const outcomes = await times(20, () => {
      const input = {
        commandId: randomUUID(),
        reference,
        expectedRevision,
        subjectId,
        outcomeCode: 'family-intensive-support',
        final: true,
      };
      return outcome(worker.ask(ask.respond, { input }));
    });
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    const { status, subjects: after } = await readReferral(worker, reference);
    expect([status, after.map((one) => one.status)]).toEqual(['RESPONDED', ['CLOSED', 'SUBMITTED']]);
  });
});

async function mails(to: string): Promise<{ text: string }[]> {
  const reply = await fetch(`${frontdoor.base}/mailbox.json?to=${encodeURIComponent(to)}`);
  return ((await reply.json()) as { text: string }[]).filter(({ text }) => /\b\d{4} \d{4}\b/.test(text));
}
