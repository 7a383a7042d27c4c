import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import { historyOf, wholeHistory } from '../../src/audit/history.js';
import { RecentHistories } from '../../src/audit/recent-histories.js';
import { derivedId } from '../../src/core/ids.js';
import { noHead, type StoredRecord } from '../../src/core/event-log.js';
import { referralKind, referralStream } from '../../src/referral/referral.events.js';
import { startStores, type Application, type Stores } from '../core/stores.js';
import { answersSaved, formStarted } from '../deciders/referral-story.js';
import { NOON, noonPlus } from '../support/given.js';
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
  const { verification } = await wholeHistory(log, referralKind, stream);
  expect(verification).toMatchObject({ intact: true, entries: 3 });

  const { data, metadata } = (await log.records(stream).next()).value as StoredRecord;
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

test('a history that was read a moment ago is gone on from, verified further, and never shown opened once it is erased', async () => {
  const { client, keys, log } = application;
  const own = referralStream(derivedId('history', 'recent'));
  const clock = { now: () => new Date(NOON) };
  const histories = new RecentHistories(log, clock);
  const councils: (string | undefined)[] = [];
  const read = () => histories.read(referralKind, own, (council) => councils.push(council));
  const { head } = await log.append(referralKind, own, noHead, [formStarted(), answersSaved(1)], request(own, 0));
  expect(await read()).toMatchObject({ verifiedAt: new Date(NOON), verification: { intact: true, entries: 2 } });

  clock.now = () => new Date(noonPlus(1_000));
  const appended = await log.append(
    referralKind,
    own,
    head,
    [answersSaved(2, { you: { name: 'Amira' } })],
    request(own, 2),
  );
  const more = await read();
  expect(more).toMatchObject({ verifiedAt: new Date(NOON), verification: { entries: 3, head: appended.head.hash } });
  expect(more.facts.at(-1)).toMatchObject({ revision: 2, data: { patch: { you: { name: 'Amira' } } } });
  expect(more).toEqual({ ...(await wholeHistory(log, referralKind, own)), verifiedAt: more.verifiedAt });

  await client.appendToStream(own, jsonEvent({ type: 'LegalHoldLifted', data: {} }));
  expect((await read()).verification).toMatchObject({ intact: false, firstBrokenRevision: 3 });

  await keys.destroy(own, clock.now());
  const erased = await read();
  expect(erased.verifiedAt).toEqual(clock.now());
  expect(erased.facts.every((fact) => fact.erased)).toBe(true);
  expect(JSON.stringify(historyOf(erased))).not.toContain('Amira');
  expect(councils).toEqual(Array(4).fill('lancashire'));
});
