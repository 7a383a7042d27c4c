import { describe, expect, test } from '@jest/globals';
import { choose, mayCallForMail } from '../../projections/mail/choose.js';
import { evolveContext, noContext } from '../../projections/mail/context.js';
import type { MailFact } from '../../projections/mail/mail.js';
import * as given from './facts.js';
import {
  ACCOUNT,
  code,
  EMAIL,
  facts,
  HOURS,
  minute,
  REFERRAL,
  REFERRAL_ID,
  registered,
  requested,
  saved,
  started,
  submitted,
} from './facts.js';

/** What the last of these facts calls for. */
function chosen(stream: string, ...stored: Parameters<typeof facts> extends [string, ...infer F] ? F : never) {
  return all(facts(stream, ...stored)).at(-1);
}

/** What each of these facts calls for, in order. */
function all(stored: MailFact[]) {
  let context = noContext;
  return stored.map((fact) => {
    context = evolveContext(context, fact);
    const choice = choose(fact, context);
    if (choice) expect(mayCallForMail(fact)).toBe(true);
    return choice;
  });
}

const form = { id: 'request-for-support', version: 1 };
const reference = 'LCC2C-4F6H-7K9MPR';

describe('of an account', () => {
  test.each([
    ['registration', 'registration-code'],
    ['log-in', 'log-in-code'],
    ['reset', 'password-reset-code'],
  ] as const)('a code issued for %s calls for a %s', (purpose, kind) => {
    expect(chosen(ACCOUNT, [registered], [code(2, purpose)])).toEqual({
      mail: { kind, challengeId: 'ch', issue: 2, minutes: 5 },
      to: EMAIL,
      expiresAt: minute(5),
    });
  });

  const repeated: given.Given = {
    type: 'RegistrationRepeated',
    data: { challengeId: 'decoy', expiresAt: minute(15), resendAfter: minute(0) },
  };

  test('a registration repeated calls for a note to the owner', () => {
    expect(chosen(ACCOUNT, [registered], [repeated])).toMatchObject({
      mail: { kind: 'already-registered' },
      to: EMAIL,
    });
  });

  test('a new code for a registration repeated calls for the same note, and for no code', () => {
    expect(chosen(ACCOUNT, [registered], [repeated], [code(2, 'registration', 'decoy')])).toMatchObject({
      mail: { kind: 'already-registered' },
    });
    expect(chosen(ACCOUNT, [registered], [repeated], [code(2, 'registration', 'other')])).toMatchObject({
      mail: { kind: 'registration-code' },
    });
  });

  test('a challenge of a registration repeated is forgotten a day after its end', () => {
    const later: given.Given = { ...repeated, data: { ...repeated.data, challengeId: 'later' } };
    const context = facts(ACCOUNT, [repeated], [later, { at: minute(15 + 24 * HOURS) }]).reduce(
      evolveContext,
      noContext,
    );
    expect(Object.keys(context.decoys)).toEqual(['later']);
  });

  test.each([
    ['change', 'password-changed'],
    ['reset', 'password-changed'],
    ['registration', undefined],
  ] as const)('a password set by %s calls for %s', (cause, kind) => {
    const choice = chosen(ACCOUNT, [registered], [{ type: 'PasswordSet', data: { hash: 'h', cause } }]);
    expect(choice?.mail.kind).toBe(kind);
  });

  test('nothing calls for a mail to somebody erased', () => {
    expect(chosen(ACCOUNT, [{ type: 'RegistrationStarted', data: {} }, { erased: true }], [code()])).toBeNull();
    expect(chosen(ACCOUNT, [registered], [{ type: 'AccountClosed', data: {} }], [code()])).toBeNull();
  });

  test.each<given.Given>([
    registered,
    { type: 'EmailConfirmed', data: {} },
    { type: 'SignedIn', data: {} },
    { type: 'SignInFailed', data: {} },
    { type: 'DetailsUpdated', data: {} },
    { type: 'TermsAccepted', data: {} },
  ])('$type calls for no mail', (event) => {
    expect(chosen(ACCOUNT, [registered], [event])).toBeNull();
  });
});

describe('of a saved form', () => {
  const kinds = (...stored: Parameters<typeof chosen> extends [string, ...infer F] ? F : never) =>
    all(facts(REFERRAL, ...stored)).map((choice) => choice?.mail.kind ?? null);

  test('the first save calls for a mail, the start for none', () => {
    expect(all(facts(REFERRAL, [started], [saved(2)]))).toEqual([
      null,
      {
        mail: { kind: 'form-saved', referralId: REFERRAL_ID, form, keptUntil: minute(43_200) },
        to: EMAIL,
        expiresAt: minute(43_200),
      },
    ]);
  });

  test('a save less than a day after the one before calls for none, one a day after does', () => {
    const day = 24 * HOURS;
    const saves = [saved(2), saved(3), saved(4), saved(5)].map((save, index) => [save, index] as const);
    const at = [0, day - 1, 2 * day - 2, 3 * day - 2];
    expect(kinds([started], ...saves.map(([save, index]) => [save, { at: minute(at[index]!) }] as const))).toEqual([
      null,
      'form-saved',
      null,
      null,
      'form-saved',
    ]);
  });

  test('subjects and answers of one command are one save', () => {
    const subjects: given.Given = {
      type: 'SubjectsNamed',
      data: { savedRevision: 2, expiresAt: minute(43_200), subjects: [] },
    };
    const command = { commandId: 'one' };
    expect(kinds([started], [subjects, command], [saved(2), command], [saved(3)])).toEqual([
      null,
      'form-saved',
      null,
      null,
    ]);
    const later = { commandId: 'two', at: minute(30 * HOURS) };
    expect(kinds([started], [saved(2)], [subjects, later], [saved(3), later])).toEqual([
      null,
      'form-saved',
      'form-saved',
      null,
    ]);
  });

  test('the save of an answer to a request names the form that was opened', () => {
    const amended: given.Given = {
      type: 'AmendmentStarted',
      data: { requestId: 'r1', formId: 'lado', formVersion: 3 },
    };
    expect(chosen(REFERRAL, [started], [submitted], [requested], [amended], [saved(2)])).toMatchObject({
      mail: { kind: 'form-saved', form: { id: 'lado', version: 3 } },
    });
  });
});

describe('of a referral', () => {
  test('a submission calls for a confirmation with its reference', () => {
    expect(chosen(REFERRAL, [started], [submitted])).toEqual({
      mail: { kind: 'submission-confirmation', reference, form, version: 1 },
      to: EMAIL,
      expiresAt: null,
    });
  });

  test('the answer to a request is confirmed as the version it is', () => {
    const second: given.Given = {
      type: 'FormSubmitted',
      data: { ...submitted.data, version: 2, requestId: 'r1' },
    };
    expect(chosen(REFERRAL, [started], [submitted], [requested], [second])).toMatchObject({
      mail: { kind: 'submission-confirmation', reference, version: 2 },
    });
  });

  test('a request for information calls for a mail without its comments', () => {
    const choice = chosen(REFERRAL, [started], [submitted], [requested]);
    expect(choice?.mail).toEqual({
      kind: 'information-requested',
      requestId: 'r1',
      reference,
      form,
      dueOn: '2026-12-04',
      redirectToFormId: null,
    });
  });

  test('a retraction calls for a mail that names the form as it was sent', () => {
    const amended: given.Given = {
      type: 'AmendmentStarted',
      data: { requestId: 'r1', formId: 'lado', formVersion: 3 },
    };
    const retracted: given.Given = {
      type: 'InformationRequestRetracted',
      data: { requestId: 'r1', revision: 3, reason: 'Canary' },
    };
    expect(chosen(REFERRAL, [started], [submitted], [requested], [amended], [retracted])).toMatchObject({
      mail: { kind: 'request-retracted', reference, form },
    });
  });

  test('the newest referrer is written to', () => {
    const referrer = { ...given.referrer, email: 'new@example.org' };
    const again: given.Given = { type: 'FormSubmitted', data: { ...submitted.data, referrer } as object };
    expect(chosen(REFERRAL, [started], [again])?.to).toBe('new@example.org');
  });

  test.each([
    [true, 'update'],
    [false, undefined],
  ])('a response whose final is %s calls for %s', (final, kind) => {
    const posted: given.Given = {
      type: 'ResponsePosted',
      data: { outcomeCode: 'NFA', final, outcome: 'x', message: 'Canary' },
    };
    expect(chosen(REFERRAL, [started], [submitted], [posted])?.mail.kind).toBe(kind);
  });

  test.each<given.Given>([
    { type: 'ContactStarted', data: {} },
    { type: 'AttachmentAnnounced', data: {} },
    { type: 'AttachmentCleared', data: {} },
    { type: 'FormDiscarded', data: {} },
    { type: 'SavedFormExpired', data: {} },
    { type: 'AmendmentStarted', data: {} },
    { type: 'ReceiptAcknowledged', data: {} },
    { type: 'LegalHoldPlaced', data: {} },
    { type: 'ReferralErased', data: {} },
  ])('$type calls for no mail', (event) => {
    expect(chosen(REFERRAL, [started], [submitted], [event])).toBeNull();
  });
});
