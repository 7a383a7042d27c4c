import { describe, expect, test } from '@jest/globals';
import { referralDecider } from '../../src/referral/referral.decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { referralStatus, subjectStatus } from '../../src/referral/referral-status.js';
import { folded, given, type Fact } from '../support/given.js';
import {
  acknowledge,
  amending,
  amendmentStarted,
  begun,
  contactStarted,
  discarded,
  erase,
  erased,
  expired,
  firstRequest,
  formSubmitted,
  holdLifted,
  holdPlaced,
  informationRequested,
  isla,
  noah,
  receipt,
  requestInformation,
  requestRetracted,
  respond,
  responsePosted,
  resubmitted,
  retract,
  returned,
  secondRequest,
  sent,
  setHold,
  startAmendment,
  startContact,
  submitForm,
} from './referral-story.js';

type Facts = Fact<ReferralEvent>[];
const referral = (...facts: Facts) => given(referralDecider, ...facts);
const stateAfter = (...facts: Facts) => folded(referralDecider, facts);

const ENDED = 'The contact has ended for everyone in this referral.';
const WAIT = 'Information was requested: wait for the answer, or retract the request first.';
const ERASED = 'This referral was erased.';

/** Every status that a submitted referral can have: the facts that lead there, and the revision it is at. */
const inContact = [...sent, contactStarted()];
const responded = [...sent, responsePosted(2, [isla], false)];
const closed = [...sent, responsePosted(2, [isla, noah], true)];
const statuses = {
  SUBMITTED: { facts: sent, revision: 1 },
  IN_CONTACT: { facts: inContact, revision: 2 },
  INFORMATION_REQUESTED: { facts: returned, revision: 2 },
  RESPONDED: { facts: responded, revision: 2 },
  CLOSED: { facts: closed, revision: 2 },
  ERASED: { facts: [...sent, erased], revision: 1 },
};

describe('the status', () => {
  test.each(Object.entries(statuses))('is %s', (status, { facts, revision }) => {
    const state = stateAfter(...facts);
    expect(referralStatus(state)).toBe(status);
    expect(state.revision).toBe(revision);
  });

  test('is each subject’s own, too', () => {
    const state = stateAfter(...sent, contactStarted(), responsePosted(3, [isla], true));
    expect(referralStatus(state)).toBe('RESPONDED');
    expect(subjectStatus(state, isla.id)).toBe('CLOSED');
    expect(subjectStatus(state, noah.id)).toBe('IN_CONTACT');
  });

  test('is open again where the answer names someone who had no response yet', () => {
    const facts = [...sent, responsePosted(2, [isla, noah], false), responsePosted(3, [isla], true)];
    const answered = [
      ...facts,
      informationRequested({ revision: 4 }),
      formSubmitted({ version: 2, requestId: firstRequest, revision: 5, subjects: [isla], subjectIds: [isla.id] }),
    ];
    expect(referralStatus(stateAfter(...facts))).toBe('RESPONDED');
    expect(referralStatus(stateAfter(...answered))).toBe('CLOSED');
  });
});

describe('a referral that the council has no business with', () => {
  const commands = [
    startContact(),
    requestInformation(),
    retract(),
    respond(),
    acknowledge(),
    setHold(),
    setHold({ held: false }),
    erase(),
  ];

  test.each(commands)('is not found before it is sent: $type', (command) => {
    referral().when(command).thenProblem('NOT_FOUND', 'reference');
    referral(...begun)
      .when(command)
      .thenProblem('NOT_FOUND', 'reference');
    referral(...begun, discarded())
      .when(command)
      .thenProblem('NOT_FOUND', 'reference');
    referral(...begun, expired())
      .when(command)
      .thenProblem('NOT_FOUND', 'reference');
  });

  test.each(commands)('is not found by another council: $type', (command) => {
    referral(...returned)
      .when({ ...command, council: 'sefton' })
      .thenProblem('NOT_FOUND', 'reference');
  });
});

describe('deciding on what one has seen', () => {
  const commands = [startContact, requestInformation, respond];

  test.each(commands.flatMap((command) => [0, 2].map((revision) => [command().type, revision, command] as const)))(
    '%s at revision %i of a referral at 1 looks again first',
    (_type, expectedRevision, command) => {
      referral(...sent)
        .when(command({ expectedRevision }))
        .thenProblem('REVISION_CONFLICT', 'expectedRevision', 'Look at it again', { currentRevision: 1 });
    },
  );

  test('is not disturbed by what the referrer saves, nor by receipts and holds', () => {
    const facts = [...sent, holdPlaced, receipt(), holdLifted];
    referral(...facts)
      .when(startContact())
      .then(contactStarted());
    referral(...returned, holdPlaced, amendmentStarted())
      .when(respond({ expectedRevision: 2 }))
      .thenProblem('NOT_ALLOWED_NOW', undefined, WAIT);
  });
});

describe('starting the contact', () => {
  test('posts the automated response to everyone', () => {
    referral(...sent)
      .when(startContact())
      .then(contactStarted());
  });

  test('is possible after a response, and after a retraction', () => {
    referral(...responded)
      .when(startContact({ expectedRevision: 2 }))
      .then(contactStarted(3));
    referral(...returned, requestRetracted())
      .when(startContact({ expectedRevision: 3 }))
      .then(contactStarted(4));
  });

  test.each<[string, Facts, number, string]>([
    ['it has started', inContact, 2, 'The contact has started already.'],
    ['information was requested', returned, 2, WAIT],
    ['the contact has ended', closed, 2, ENDED],
    ['the referral was erased', [...sent, erased], 1, ERASED],
  ])('is not possible where %s', (_why, facts, expectedRevision, sentence) => {
    referral(...facts)
      .when(startContact({ expectedRevision }))
      .thenProblem('NOT_ALLOWED_NOW', undefined, sentence);
  });
});

describe('returning for information', () => {
  test('asks about the newest version', () => {
    referral(...sent)
      .when(requestInformation())
      .then(informationRequested());
    referral(...resubmitted)
      .when(requestInformation({ expectedRevision: 3 }))
      .then(informationRequested({ requestId: secondRequest, version: 2, revision: 4 }));
  });

  test('redirects to the right form', () => {
    referral(...sent)
      .when(requestInformation({ redirectToFormId: 'early-help', dueOn: null, questions: [] }))
      .then(informationRequested({ redirectToFormId: 'early-help', dueOn: null, questions: [] }));
  });

  test.each<[string, Facts, number, number]>([
    ['contact', inContact, 2, 3],
    ['a response', responded, 2, 3],
    ['a response that was one child’s last', [...sent, responsePosted(2, [isla], true)], 2, 3],
  ])('is possible after %s', (_what, facts, expectedRevision, revision) => {
    referral(...facts)
      .when(requestInformation({ expectedRevision }))
      .then(informationRequested({ revision }));
  });

  test('gives every request an id of its own, the retracted ones counted', () => {
    referral(...returned, requestRetracted())
      .when(requestInformation({ expectedRevision: 3 }))
      .then(informationRequested({ requestId: secondRequest, revision: 4 }));
  });

  test.each<[string, Facts, number, string]>([
    ['a request is open', returned, 2, WAIT],
    ['the answer to one is being written', amending, 2, WAIT],
    ['the contact has ended', closed, 2, ENDED],
    ['the referral was erased', [...sent, erased], 1, ERASED],
  ])('is not possible where %s', (_why, facts, expectedRevision, sentence) => {
    referral(...facts)
      .when(requestInformation({ expectedRevision }))
      .thenProblem('NOT_ALLOWED_NOW', undefined, sentence);
  });
});

describe('retracting a request', () => {
  test.each<[string, Facts]>([
    ['nobody has begun to answer', returned],
    ['the answer is being written', amending],
    ['the answer was discarded', [...amending, discarded(firstRequest)]],
    ['the answer has expired', [...amending, expired(firstRequest)]],
    ['the referral is on legal hold', [...returned, holdPlaced]],
  ])('is possible where %s', (_when, facts) => {
    referral(...facts)
      .when(retract())
      .then(requestRetracted());
  });

  test('takes the half-written answer away and leaves what was sent', () => {
    expect(stateAfter(...amending, requestRetracted())).toMatchObject({
      draft: null,
      draftEnd: 'retracted',
      request: null,
      submission: { version: 1 },
      endedRequests: { [firstRequest]: 'retracted' },
    });
  });

  test('that meets a resubmission hears that the answer came first', () => {
    referral(...resubmitted)
      .when(retract())
      .thenProblem('NOT_ALLOWED_NOW', 'requestId', 'This request was answered: the newest version is 2.');
  });

  test('that came before a resubmission stands, and the referrer hears why', () => {
    referral(...amending, requestRetracted())
      .when(submitForm({ expectedRevision: 3 }))
      .thenProblem('FORM_ENDED', 'id', 'The request for more information was retracted');
    referral(...amending, requestRetracted())
      .when(startAmendment())
      .thenProblem('FORM_ENDED', 'requestId', 'The request for more information was retracted');
  });

  test('is not done twice', () => {
    referral(...returned, requestRetracted())
      .when(retract())
      .thenProblem('NOT_ALLOWED_NOW', 'requestId', 'This request was retracted already.');
  });

  test('tells the requests of a referral apart', () => {
    const second = [...resubmitted, informationRequested({ requestId: secondRequest, version: 2, revision: 4 })];
    referral(...second)
      .when(retract({ requestId: secondRequest }))
      .then(requestRetracted(5, secondRequest));
    referral(...second)
      .when(retract())
      .thenProblem('NOT_ALLOWED_NOW', 'requestId', 'answered');
    referral(...returned)
      .when(retract({ requestId: secondRequest }))
      .thenProblem('NOT_FOUND', 'requestId');
    referral(...sent)
      .when(retract())
      .thenProblem('NOT_FOUND', 'requestId');
  });
});

describe('posting a response', () => {
  test('answers for one subject', () => {
    referral(...sent)
      .when(respond({ subjectId: noah.id, message: 'We will call.', final: true }))
      .then(responsePosted(2, [noah], true, { message: 'We will call.' }));
  });

  test('answers for everyone where it names nobody', () => {
    referral(...inContact)
      .when(respond({ expectedRevision: 2 }))
      .then(responsePosted(3, [isla, noah], false));
  });

  test('answers for everyone whose contact has not ended', () => {
    referral(...sent, responsePosted(2, [isla], true))
      .when(respond({ expectedRevision: 2, final: true }))
      .then(responsePosted(3, [noah], true));
  });

  test('can follow another until it is the last', () => {
    referral(...responded)
      .when(respond({ expectedRevision: 2, subjectId: isla.id, final: true }))
      .then(responsePosted(3, [isla], true));
  });

  test('is no more possible for a subject whose contact has ended', () => {
    referral(...sent, responsePosted(2, [isla], true))
      .when(respond({ expectedRevision: 2, subjectId: isla.id }))
      .thenProblem('NOT_ALLOWED_NOW', 'subjectId', 'The contact for this subject has ended.');
  });

  test('does not know a subject that the newest version does not name', () => {
    const withoutNoah = { subjects: [isla], subjectIds: [isla.id] };
    referral(...sent)
      .when(respond({ subjectId: 's-stranger' }))
      .thenProblem('NOT_FOUND', 'subjectId');
    referral(...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3, ...withoutNoah }))
      .when(respond({ expectedRevision: 3, subjectId: noah.id }))
      .thenProblem('NOT_FOUND', 'subjectId');
  });

  test.each<[string, Facts, number, string]>([
    ['information was requested', returned, 2, WAIT],
    ['the contact has ended for everyone', closed, 2, ENDED],
    ['the referral was erased', [...sent, erased], 1, ERASED],
  ])('is not possible where %s', (_why, facts, expectedRevision, sentence) => {
    for (const subjectId of [null, isla.id]) {
      referral(...facts)
        .when(respond({ expectedRevision, subjectId }))
        .thenProblem('NOT_ALLOWED_NOW', undefined, sentence);
    }
  });
});

describe('acknowledging receipt', () => {
  test.each(Object.entries(statuses).filter(([status]) => status !== 'ERASED'))(
    'is possible where the referral is %s',
    (_status, { facts }) => {
      referral(...facts)
        .when(acknowledge())
        .then(receipt());
    },
  );

  test('is not possible where it was erased', () => {
    referral(...sent, erased)
      .when(acknowledge())
      .thenProblem('NOT_ALLOWED_NOW', undefined, ERASED);
  });

  test('counts once for each system and version', () => {
    referral(...resubmitted, receipt())
      .when(acknowledge({ externalId: 'another' }))
      .thenNothing();
    referral(...resubmitted, receipt())
      .when(acknowledge({ version: 2 }))
      .then(receipt(2));
    referral(...resubmitted, receipt())
      .when(acknowledge({ system: 'liquidlogic' }))
      .then(receipt(1, 'liquidlogic'));
    referral(...resubmitted, receipt(), receipt(1, 'liquidlogic'))
      .when(acknowledge())
      .thenNothing();
  });

  test.each([0, -1, 3])('knows no version %i of a referral with two', (version) => {
    referral(...resubmitted)
      .when(acknowledge({ version }))
      .thenProblem('BAD_INPUT', 'version', 'versions 1 to 2');
  });
});

describe('legal hold', () => {
  test.each(Object.entries(statuses).filter(([status]) => status !== 'ERASED'))(
    'can be placed and lifted where the referral is %s',
    (_status, { facts }) => {
      referral(...facts)
        .when(setHold())
        .then(holdPlaced);
      referral(...facts, holdPlaced)
        .when(setHold({ held: false, reason: 'Case closed' }))
        .then(holdLifted);
    },
  );

  test('is refused where the referral was erased: its reason could not be kept', () => {
    for (const held of [true, false]) {
      referral(...sent, erased)
        .when(setHold({ held }))
        .thenProblem('NOT_ALLOWED_NOW', 'reference', 'nothing left to hold');
    }
  });

  test('is placed once and lifted once', () => {
    referral(...sent, holdPlaced)
      .when(setHold())
      .thenNothing();
    referral(...sent)
      .when(setHold({ held: false }))
      .thenNothing();
    referral(...sent, holdPlaced, holdLifted)
      .when(setHold({ held: false }))
      .thenNothing();
  });
});

describe('erasing', () => {
  test.each(Object.entries(statuses).filter(([status]) => status !== 'ERASED'))(
    'is possible where the referral is %s, unless it is held',
    (_status, { facts }) => {
      referral(...facts)
        .when(erase())
        .then(erased);
      referral(...facts, holdPlaced)
        .when(erase())
        .thenProblem('LEGAL_HOLD', 'reference', 'Lift the hold');
      referral(...facts, holdPlaced, holdLifted)
        .when(erase())
        .then(erased);
    },
  );

  test('is done once', () => {
    referral(...sent, erased)
      .when(erase())
      .thenNothing();
  });

  test('ends the saved form with it', () => {
    expect(stateAfter(...amending, erased)).toMatchObject({ status: 'ended', erased: true, draft: null });
  });
});

test('a request of an erased referral is not retracted', () => {
  given(referralDecider, ...returned, erased)
    .when(retract())
    .thenProblem('NOT_ALLOWED_NOW', undefined, 'This referral was erased.');
});
