import { describe, expect, test } from '@jest/globals';
import { inbox } from '../../projections/inbox.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { NOON, noonPlus, type Fact } from '../support/given.js';
import {
  amending,
  announced,
  answersSaved,
  begun,
  contactStarted,
  discarded,
  erased,
  expired,
  firstRequest,
  formStarted,
  formSubmitted,
  holdLifted,
  holdPlaced,
  informationRequested,
  isla,
  noah,
  receipt,
  REFERENCE,
  REFERRAL,
  requestRetracted,
  responsePosted,
  resubmitted,
  returned,
  sent,
  subjectsNamed,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const rows = (...facts: Facts) => foldedTwice(inbox, ...facts);
const row = (...facts: Facts) => {
  const all = rows(...facts);
  expect(all).toHaveLength(1);
  return all[0]!;
};
const status = (...facts: Facts) => row(...facts).status;

describe('the inbox', () => {
  test('FormSubmitted gives one row a referral', () => {
    expect(row(...sent)).toEqual({
      _id: REFERRAL,
      stream: STREAM,
      revision: 2,
      council: 'lancashire',
      reference: REFERENCE,
      status: 'SUBMITTED',
      formId: 'request-for-support',
      formVersion: 1,
      names: 'Isla Hargreaves, Noah Hargreaves',
      referrer: 'Amira Castellane',
      submittedAt: NOON,
      version: 1,
      facts: { contactStarted: false, requestId: null, subjectIds: [isla.id, noah.id], responses: {} },
    });
  });

  test('FormSubmitted as an answer shows the newest version in the same row', () => {
    const answer: Fact<ReferralEvent> = {
      ...formSubmitted({
        version: 2,
        requestId: firstRequest,
        revision: 3,
        formId: 'early-help',
        formVersion: 4,
        subjects: [isla],
        subjectIds: [isla.id],
      }),
      at: noonPlus(1000),
    };
    expect(row(...amending, answer)).toMatchObject({
      status: 'SUBMITTED',
      formId: 'early-help',
      formVersion: 4,
      names: 'Isla Hargreaves',
      version: 2,
      submittedAt: noonPlus(1000),
    });
  });

  test('FormSubmitted as an answer keeps contact and responses', () => {
    const facts = [...sent, contactStarted(), informationRequested({ revision: 3 })];
    expect(status(...facts, formSubmitted({ version: 2, requestId: firstRequest, revision: 4 }))).toBe('IN_CONTACT');
    const responded = [...sent, responsePosted(2, [isla], true), informationRequested({ revision: 3 })];
    expect(
      status(
        ...responded,
        formSubmitted({ version: 2, requestId: firstRequest, revision: 4, subjects: [isla], subjectIds: [isla.id] }),
      ),
    ).toBe('CLOSED');
  });

  test('InformationRequested and InformationRequestRetracted come and go', () => {
    expect(status(...returned)).toBe('INFORMATION_REQUESTED');
    expect(status(...amending)).toBe('INFORMATION_REQUESTED');
    expect(status(...returned, requestRetracted())).toBe('SUBMITTED');
    expect(status(...resubmitted)).toBe('SUBMITTED');
  });

  test('ContactStarted is shown', () => {
    expect(status(...sent, contactStarted())).toBe('IN_CONTACT');
  });

  test('ResponsePosted is shown, and closes when it was everyone’s last', () => {
    const one = [...sent, responsePosted(2, [isla], true)];
    expect(status(...one)).toBe('RESPONDED');
    expect(status(...one, responsePosted(3, [noah], false))).toBe('RESPONDED');
    expect(status(...one, responsePosted(3, [noah], true))).toBe('CLOSED');
  });

  test('ReferralErased leaves a row that names nobody', () => {
    const { names, referrer, status, reference } = row(...amending, erased);
    expect({ names, referrer, status, reference }).toEqual({
      names: '',
      referrer: '',
      status: 'ERASED',
      reference: REFERENCE,
    });
    expect(JSON.stringify(row(...amending, erased))).not.toMatch(/Isla|Noah|Hargreaves|Amira Castellane/);
  });

  test('what comes after an erasure changes nothing of that', () => {
    expect(row(...sent, erased, holdPlaced)).toEqual(row(...sent, erased));
  });

  test.each<[string, Facts]>([
    ['FormStarted', [formStarted()]],
    ['SubjectsNamed', [formStarted(), subjectsNamed(2, isla)]],
    ['FormDiscarded', [...begun, discarded()]],
    ['SavedFormExpired', [...begun, expired()]],
  ])('%s of a form that was not sent shows nothing', (_type, facts) => {
    expect(rows(...facts)).toEqual([]);
  });

  test.each<[string, Fact<ReferralEvent>]>([
    ['SubjectsNamed', subjectsNamed(4, isla)],
    ['AnswersSaved', answersSaved(4)],
    ['AttachmentAnnounced', announced()],
    ['FormDiscarded', discarded(firstRequest)],
    ['SavedFormExpired', expired(firstRequest)],
    ['ReceiptAcknowledged', receipt()],
    ['LegalHoldPlaced', holdPlaced],
    ['LegalHoldLifted', holdLifted],
  ])('%s shows nothing of the answer that is being written', (_type, fact) => {
    expect(row(...amending, fact)).toEqual(row(...amending));
  });
});
