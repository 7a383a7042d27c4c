import { describe, expect, test } from '@jest/globals';
import { reminders } from '../../projections/reminders.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import type { Fact } from '../support/given.js';
import {
  amending,
  announced,
  answersSaved,
  begun,
  contactStarted,
  discarded,
  erased,
  expired,
  EXPIRES,
  firstRequest,
  formStarted,
  formSubmitted,
  informationRequested,
  LATER,
  requestRetracted,
  resubmitted,
  returned,
  sent,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const open = (...facts: Facts) =>
  foldedTwice(reminders, ...facts).map(({ kind, ends, occasion }) => [kind, ends, occasion]);
const saved = (until = EXPIRES) => ['saved-form-expiring', until, until];
const request = ['request-overdue', '2026-12-04', firstRequest];

describe('reminders', () => {
  test('FormStarted has an end', () => {
    expect(foldedTwice(reminders, formStarted())).toEqual([
      {
        _id: `${STREAM}/saved-form-expiring`,
        stream: STREAM,
        revision: 0,
        council: 'lancashire',
        kind: 'saved-form-expiring',
        ends: EXPIRES,
        occasion: EXPIRES,
      },
    ]);
  });

  test('SubjectsNamed and AnswersSaved move it', () => {
    expect(open(...begun)).toEqual([saved()]);
    const moved = answersSaved(3);
    expect(open(...begun, { ...moved, data: { ...moved.data, expiresAt: LATER } })).toEqual([saved(LATER)]);
  });

  test.each<[string, Fact<ReferralEvent>]>([
    ['FormDiscarded', discarded()],
    ['SavedFormExpired', expired()],
    ['FormSubmitted', formSubmitted()],
    ['ReferralErased', erased],
  ])('%s ends a saved form', (_type, fact) => expect(open(...begun, fact)).toEqual([]));

  test('InformationRequested has a due date, where it has one', () => {
    expect(open(...returned)).toEqual([request]);
    expect(open(...sent, informationRequested({ dueOn: null }))).toEqual([]);
  });

  test('AmendmentStarted is a saved form beside its request', () => {
    expect(open(...amending)).toEqual([request, saved()]);
    expect(open(...amending, discarded(firstRequest))).toEqual([request]);
    expect(open(...amending, expired(firstRequest))).toEqual([request]);
  });

  test.each<[string, Fact<ReferralEvent>]>([
    ['FormSubmitted', formSubmitted({ version: 2, requestId: firstRequest, revision: 3 })],
    ['InformationRequestRetracted', requestRetracted()],
    ['ReferralErased', erased],
  ])('%s ends both', (_type, fact) => expect(open(...amending, fact)).toEqual([]));

  test('nothing else changes any', () => {
    expect(open(...amending, announced(), contactStarted())).toEqual(open(...amending));
    expect(open(...resubmitted, contactStarted())).toEqual([]);
  });
});
