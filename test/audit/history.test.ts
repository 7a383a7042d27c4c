import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import { historyOf, wholeHistory } from '../../src/audit/history.js';
import { derivedId } from '../../src/core/ids.js';
import { noHead } from '../../src/core/event-log.js';
import { referralKind, referralStream } from '../../src/referral/referral.events.js';
import { startStores, type Application, type Stores } from '../core/stores.js';
import { answersSaved, formStarted } from '../deciders/referral-story.js';
import { request } from './log-file.js';

let stores: Stores;
let application: Application;
beforeAll(async () => {
  stores = await startStores();
  application = stores.application();
});
afterAll(async () => {
  await application.client.dispose();
  await stores.stop();
});

const stream = referralStream(derivedId('history', 'tampered'));

test('a history into which somebody wrote past the application is listed whole, and the first such place is named', async () => {
  const { client, log } = application;
  await log.append(referralKind, stream, noHead, [formStarted(), answersSaved(1), answersSaved(2)], request(stream, 0));
  const { records, verification } = await wholeHistory(log, referralKind, stream);
  expect(verification).toMatchObject({ intact: true, entries: 3 });

  const { data, metadata } = records[1]!;
  await client.appendToStream(stream, [
    // What was sealed for another place, an instant that is none, and what is no fact at all.
    jsonEvent({ type: 'AnswersSaved', data, metadata }),
    jsonEvent({ type: 'FormSubmitted', data: { version: 1 }, metadata: { ...metadata, at: 'never' } }),
    jsonEvent({ type: 'LegalHoldLifted', data: {} }),
    binaryEvent({ type: 'Odd', data: Buffer.from('odd') }),
  ]);
  const whole = await wholeHistory(log, referralKind, stream);
  expect(whole.facts.map(({ revision }) => revision)).toEqual([0, 1, 2]);
  const history = historyOf(whole);
  expect(history.verification).toMatchObject({ intact: false, entries: 7, firstBrokenRevision: 3 });
  expect(history.entries.map(({ type, data: shown }) => [type, 'unreadable' in shown])).toEqual([
    ['FormStarted', false],
    ['AnswersSaved', false],
    ['AnswersSaved', false],
    ['AnswersSaved', true],
    ['FormSubmitted', true],
    ['LegalHoldLifted', true],
    ['Odd', true],
  ]);
  // Each has an instant to show: that at which the store took it.
  for (const { at } of history.entries) expect(new Date(at).toISOString()).toBe(at);
});
