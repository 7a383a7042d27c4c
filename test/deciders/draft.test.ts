import { describe, expect, test } from '@jest/globals';
import { referralDecider } from '../../src/referral/referral.decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import type { Draft } from '../../src/referral/referral.state.js';
import { folded, given, NOON, noonPlus, type Fact } from '../support/given.js';
import {
  amending,
  AMIRA,
  amendmentStarted,
  amira,
  announced,
  answersSaved,
  anyForm,
  begun,
  cleared,
  DAY,
  discarded,
  discardForm,
  erased,
  EXPIRES,
  expired,
  expireForm,
  firstRequest,
  formStarted,
  formSubmitted,
  holdPlaced,
  informationRequested,
  isla,
  LATER,
  missing,
  noah,
  received,
  REFERENCE,
  refused,
  requestRetracted,
  resubmitted,
  returned,
  saveForm,
  secondRequest,
  sent,
  SHA,
  startAmendment,
  startForm,
  subjectsNamed,
  submitForm,
} from './referral-story.js';

type Facts = Fact<ReferralEvent>[];
const referral = (...facts: Facts) => given(referralDecider, ...facts);

const endings: [string, Facts, string][] = [
  ['submitted', sent, `This form was submitted. Its reference is ${REFERENCE}.`],
  ['resubmitted', resubmitted, `This form was submitted. Its reference is ${REFERENCE}.`],
  ['discarded', [...begun, discarded()], 'This saved form was discarded.'],
  ['expired', [...begun, expired()], 'This saved form was kept as long as the council keeps them, and then erased.'],
  [
    'retracted',
    [...amending, requestRetracted()],
    'The request for more information was retracted: nothing needs to be sent any more.',
  ],
  ['answer discarded', [...amending, discarded(firstRequest)], 'This saved form was discarded.'],
  ['answer expired', [...amending, expired(firstRequest)], 'This saved form was kept as long as'],
  ['returned, its answer not begun', returned, 'This form was submitted.'],
  ['retracted before its answer was begun', [...returned, requestRetracted()], 'This form was submitted.'],
];

describe('starting a form', () => {
  test('begins a saved form with the prefilled answers', () => {
    referral().when(startForm()).then(formStarted());
  });

  test('begins with the people of the saved form that it goes on from', () => {
    referral()
      .when(startForm({ subjects: [isla, noah] }))
      .then(formStarted(), subjectsNamed(2, isla, noah));
  });

  test.each<[string, Facts]>([
    ['begun', begun],
    ['sent', sent],
    ['discarded', [...begun, discarded()]],
    ['erased', [...sent, erased]],
  ])('gives nothing where it is %s already', (_state, facts) => {
    referral(...facts)
      .when(startForm())
      .thenNothing();
  });
});

describe('saving a form', () => {
  test('names the subjects', () => {
    referral(formStarted())
      .when(saveForm({ expectedRevision: 1, subjects: [isla] }))
      .then({ type: 'SubjectsNamed', data: { savedRevision: 2, expiresAt: LATER, subjects: [isla] } });
  });

  test('patches the answers', () => {
    const patch = { reason: { why: 'Help' } };
    referral(...begun)
      .when(saveForm({ patch }))
      .then({ type: 'AnswersSaved', data: { savedRevision: 3, expiresAt: LATER, patch } });
  });

  test('names subjects and patches answers as one save', () => {
    referral(...begun)
      .when(saveForm({ patch: { a: {} }, subjects: [noah] }))
      .then(
        { type: 'SubjectsNamed', data: { savedRevision: 3, expiresAt: LATER, subjects: [noah] } },
        { type: 'AnswersSaved', data: { savedRevision: 3, expiresAt: LATER, patch: { a: {} } } },
      );
  });

  test('counts where it changes nothing, and the thirty days begin again', () => {
    referral(...begun)
      .when(saveForm())
      .then({ type: 'AnswersSaved', data: { savedRevision: 3, expiresAt: LATER, patch: {} } });
  });

  test('takes a list without subjects for what it is', () => {
    referral(...begun)
      .when(saveForm({ subjects: [] }))
      .then({ type: 'SubjectsNamed', data: { savedRevision: 3, expiresAt: LATER, subjects: [] } });
  });

  test.each([1, 3, 0])(
    'refuses revision %i where the form stands at 2, and tells where it stands',
    (expectedRevision) => {
      referral(...begun)
        .when(saveForm({ expectedRevision }))
        .thenProblem('REVISION_CONFLICT', 'expectedRevision', 'changed elsewhere', { currentRevision: 2 });
    },
  );

  test('goes on from the revision of the save before', () => {
    referral(...begun, answersSaved(3))
      .when(saveForm({ expectedRevision: 3, patch: {} }))
      .then({ type: 'AnswersSaved', data: { savedRevision: 4, expiresAt: LATER, patch: {} } });
  });

  test('refuses answers that do not fit the form, and names the first', () => {
    const asked: unknown[] = [];
    const refuse = (answers: object) => {
      asked.push(answers);
      return [missing];
    };
    referral(...begun)
      .when(saveForm({ patch: { you: { age: 7 } }, form: () => ({ ...anyForm, refuse }) }))
      .thenProblem('BAD_INPUT', 'answersPatch.you.name', 'Enter your name.', { problems: [missing] });
    expect(asked).toEqual([{ you: { name: 'Amira', age: 7 } }]);
  });

  test('is checked against the form only after who asks and at what revision', () => {
    const form = () => ({ ...anyForm, refuse: () => [missing] });
    referral(...begun)
      .when(saveForm({ patch: {}, form, expectedRevision: 9 }))
      .thenProblem('REVISION_CONFLICT', 'expectedRevision');
    referral(...begun)
      .when(saveForm({ patch: {}, form, accountId: 'mallory' }))
      .thenProblem('NOT_FOUND', 'id');
  });

  test('is checked by the form that the decided state is in, whatever it was when the command was made', () => {
    const form = ({ formId }: Draft) => ({ ...anyForm, refuse: () => (formId === 'mash' ? [] : [missing]) });
    const save = { patch: { you: {} }, form, expectedRevision: 3 };
    referral(...returned, amendmentStarted())
      .when(saveForm(save))
      .thenProblem('BAD_INPUT', 'answersPatch.you.name');
    referral(...returned, amendmentStarted({ formId: 'mash' }))
      .when(saveForm(save))
      .then({ type: 'AnswersSaved', data: { savedRevision: 4, expiresAt: LATER, patch: { you: {} } } });
  });

  test('folds to the answers as patched: changed, added and taken away', () => {
    const patch = { you: { name: null, job: 'Teacher' }, reason: { why: 'Help' } };
    expect(folded(referralDecider, [...begun, answersSaved(3, patch)]).draft?.answers).toEqual({
      you: { job: 'Teacher' },
      reason: { why: 'Help' },
    });
  });
});

describe('a saved form that is not the asker’s own', () => {
  test.each<[string, Facts]>([
    ['another’s', begun],
    ['another’s, sent', sent],
    ['another’s, discarded', [...begun, discarded()]],
    ['no form at all', []],
  ])('is not found: %s', (_state, facts) => {
    const accountId = 'mallory';
    const form = referral(...facts);
    form.when(saveForm({ accountId })).thenProblem('NOT_FOUND', 'id');
    form.when(discardForm({ accountId })).thenProblem('NOT_FOUND', 'id');
    form.when(submitForm({ accountId })).thenProblem('NOT_FOUND', 'id');
    form.when(startAmendment({ accountId })).thenProblem('NOT_FOUND', 'requestId');
  });

  test('is not found once it was erased, for its referrer too', () => {
    const form = referral(...amending, erased);
    form.when(saveForm()).thenProblem('NOT_FOUND', 'id');
    form.when(discardForm()).thenProblem('NOT_FOUND', 'id');
    form.when(submitForm()).thenProblem('NOT_FOUND', 'id');
    form.when(startAmendment()).thenProblem('NOT_FOUND', 'requestId');
  });
});

describe('a saved form that has ended', () => {
  test.each(endings)('says so: %s', (_end, facts, sentence) => {
    const form = referral(...facts);
    form.when(saveForm()).thenProblem('FORM_ENDED', 'id', sentence);
    form.when(discardForm()).thenProblem('FORM_ENDED', 'id', sentence);
    form.when(submitForm()).thenProblem('FORM_ENDED', 'id', sentence);
    form.when(expireForm()).thenNothing();
  });

  test.each([
    ['saved', saveForm, answersSaved(3)],
    ['discarded', discardForm, discarded()],
    ['submitted', submitForm, formSubmitted()],
  ])('can be %s up to its last millisecond, and from its end no more', (_what, command, fact) => {
    const form = (now: string) => referral(...begun).when(command({ now, expiresAt: EXPIRES }));
    form(noonPlus(30 * DAY - 1)).then(fact);
    form(EXPIRES).thenProblem('FORM_ENDED', 'id', 'kept as long as the council keeps them');
    form(noonPlus(30 * DAY + 1)).thenProblem('FORM_ENDED', 'id', 'kept as long as the council keeps them');
  });

  test('lives on from its last save', () => {
    referral(...begun, { ...answersSaved(3), data: { savedRevision: 3, expiresAt: LATER, patch: {} } })
      .when(discardForm({ now: EXPIRES }))
      .then(discarded());
  });
});

describe('discarding', () => {
  test('ends a form that was never sent', () => {
    referral(...begun)
      .when(discardForm())
      .then(discarded());
  });

  test('ends the answer to a request alone', () => {
    referral(...amending)
      .when(discardForm())
      .then(discarded(firstRequest));
    expect(folded(referralDecider, [...amending, discarded(firstRequest)])).toMatchObject({
      status: 'live',
      draft: null,
      request: { id: firstRequest },
      submission: { version: 1 },
    });
  });
});

describe('the sweep', () => {
  test('leaves a form alone until its last millisecond has passed', () => {
    referral(...begun)
      .when(expireForm({ now: noonPlus(30 * DAY - 1) }))
      .thenNothing();
  });

  test.each([0, 1])('ends a form %i ms after its day has come', (late) => {
    referral(...begun)
      .when(expireForm({ now: noonPlus(30 * DAY + late) }))
      .then(expired());
  });

  test('ends the answer to a request alone', () => {
    referral(...amending)
      .when(expireForm())
      .then(expired(firstRequest));
  });

  test('ends nothing that is on legal hold', () => {
    referral(...amending, holdPlaced)
      .when(expireForm())
      .thenNothing();
  });

  test('ends nothing where there is nothing', () => {
    referral().when(expireForm()).thenNothing();
  });
});

describe('submitting', () => {
  test('sends the first version under the reserved reference', () => {
    referral(...begun)
      .when(submitForm())
      .then(formSubmitted());
  });

  test('sends only the answers that are asked for', () => {
    const visible = () => ({ you: { name: 'shown' } });
    referral(...begun)
      .when(submitForm({ form: () => ({ ...anyForm, visible }) }))
      .then(formSubmitted({ answers: { you: { name: 'shown' } } }));
  });

  test('sends the referrer as they are now', () => {
    const referrer = { ...amira, surname: 'Newname' };
    referral(...begun)
      .when(submitForm({ referrer }))
      .then(formSubmitted({ referrer }));
  });

  test('refuses a form that is not complete, and tells what is missing', () => {
    const form = () => ({ ...anyForm, check: () => ({ complete: false, problems: [missing] }) });
    referral(...begun)
      .when(submitForm({ form }))
      .thenProblem('FORM_INCOMPLETE', 'id', 'mandatory questions', { problems: [missing] });
  });

  test.each([1, 3])('refuses revision %i where the form stands at 2', (expectedRevision) => {
    referral(...begun)
      .when(submitForm({ expectedRevision }))
      .thenProblem('REVISION_CONFLICT', 'expectedRevision', '', { currentRevision: 2 });
  });

  test.each<[string, Facts]>([
    ['not uploaded', [announced()]],
    ['still being checked', [announced(), received()]],
    ['refused', [announced(), received(), refused()]],
  ])('waits for a file that is %s', (_status, files) => {
    referral(...begun, announced('f-0'), received('f-0'), cleared('f-0'), ...files)
      .when(submitForm())
      .thenProblem('FORM_INCOMPLETE', 'attachments', 'Wait for it, or remove it.', { attachmentId: 'f-1' });
  });

  test('sends the files that were checked, with their size and hash as received', () => {
    const attachments = [
      { id: 'f-1', fileName: 'report.pdf', mediaType: 'application/pdf', byteSize: 99, sha256: SHA },
    ];
    referral(...begun, announced(), received(), cleared())
      .when(submitForm())
      .then(formSubmitted({ attachments }));
  });

  test('answers a request: the version counts on and the reference stays', () => {
    referral(...amending)
      .when(submitForm({ expectedRevision: 3, reference: 'LCC99-9999-999999' }))
      .then(formSubmitted({ version: 2, requestId: firstRequest, revision: 3 }));
  });

  test('counts versions on from answer to answer', () => {
    const again = [
      ...resubmitted,
      informationRequested({ requestId: secondRequest, version: 2, revision: 4 }),
      amendmentStarted({ requestId: secondRequest, savedRevision: 4 }),
    ];
    referral(...again)
      .when(submitForm({ expectedRevision: 4 }))
      .then(formSubmitted({ version: 3, requestId: secondRequest, revision: 5 }));
  });
});

describe('a form of a version that the council takes no more', () => {
  test('cannot be sent, and says what to do', () => {
    referral(...begun)
      .when(submitForm({ pastGrace: () => true }))
      .thenProblem('NOT_ALLOWED_NOW', 'id', 'Start a new one from this saved form');
  });

  test('is sent all the same where it answers a request for information', () => {
    referral(...amending)
      .when(submitForm({ expectedRevision: 3, pastGrace: () => true }))
      .then(formSubmitted({ version: 2, requestId: firstRequest, revision: 3 }));
  });
});

describe('answering a request for information', () => {
  test('opens what was sent, with its files and people', () => {
    const attachments = [{ id: 'f-1', fileName: 'a.pdf', mediaType: 'application/pdf', byteSize: 9, sha256: SHA }];
    referral(...begun, formSubmitted({ attachments }), informationRequested())
      .when(startAmendment())
      .then(amendmentStarted({ attachments }));
  });

  test('opens another form where the request redirects to it', () => {
    const redirected = { formId: 'early-help', formVersion: 4, answers: {}, unmapped: ['you.name'] };
    const asked: unknown[] = [];
    referral(...sent, informationRequested({ redirectToFormId: 'early-help' }))
      .when(
        startAmendment({
          open: (submission, to) => {
            asked.push([submission.version, to]);
            return redirected;
          },
        }),
      )
      .then(amendmentStarted(redirected));
    expect(asked).toEqual([[1, 'early-help']]);
  });

  test('submits a redirected answer on its new form', () => {
    referral(
      ...sent,
      informationRequested({ redirectToFormId: 'early-help' }),
      amendmentStarted({ formId: 'early-help', formVersion: 4, answers: {} }),
    )
      .when(submitForm({ expectedRevision: 3 }))
      .then(
        formSubmitted({
          formId: 'early-help',
          formVersion: 4,
          answers: {},
          version: 2,
          requestId: firstRequest,
          revision: 3,
        }),
      );
  });

  test('goes on with an answer that was begun', () => {
    referral(...amending)
      .when(startAmendment())
      .thenNothing();
  });

  test('begins anew where the answer was discarded or has expired', () => {
    const anew = amendmentStarted({ savedRevision: 4 });
    referral(...amending, discarded(firstRequest))
      .when(startAmendment())
      .then(anew);
    referral(...amending, expired(firstRequest))
      .when(startAmendment())
      .then(anew);
  });

  test.each([
    [-1, []],
    [0, [amendmentStarted({ savedRevision: 4 })]],
    [1, [amendmentStarted({ savedRevision: 4 })]],
  ])('begins anew %i ms from the end of an answer that the sweep has not met yet', (late, facts) => {
    referral(...amending)
      .when(startAmendment({ now: noonPlus(30 * DAY + late) }))
      .then(...facts);
  });

  test('is over where it was answered or retracted', () => {
    referral(...resubmitted)
      .when(startAmendment())
      .thenProblem('FORM_ENDED', 'requestId', 'This request was answered already.');
    referral(...amending, requestRetracted())
      .when(startAmendment())
      .thenProblem('FORM_ENDED', 'requestId', 'was retracted: nothing needs to be sent');
  });

  test('is not found where there is no such request', () => {
    referral(...begun)
      .when(startAmendment())
      .thenProblem('NOT_FOUND', 'requestId');
    referral(...sent)
      .when(startAmendment())
      .thenProblem('NOT_FOUND', 'requestId');
    referral(...returned)
      .when(startAmendment({ requestId: secondRequest }))
      .thenProblem('NOT_FOUND', 'requestId');
  });

  test('is saved and submitted like any form', () => {
    referral(...amending)
      .when(saveForm({ expectedRevision: 3, patch: {} }))
      .then({ type: 'AnswersSaved', data: { savedRevision: 4, expiresAt: LATER, patch: {} } });
    expect(folded(referralDecider, amending).draft).toEqual({
      formId: 'request-for-support',
      formVersion: 1,
      startedAt: NOON,
      savedAt: NOON,
      expiresAt: EXPIRES,
      subjects: [isla, noah],
      answers: { you: { name: 'Amira' } },
      attachments: [],
      requestId: firstRequest,
      unmapped: [],
    });
    expect(folded(referralDecider, amending).accountId).toBe(AMIRA);
  });

  test('does not begin a second time what subjects were named in: the answer keeps its people', () => {
    expect(folded(referralDecider, [...amending, subjectsNamed(4, isla)]).draft?.subjects).toEqual([isla]);
    expect(folded(referralDecider, [...amending, subjectsNamed(4, isla)]).submission?.subjects).toEqual([isla, noah]);
  });
});

describe('erasing an account', () => {
  test('ends its saved forms, and nothing that was sent, is held or has ended', () => {
    referral(...begun)
      .when({ type: 'EndDraft' })
      .then({ type: 'FormDiscarded', data: { requestId: null } });
    referral(...amending)
      .when({ type: 'EndDraft' })
      .then({ type: 'FormDiscarded', data: { requestId: firstRequest } });
    for (const facts of [sent, [...begun, holdPlaced], [...begun, discarded()]]) {
      referral(...facts)
        .when({ type: 'EndDraft' })
        .thenNothing();
    }
  });
});

test('an amendment begins with the files that were sent, all of them usable', () => {
  const file = { id: 'f-1', fileName: 'plan.pdf', mediaType: 'application/pdf', byteSize: 7, sha256: SHA };
  const { draft } = folded(referralDecider, [...returned, amendmentStarted({ attachments: [file] })]);
  expect(draft!.attachments).toEqual([{ ...file, status: 'AVAILABLE', problem: null }]);
});
