import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { DAY, MINUTE } from '../../src/core/clock.js';
import { SavedFormSweep } from '../../src/referral/saved-form-sweep.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import {
  filledForm,
  loggedIn,
  PASSWORD,
  registered,
  returned,
  startForm,
  submitForm,
  submittedForms,
  until,
} from '../support/people.js';

let frontdoor: TimedFrontdoor;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
});
afterAll(() => frontdoor.stop());

describe('Time, by a clock that the test moves', () => {
  test.each([
    ['lancashire', 15],
    ['sefton', 20],
    ['worcestershire', 20],
  ])('a registration code of %s lives %i minutes, and not a millisecond longer', async (council, minutes) => {
    const visitor = frontdoor.visitor(council);
    const register = async () => {
      const email = `late-${randomUUID()}@example.org`;
      const input = {
        commandId: randomUUID(),
        forename: 'A',
        surname: 'B',
        email,
        password: PASSWORD,
        professional: true,
      };
      const { challengeId: id } = await visitor.ask(ask.register, { input });
      return { id, code: await visitor.code(email, new Set()) };
    };
    const inTime = await register();
    frontdoor.clock.move(minutes * MINUTE - 1);
    expect(await visitor.problem(ask.confirm, inTime)).toBeUndefined();
    const tooLate = await register();
    frontdoor.clock.move(minutes * MINUTE);
    expect(await visitor.problem(ask.confirm, tooLate)).toBe('CODE_EXPIRED');
  });

  test('a log-in code lives five minutes', async () => {
    const visitor = frontdoor.visitor('worcestershire');
    const { email, seen } = await registered(visitor);
    const { challengeId: id } = await visitor.ask(ask.logIn, { email, password: PASSWORD });
    const code = await visitor.code(email, seen);
    frontdoor.clock.move(5 * MINUTE);
    expect(await visitor.problem(ask.confirmLogIn, { id, code })).toBe('CODE_EXPIRED');
  });

  test.each([
    ['lancashire', 30],
    ['sefton', 30],
    ['worcestershire', 60],
  ])('a session of %s ends after %i minutes without activity, counted from the last', async (council, minutes) => {
    const { api } = await registered(frontdoor.visitor(council));
    frontdoor.clock.move(minutes * MINUTE - 1_000);
    expect(await api.problem(ask.me)).toBeUndefined();
    frontdoor.clock.move(minutes * MINUTE - 1_000);
    expect(await api.problem(ask.me)).toBeUndefined();
    frontdoor.clock.move(minutes * MINUTE);
    expect(await api.problem(ask.me)).toBe('UNAUTHENTICATED');
  });

  test('a session ends eight hours after it began, however busy', async () => {
    const { api } = await registered(frontdoor.visitor('worcestershire'));
    for (let minute = 0; minute < 8 * 60 - 40; minute += 40) {
      frontdoor.clock.move(40 * MINUTE);
      expect(await api.problem(ask.me)).toBeUndefined();
    }
    frontdoor.clock.move(40 * MINUTE);
    expect(await api.problem(ask.me)).toBe('UNAUTHENTICATED');
  });

  test('a DoLS form asks for a fresh log-in after twenty minutes, although the session lives on', async () => {
    const { api } = await registered(frontdoor.visitor('sefton'));
    const { id } = await startForm(api, 'dols-form-1');
    frontdoor.clock.move(20 * MINUTE);
    expect(await api.problem(ask.savedForm, { id })).toBe('FRESH_LOG_IN_REQUIRED');
  });

  test('each EHCNA request asks for a log-in of its own', async () => {
    const visitor = frontdoor.visitor('worcestershire');
    const person = await registered(visitor);
    const input = { commandId: randomUUID(), formId: 'ehcna' };
    const first = await person.api.ask(ask.startForm, { input });
    expect((await person.api.ask(ask.startForm, { input })).id).toBe(first.id);
    const second = { input: { commandId: randomUUID(), formId: 'ehcna' } };
    expect(await person.api.problem(ask.startForm, second)).toBe('FRESH_LOG_IN_REQUIRED');
    expect(await (await loggedIn(visitor, person)).problem(ask.startForm, second)).toBeUndefined();
  });

  test('a saved form can be read a second before its thirtieth day ends, and is gone after the next sweep', async () => {
    const visitor = frontdoor.visitor('lancashire');
    const person = await registered(visitor);
    const { id } = await startForm(person.api, 'request-for-support');
    frontdoor.clock.move(30 * DAY - 1_000);
    const back = await loggedIn(visitor, person);
    const list = await back.ask<{ edges: { node: { id: string; daysLeft: number } }[] }>(ask.savedForms);
    expect(list.edges.map(({ node }) => [node.id, node.daysLeft])).toEqual([[id, 1]]);
    frontdoor.clock.move(1_000);
    expect(await back.problem(ask.savedForm, { id })).toBe('FORM_ENDED');
    expect((await back.ask<{ totalCount: number }>(ask.savedForms)).totalCount).toBe(0);
    const { views, handling, clock, logger, keys } = frontdoor.platform;
    // The application's own sweep may have been there first.
    await new SavedFormSweep(views, handling, clock, logger).sweep();
    await until(
      async () =>
        (
          await frontdoor.platform.vault
            .collection<{ _id: string; wrapped?: unknown }>('keys')
            .findOne({ _id: `referral-${id}` })
        )?.wrapped === undefined,
    );
    await until(async () => (await keys.find(`referral-${id}`)) === undefined);
    await until(
      async () =>
        (await views.collection('saved-forms').countDocuments({ council: 'lancashire', stream: `referral-${id}` })) ===
        0,
    );
  });

  test('each save begins the thirty days anew', async () => {
    const visitor = frontdoor.visitor('sefton');
    const person = await registered(visitor);
    const form = await startForm(person.api, 'social-care-referral');
    frontdoor.clock.move(20 * DAY);
    const back = await loggedIn(visitor, person);
    const input = { commandId: randomUUID(), id: form.id, expectedRevision: form.revision, answersPatch: {} };
    expect((await back.ask(ask.saveForm, { input })).daysLeft).toBe(30);
  });

  test('a submission leaves the list after thirty days; an open request for information stays whatever its age', async () => {
    const visitor = frontdoor.visitor('lancashire');
    const person = await registered(visitor);
    const { reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support'));
    await returned(await frontdoor.staff('lancashire', 'worker'), reference);
    await until(async () => (await submittedForms(person.api)).requestingMoreInformation.length === 1);
    frontdoor.clock.move(30 * DAY);
    const list = await submittedForms(await loggedIn(visitor, person));
    expect(list.recentlySubmitted.totalCount).toBe(0);
    expect(list.requestingMoreInformation.map((request) => request.reference)).toEqual([reference]);
  });
});
