import { describe, expect, test } from '@jest/globals';
import { NO_RESPONSE, submittedForms, type SubmittedFormsDocument } from '../../projections/submitted-forms.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { NOON, noonPlus, type Fact } from '../support/given.js';
import {
  amending,
  AMIRA,
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
  requestRetracted,
  responsePosted,
  resubmitted,
  returned,
  sent,
  subjectsNamed,
} from '../deciders/referral-story.js';
import { foldedTwice, STREAM } from './twice.js';

type Facts = Fact<ReferralEvent>[];
const documents = (...facts: Facts) => foldedTwice(submittedForms, ...facts);
const rows = (...facts: Facts) => documents(...facts).filter(({ kind }) => kind === 'row');
const requests = (...facts: Facts) => documents(...facts).filter(({ kind }) => kind === 'request');
const said = (...facts: Facts) =>
  (rows(...facts) as Extract<SubmittedFormsDocument, { kind: 'row' }>[]).map(({ version, name, response }) => [
    version,
    name,
    response,
  ]);

describe('"My Submitted Forms"', () => {
  test('FormSubmitted gives a row a child, under one reference', () => {
    const row = {
      stream: STREAM,
      revision: 2,
      kind: 'row',
      council: 'lancashire',
      accountId: AMIRA,
      reference: REFERENCE,
      version: 1,
      formId: 'request-for-support',
      formVersion: 1,
      referrer: 'Amira Castellane',
      at: NOON,
      response: NO_RESPONSE,
      responseDate: null,
      sentBy: null,
    };
    expect(documents(...sent)).toEqual([
      { ...row, _id: `${STREAM}/0001/000`, subjectId: isla.id, name: 'Isla Hargreaves' },
      { ...row, _id: `${STREAM}/0001/001`, subjectId: noah.id, name: 'Noah Hargreaves' },
    ]);
  });

  test('FormSubmitted as an answer adds its rows and closes the request', () => {
    expect(said(...resubmitted)).toEqual([
      [1, 'Isla Hargreaves', NO_RESPONSE],
      [1, 'Noah Hargreaves', NO_RESPONSE],
      [2, 'Isla Hargreaves', NO_RESPONSE],
      [2, 'Noah Hargreaves', NO_RESPONSE],
    ]);
    expect(requests(...amending)).toHaveLength(1);
    expect(requests(...resubmitted)).toEqual([]);
  });

  test('FormSubmitted as an answer keeps what was said about a person, and leaves new people without', () => {
    const third = { ...isla, id: 's-third', forename: 'Third' };
    const facts = [
      ...sent,
      responsePosted(2, [isla], false),
      informationRequested({ revision: 3 }),
      formSubmitted({
        version: 2,
        requestId: firstRequest,
        revision: 4,
        subjects: [isla, third],
        subjectIds: [isla.id, third.id],
      }),
    ];
    expect(said(...facts)).toEqual([
      [1, 'Isla Hargreaves', 'Response: Progressed to Family Intensive Support'],
      [1, 'Noah Hargreaves', NO_RESPONSE],
      [2, 'Isla Hargreaves', 'Response: Progressed to Family Intensive Support'],
      [2, 'Third Hargreaves', NO_RESPONSE],
    ]);
  });

  test('InformationRequested gives a request beside the rows', () => {
    expect(requests(...returned)).toEqual([
      {
        _id: firstRequest,
        stream: STREAM,
        revision: 3,
        kind: 'request',
        council: 'lancashire',
        accountId: AMIRA,
        reference: REFERENCE,
        version: 1,
        formId: 'request-for-support',
        formVersion: 1,
        requestId: firstRequest,
        name: 'Amira Castellane',
        at: NOON,
        reasonCode: 'INSUFFICIENT_DETAIL',
        comments: 'Which school?',
        questions: [{ questionId: 'school', note: 'Name it' }],
        dueOn: '2026-12-04',
        redirectToFormId: null,
      },
    ]);
    expect(rows(...returned)).toEqual(rows(...sent));
  });

  test('InformationRequested about a later version shows that version’s form', () => {
    const facts = [
      ...amending,
      formSubmitted({ version: 2, requestId: firstRequest, revision: 3, formId: 'early-help', formVersion: 4 }),
      informationRequested({ requestId: 'r-2', version: 2, revision: 4 }),
    ];
    expect(requests(...facts)).toMatchObject([{ _id: 'r-2', version: 2, formId: 'early-help', formVersion: 4 }]);
  });

  test('InformationRequested about a version that is not there says so', () => {
    expect(() => documents(...sent, informationRequested({ version: 2 }))).toThrow('has no version 2 to return');
  });

  test('InformationRequestRetracted takes the request away and leaves what was sent', () => {
    expect(documents(...amending, requestRetracted())).toEqual(documents(...sent));
  });

  test('ContactStarted posts the automated response to everyone', () => {
    const facts: Facts = [...sent, { ...contactStarted(), at: noonPlus(1000) }];
    for (const row of rows(...facts)) {
      expect(row).toMatchObject({
        response: 'Received.',
        responseDate: noonPlus(1000),
        sentBy: 'Wendy Worker',
        revision: 3,
      });
    }
  });

  test('ResponsePosted stands beside every submission in which the person is named', () => {
    const message = 'We will call.';
    expect(said(...resubmitted, responsePosted(4, [noah], true, { message }))).toEqual([
      [1, 'Isla Hargreaves', NO_RESPONSE],
      [1, 'Noah Hargreaves', `Response: Progressed to Family Intensive Support. ${message}`],
      [2, 'Isla Hargreaves', NO_RESPONSE],
      [2, 'Noah Hargreaves', `Response: Progressed to Family Intensive Support. ${message}`],
    ]);
  });

  test('ReferralErased leaves nothing', () => {
    expect(documents(...amending, erased)).toEqual([]);
    expect(documents(...sent, responsePosted(2, [isla], true), erased)).toEqual([]);
  });

  test.each<[string, Facts, Fact<ReferralEvent>]>([
    ['FormStarted', [], formStarted()],
    ['SubjectsNamed', amending, subjectsNamed(4, isla)],
    ['AnswersSaved', amending, answersSaved(4)],
    ['AttachmentAnnounced', amending, announced()],
    ['FormDiscarded', amending, discarded(firstRequest)],
    ['SavedFormExpired', amending, expired(firstRequest)],
    ['AmendmentStarted', returned, amending.at(-1)!],
    ['ReceiptAcknowledged', sent, receipt()],
    ['LegalHoldPlaced', sent, holdPlaced],
    ['LegalHoldLifted', sent, holdLifted],
    ['FormDiscarded before it was sent', begun, discarded()],
  ])('%s is no business of it', (_type, facts, fact) => {
    const before = facts.length === 0 ? [] : documents(...facts);
    expect(documents(...facts, fact)).toEqual(before);
  });
});
