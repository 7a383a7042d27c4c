import { describe, expect, test } from '@jest/globals';
import { savedForms } from '../../projections/saved-forms.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { NOON, noonPlus, type Fact } from '../support/given.js';
import {
  amending,
  amendmentStarted,
  amira,
  AMIRA,
  announced,
  answersSaved,
  begun,
  cleared,
  contactStarted,
  discarded,
  erased,
  expired,
  EXPIRES,
  firstRequest,
  formStarted,
  formSubmitted,
  holdPlaced,
  informationRequested,
  isla,
  LATER,
  noah,
  receipt,
  received,
  REFERRAL,
  refused,
  removed,
  requestRetracted,
  responsePosted,
  returned,
  sent,
  SHA,
  subjectsNamed,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const rows = (...facts: Facts) => foldedTwice(savedForms, ...facts);
const row = (...facts: Facts) => {
  const all = rows(...facts);
  expect(all).toHaveLength(1);
  return all[0]!;
};
const file = { id: 'f-1', fileName: 'report.pdf', mediaType: 'application/pdf', byteSize: 99, sha256: SHA };

describe('"Saved Forms"', () => {
  test('FormStarted gives a row', () => {
    expect(rows(formStarted())).toEqual([
      {
        _id: REFERRAL,
        stream: STREAM,
        revision: 0,
        council: 'lancashire',
        accountId: AMIRA,
        savedRevision: 1,
        formId: 'request-for-support',
        startedAt: NOON,
        expiresAt: EXPIRES,
        referrer: amira,
        draft: {
          formId: 'request-for-support',
          formVersion: 1,
          startedAt: NOON,
          savedAt: NOON,
          expiresAt: EXPIRES,
          subjects: [],
          answers: { you: { name: 'Amira' } },
          attachments: [],
          requestId: null,
          unmapped: [],
        },
      },
    ]);
  });

  test('SubjectsNamed puts the people in, and the days begin again', () => {
    const named: Fact<ReferralEvent> = {
      type: 'SubjectsNamed',
      data: { savedRevision: 2, expiresAt: LATER, subjects: [isla] },
      at: noonPlus(1000),
    };
    expect(
      row(formStarted(), subjectsNamed(2, noah), { ...named, data: { ...named.data, savedRevision: 3 } }),
    ).toMatchObject({
      savedRevision: 3,
      revision: 2,
      expiresAt: LATER,
      startedAt: NOON,
      draft: { subjects: [isla], expiresAt: LATER, startedAt: NOON, savedAt: noonPlus(1000) },
    });
  });

  test('AnswersSaved patches the answers, and the days begin again', () => {
    const saved: Fact<ReferralEvent> = {
      type: 'AnswersSaved',
      data: { savedRevision: 3, expiresAt: LATER, patch: { you: { name: null, job: 'Teacher' } } },
      at: noonPlus(1000),
    };
    expect(row(...begun, saved)).toMatchObject({
      savedRevision: 3,
      expiresAt: LATER,
      draft: { subjects: [isla, noah], expiresAt: LATER, savedAt: noonPlus(1000) },
    });
    expect(row(...begun, saved).draft.answers).toEqual({ you: { job: 'Teacher' } });
  });

  test.each<[string, Facts, object[]]>([
    [
      'AttachmentAnnounced',
      [announced()],
      [{ ...file, byteSize: 100, sha256: null, status: 'AWAITING_UPLOAD', problem: null }],
    ],
    ['AttachmentReceived', [announced(), received()], [{ ...file, status: 'CHECKING', problem: null }]],
    ['AttachmentCleared', [announced(), received(), cleared()], [{ ...file, status: 'AVAILABLE', problem: null }]],
    [
      'AttachmentRefused',
      [announced(), received(), refused()],
      [{ ...file, status: 'REJECTED', problem: 'This is not a PDF.' }],
    ],
    [
      'AttachmentRemoved',
      [announced('f-0'), announced(), received(), removed('f-0')],
      [{ ...file, status: 'CHECKING', problem: null }],
    ],
  ])('%s shows in its file alone', (_type, facts, attachments) => {
    expect(row(...begun, announced('f-9'), ...facts, removed('f-9')).draft.attachments).toEqual(attachments);
    expect(row(...begun, ...facts).draft.attachments).toEqual(attachments);
  });

  test.each<[string, Facts]>([
    ['FormDiscarded', [...begun, discarded()]],
    ['SavedFormExpired', [...begun, expired()]],
    ['FormSubmitted', sent],
    ['FormDiscarded of an answer', [...amending, discarded(firstRequest)]],
    ['SavedFormExpired of an answer', [...amending, expired(firstRequest)]],
    ['FormSubmitted as an answer', [...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3 })]],
    ['InformationRequestRetracted', [...amending, requestRetracted()]],
    ['ReferralErased', [...amending, erased]],
  ])('%s takes the row away', (_type, facts) => {
    expect(rows(...facts.slice(0, -1))).toHaveLength(1);
    expect(rows(...facts)).toEqual([]);
  });

  test('AmendmentStarted gives a row with what was sent', () => {
    const started = amendmentStarted({ attachments: [file], unmapped: ['you.age'], formId: 'early-help' });
    expect(row(...returned, started)).toMatchObject({
      _id: REFERRAL,
      revision: 4,
      savedRevision: 3,
      formId: 'early-help',
      draft: {
        formId: 'early-help',
        subjects: [isla, noah],
        answers: { you: { name: 'Amira' } },
        attachments: [{ ...file, status: 'AVAILABLE', problem: null }],
        requestId: firstRequest,
        unmapped: ['you.age'],
      },
    });
  });

  test('AmendmentStarted takes the place of an answer that has expired unswept', () => {
    const first = [...amending, announced(), answersSaved(4, { you: { name: 'lost' } })];
    expect(row(...first, amendmentStarted({ savedRevision: 5 }))).toMatchObject({
      savedRevision: 5,
      draft: { answers: { you: { name: 'Amira' } }, attachments: [] },
    });
  });

  test.each<[string, Fact<ReferralEvent>]>([
    ['InformationRequested', informationRequested()],
    ['ContactStarted', contactStarted()],
    ['ResponsePosted', responsePosted(2, [isla], false)],
    ['ReceiptAcknowledged', receipt()],
    ['LegalHoldPlaced', holdPlaced],
  ])('%s is no business of it', (_type, fact) => {
    expect(rows(...sent, fact)).toEqual([]);
    expect(rows(...amending, fact)).toEqual(rows(...amending));
  });
});
