import { describe, expect, test } from '@jest/globals';
import { referralDecider, type ReferralCommand } from '../../src/referral/referral.decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { folded, given, noonPlus, type Fact } from '../support/given.js';
import {
  amendmentStarted,
  announce,
  announced,
  begun,
  clear,
  cleared,
  DAY,
  discarded,
  erased,
  EXPIRES,
  formSubmitted,
  informationRequested,
  receive,
  received,
  refuse,
  refused,
  remove,
  removed,
  sent,
  SHA,
} from './referral-story.js';

type Facts = Fact<ReferralEvent>[];
const form = (...facts: Facts) => given(referralDecider, ...begun, ...facts);

const statuses: [string, Facts][] = [
  ['announced', [announced()]],
  ['being checked', [announced(), received()]],
  ['available', [announced(), received(), cleared()]],
  ['refused', [announced(), received(), refused()]],
];

describe('announcing a file', () => {
  test('adds it to the form', () => {
    form().when(announce()).then(announced());
  });

  test.each(statuses)('again gives nothing where it is %s', (_status, facts) => {
    form(...facts)
      .when(announce())
      .thenNothing();
  });

  test('stops at the council’s number of files', () => {
    form(announced('f-1'), announced('f-2'))
      .when(announce({ attachmentId: 'f-3' }))
      .thenProblem('ATTACHMENT_REFUSED', 'savedFormId', 'at most 2 files');
  });

  test('has its place again where another was removed', () => {
    form(announced('f-1'), announced('f-2'), removed('f-1'))
      .when(announce({ attachmentId: 'f-3' }))
      .then(announced('f-3'));
  });

  test('repeats at the limit what it announced before', () => {
    form(announced('f-1'), announced('f-2'))
      .when(announce({ attachmentId: 'f-2' }))
      .thenNothing();
  });
});

describe('receiving a file', () => {
  test('puts an announced one into checking', () => {
    form(announced()).when(receive()).then(received());
    expect(folded(referralDecider, [...begun, announced(), received()]).draft?.attachments).toMatchObject([
      { id: 'f-1', status: 'CHECKING', byteSize: 99, sha256: SHA },
    ]);
  });

  test.each(statuses.slice(1))('is refused where it is %s', (_status, facts) => {
    form(...facts)
      .when(receive())
      .thenProblem('NOT_ALLOWED_NOW', undefined, 'uploaded already');
  });

  test('is not found where it was never announced or was removed', () => {
    form().when(receive()).thenProblem('NOT_FOUND', 'attachmentId');
    form(announced('f-2')).when(receive()).thenProblem('NOT_FOUND', 'attachmentId');
    form(announced(), removed()).when(receive()).thenProblem('NOT_FOUND', 'attachmentId');
  });
});

describe('the end of a file’s check', () => {
  test('makes it available', () => {
    form(announced(), received()).when(clear()).then(cleared());
  });

  test('refuses it, and says why', () => {
    form(announced(), received()).when(refuse()).then(refused());
    expect(folded(referralDecider, [...begun, announced(), received(), refused()]).draft?.attachments).toMatchObject([
      { id: 'f-1', status: 'REJECTED', problem: 'This is not a PDF.' },
    ]);
  });

  test.each<[string, Facts]>([
    ['announced', [announced()]],
    ['available', [announced(), received(), cleared()]],
    ['refused', [announced(), received(), refused()]],
    ['removed meanwhile', [announced(), received(), removed()]],
    ['of a form that was discarded meanwhile', [announced(), received(), discarded()]],
    ['of a form that was erased meanwhile', [announced(), received(), formSubmitted(), erased]],
    ['unknown', []],
  ])('says nothing about one that is %s', (_status, facts) => {
    form(...facts)
      .when(clear())
      .thenNothing();
    form(...facts)
      .when(refuse())
      .thenNothing();
  });

  test('is about that file alone', () => {
    const files = [announced('f-1'), received('f-1'), announced('f-2'), received('f-2'), cleared('f-1')];
    expect(
      folded(referralDecider, [...begun, ...files]).draft?.attachments.map(({ id, status }) => [id, status]),
    ).toEqual([
      ['f-1', 'AVAILABLE'],
      ['f-2', 'CHECKING'],
    ]);
  });
});

describe('removing a file', () => {
  test.each(statuses)('takes it away where it is %s', (_status, facts) => {
    form(...facts)
      .when(remove())
      .then(removed());
    expect(folded(referralDecider, [...begun, ...facts, removed()]).draft?.attachments).toEqual([]);
  });

  test('is not found a second time', () => {
    form(announced(), removed()).when(remove()).thenProblem('NOT_FOUND', 'attachmentId');
  });

  test('takes a file of an earlier version out of the answer, and leaves that version as it was', () => {
    const file = { id: 'f-1', fileName: 'report.pdf', mediaType: 'application/pdf', byteSize: 99, sha256: SHA };
    const facts = [
      ...begun,
      formSubmitted({ attachments: [file] }),
      informationRequested(),
      amendmentStarted({ attachments: [file] }),
    ];
    given(referralDecider, ...facts)
      .when(remove())
      .then(removed());
    const state = folded(referralDecider, [...facts, removed()]);
    expect(state.draft?.attachments).toEqual([]);
    expect(state.submission?.attachments).toEqual([file]);
  });
});

describe('the files of a form', () => {
  const commands = [
    ['announced', announce],
    ['received', receive],
    ['removed', remove],
  ] as const;

  test.each(commands)('are %s by its owner alone', (_what, command) => {
    form(announced())
      .when(command({ accountId: 'mallory' }))
      .thenProblem('NOT_FOUND', 'id');
  });

  test.each(commands)('are not %s after it was sent, discarded or erased', (_what, command) => {
    form(announced(), formSubmitted()).when(command()).thenProblem('FORM_ENDED', 'id', 'was submitted');
    form(announced(), discarded()).when(command()).thenProblem('FORM_ENDED', 'id', 'was discarded');
    given(referralDecider, ...sent, erased)
      .when(command())
      .thenProblem('NOT_FOUND', 'id');
  });

  type Changed = { attachmentId: string; now: string };
  test.each<[string, (changed: Changed) => ReferralCommand, (id: string) => ReferralEvent, Facts]>([
    ['announced', announce, announced, []],
    ['received', receive, received, [announced('f-9')]],
    ['removed', remove, removed, [announced('f-9')]],
  ])('are %s up to the form’s last millisecond, and then no more', (_what, command, fact, files) => {
    const at = (now: string) => form(...files).when(command({ attachmentId: 'f-9', now }));
    at(noonPlus(30 * DAY - 1)).then(fact('f-9'));
    at(EXPIRES).thenProblem('FORM_ENDED', 'id', 'kept as long as');
  });
});
