import { describe, expect, test } from '@jest/globals';
import { records } from '../../projections/records.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { noonPlus, type Fact } from '../support/given.js';
import {
  AMIRA,
  begun,
  discarded,
  erased,
  expired,
  firstRequest,
  formSubmitted,
  holdLifted,
  holdPlaced,
  informationRequested,
  isla,
  noah,
  REFERENCE,
  REFERRAL,
  requestRetracted,
  responsePosted,
  resubmitted,
  returned,
  sent,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const kept = (...facts: Facts) => foldedTwice(records, ...facts)[0];
const settled = (...facts: Facts) => kept(...facts)?.settledAt;
const at = (after: number, fact: ReferralEvent): Fact<ReferralEvent> => ({ ...fact, at: noonPlus(after) });

describe('records', () => {
  test('hold a saved form from its first event on, without a reference', () => {
    expect(foldedTwice(records, ...begun)).toEqual([
      {
        _id: REFERRAL,
        stream: STREAM,
        revision: 0,
        council: 'lancashire',
        accountId: AMIRA,
        formId: 'request-for-support',
        reference: '',
        held: false,
        settledAt: null,
        facts: { respondedVersion: 0, version: 0, subjectIds: [], responses: {}, requested: false },
      },
    ]);
  });

  test('hold a referral under its reference, by the form that was submitted', () => {
    expect(kept(...begun, formSubmitted({ formId: 'early-help' }))).toMatchObject({
      reference: REFERENCE,
      formId: 'early-help',
      settledAt: null,
      facts: { version: 1, subjectIds: [isla.id, noah.id] },
    });
  });

  test('keep what they say of a referral when it has had a response', () => {
    const { facts: _facts, settledAt: _settledAt, revision: _revision, ...kepts } = kept(...sent)!;
    expect(kept(...sent, responsePosted(2, [isla], false))).toMatchObject(kepts);
  });

  test('settle a referral when every subject has had a response', () => {
    expect(settled(...sent, at(1, responsePosted(2, [isla], true)))).toBeNull();
    const both = [at(1, responsePosted(2, [isla], true)), at(2, responsePosted(3, [noah], false))];
    expect(settled(...sent, ...both)).toBe(noonPlus(2));
    expect(kept(...sent, ...both)!.facts.responses).toEqual({
      [isla.id]: { final: true },
      [noah.id]: { final: false },
    });
  });

  test('settle no referral while information is asked for, and one whose request was retracted from then on', () => {
    const answered = [...sent, at(1, responsePosted(2, [isla, noah], false))];
    const asked = [...answered, at(2, informationRequested({ revision: 3 }))];
    expect(settled(...asked)).toBeNull();
    expect(settled(...asked, at(3, responsePosted(4, [isla], true)))).toBeNull();
    expect(settled(...asked, at(3, requestRetracted(4)))).toBe(noonPlus(3));
    expect(settled(...returned, at(3, requestRetracted()))).toBeNull();
  });

  test('settle a new version only when it was responded to itself', () => {
    const first = [...returned, responsePosted(3, [isla, noah], false)];
    const second = [...first, formSubmitted({ version: 2, requestId: firstRequest, revision: 4 })];
    expect(settled(...second)).toBeNull();
    expect(settled(...second, at(5, responsePosted(5, [isla], true)))).toBe(noonPlus(5));
    const asked = informationRequested({ requestId: `${REFERRAL}-2`, version: 2, revision: 5 });
    expect(settled(...second, asked, at(6, requestRetracted(6, `${REFERRAL}-2`)))).toBeNull();
  });

  test('settle no referral without subjects before its first response', () => {
    const nobody = [...begun, formSubmitted({ subjects: [], subjectIds: [] }), informationRequested()];
    expect(settled(...nobody, at(1, requestRetracted()))).toBeNull();
  });

  test('know whether a referral is on hold', () => {
    expect(kept(...sent, holdPlaced)?.held).toBe(true);
    expect(kept(...sent, holdPlaced, holdLifted)?.held).toBe(false);
  });

  test.each<[string, ReferralEvent]>([
    ['discarded', discarded()],
    ['expired', expired()],
  ])('forget a saved form that was %s, but keep the referral whose answer was', (_what, fact) => {
    expect(kept(...begun, fact)).toBeUndefined();
    expect(kept(...returned, { ...fact, data: { requestId: firstRequest } } as ReferralEvent)).toMatchObject({
      reference: REFERENCE,
    });
  });

  test('forget a referral that was erased', () => {
    expect(kept(...resubmitted, erased)).toBeUndefined();
  });
});
