import { describe, expect, test } from '@jest/globals';
import { reminders } from '../../projections/reminders.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import type { Fact } from '../support/given.js';
import {
  amending,
  announced,
  begun,
  contactStarted,
  discarded,
  erased,
  expired,
  firstRequest,
  formSubmitted,
  informationRequested,
  requestRetracted,
  resubmitted,
  returned,
  sent,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const open = (...facts: Facts) =>
  foldedTwice(reminders, ...facts).map(({ kind, ends, occasion }) => [kind, ends, occasion]);
const request = ['request-overdue', '2026-12-04', firstRequest];

describe('reminders', () => {
  test('InformationRequested has a due date, where it has one', () => {
    expect(foldedTwice(reminders, ...returned)).toEqual([
      {
        _id: `${STREAM}/request-overdue`,
        stream: STREAM,
        revision: returned.length - 1,
        council: 'lancashire',
        kind: 'request-overdue',
        ends: '2026-12-04',
        occasion: firstRequest,
      },
    ]);
    expect(open(...sent, informationRequested({ dueOn: null }))).toEqual([]);
  });

  test('AmendmentStarted leaves it open, and so does its end without an answer', () => {
    expect(open(...amending)).toEqual([request]);
    expect(open(...amending, discarded(firstRequest))).toEqual([request]);
    expect(open(...amending, expired(firstRequest))).toEqual([request]);
  });

  test.each<[string, Fact<ReferralEvent>]>([
    ['FormSubmitted', formSubmitted({ version: 2, requestId: firstRequest, revision: 3 })],
    ['InformationRequestRetracted', requestRetracted()],
    ['ReferralErased', erased],
  ])('%s ends it', (_type, fact) => expect(open(...amending, fact)).toEqual([]));

  test('nothing else changes any', () => {
    expect(open(...begun)).toEqual([]);
    expect(open(...amending, announced(), contactStarted())).toEqual([request]);
    expect(open(...resubmitted, contactStarted())).toEqual([]);
  });
});
