import { describe, expect, test } from '@jest/globals';
import { receipts } from '../../projections/receipts.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { NOON, noonPlus, type Fact } from '../support/given.js';
import {
  amending,
  begun,
  contactStarted,
  erased,
  firstRequest,
  formSubmitted,
  receipt,
  REFERENCE,
  responsePosted,
  resubmitted,
  isla,
  sent,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const held = (...facts: Facts) =>
  foldedTwice(receipts, ...facts).map(({ version, acknowledgedAt }) => [version, acknowledgedAt]);
const later = (fact: Fact<ReferralEvent>): Fact<ReferralEvent> => ({ ...fact, at: noonPlus(1000) });

describe('receipts', () => {
  test('FormSubmitted awaits one', () => {
    expect(foldedTwice(receipts, ...sent)).toEqual([
      {
        _id: `${STREAM}/1`,
        stream: STREAM,
        revision: 2,
        council: 'lancashire',
        reference: REFERENCE,
        version: 1,
        submittedAt: NOON,
        acknowledgedAt: null,
      },
    ]);
  });

  test('FormSubmitted as an answer awaits one of its own', () => {
    expect(held(...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3 }))).toEqual([
      [1, null],
      [2, null],
    ]);
  });

  test('ReceiptAcknowledged ends it, once', () => {
    expect(held(...sent, receipt(1))).toEqual([[1, NOON]]);
    expect(held(...sent, receipt(1), later(receipt(1, 'other')))).toEqual([[1, NOON]]);
  });

  test('ReceiptAcknowledged of a version is one of those before it, and of none after', () => {
    expect(held(...resubmitted, receipt(2))).toEqual([
      [1, NOON],
      [2, NOON],
    ]);
    expect(held(...resubmitted, receipt(1))).toEqual([
      [1, NOON],
      [2, null],
    ]);
  });

  test('ReferralErased leaves none to wait for', () => {
    expect(held(...sent, erased)).toEqual([]);
  });

  test('nothing else changes any', () => {
    expect(held(...begun)).toEqual([]);
    expect(held(...sent, contactStarted(), responsePosted(3, [isla], true))).toEqual([[1, null]]);
  });
});
