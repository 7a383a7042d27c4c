import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { accountDecider } from '../../src/account/account.decider.js';
import { accountKind, type AccountEvent } from '../../src/account/account.events.js';
import type { Recorded } from '../../src/core/decider.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import { emptyView, evolveView, viewStatus } from '../../src/referral/referral.view.js';
import { inbox } from '../../projections/inbox.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { receipts } from '../../projections/receipts.js';
import { records } from '../../projections/records.js';
import { registrations } from '../../projections/registrations.js';
import { reminders } from '../../projections/reminders.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import { NOON, recorded, type Fact } from '../support/given.js';
import {
  amendmentStarted,
  announced,
  answersSaved,
  cleared,
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
  received,
  REFERRAL,
  refused,
  removed,
  requestRetracted,
  responsePosted,
  secondRequest,
  subjectsNamed,
} from '../deciders/referral-story.js';
import { fold, told, withoutKey } from './twice.js';

const sha256 = 'cd'.repeat(32);
const carried = { id: 'f-1', fileName: 'report.pdf', mediaType: 'application/pdf', byteSize: 99, sha256 };

/** A life in which every type of fact happens to a referral. */
const life: Fact<ReferralEvent>[] = [
  formStarted(),
  subjectsNamed(2, isla, noah),
  answersSaved(3, { you: { age: 7 } }),
  announced('f-1'),
  received('f-1'),
  cleared('f-1'),
  announced('f-2'),
  received('f-2'),
  refused('f-2'),
  removed('f-2'),
  formSubmitted({ attachments: [carried] }),
  receipt(),
  contactStarted(2),
  informationRequested({ revision: 3 }),
  amendmentStarted({ savedRevision: 4, attachments: [carried] }),
  removed('f-1'),
  discarded(firstRequest),
  amendmentStarted({ savedRevision: 5 }),
  expired(firstRequest),
  amendmentStarted({ savedRevision: 6 }),
  formSubmitted({ version: 2, requestId: firstRequest, revision: 4 }),
  informationRequested({ requestId: secondRequest, version: 2, revision: 5 }),
  requestRetracted(6, secondRequest),
  responsePosted(7, [isla, noah], true),
  holdPlaced,
  holdLifted,
  erased,
];

const accountLife: Fact<AccountEvent>[] = [
  {
    type: 'RegistrationStarted',
    data: { forename: 'Jane', surname: 'Doe', professional: true, email: 'jane@example.org' },
  },
  { type: 'PasswordSet', data: { hash: 'h', cause: 'registration' } },
  {
    type: 'CodeIssued',
    data: { challengeId: 'c', purpose: 'registration', issue: 1, expiresAt: NOON, resendAfter: NOON },
  },
  { type: 'SignInFailed', data: { cause: 'code', challengeId: 'c' } },
  { type: 'EmailConfirmed', data: { challengeId: 'c' } },
  { type: 'SignedIn', data: { challengeId: 'c' } },
  { type: 'RegistrationRepeated', data: { challengeId: 'd', expiresAt: NOON, resendAfter: NOON } },
  { type: 'LogInStarted', data: { challengeId: 'e' } },
  { type: 'PasswordResetRequested', data: { challengeId: 'g' } },
  { type: 'DetailsUpdated', data: { details: { forename: 'Jane', surname: 'Roe', professional: true } } },
  { type: 'TermsAccepted', data: { version: '2' } },
  { type: 'AccountClosed', data: { cause: 'asked for' } },
  { type: 'AccountErased', data: { reason: 'asked for' } },
];

const resetPassword: Fact<AccountEvent> = { type: 'PasswordSet', data: { hash: 'h', cause: 'reset' } };
/** At the beginning of a stream of its own. */
const onlyRepeated: Fact<AccountEvent> = {
  type: 'RegistrationRepeated',
  data: { challengeId: 'd', expiresAt: NOON, resendAfter: NOON },
  revision: 0,
};

const projections = [savedForms, submittedForms, inbox] as unknown as Projection<ViewDocument, ReferralEvent>[];
const types = (facts: { type: string }[]) => [...new Set(facts.map(({ type }) => type))].sort();

test('the two lives hold every type of fact that there is', () => {
  expect(types(life)).toEqual(Object.keys(referralKind.clear).sort());
  expect(types(accountLife)).toEqual(Object.keys(accountKind.clear).sort());
});

/** Every projection, with every fact that its kind of stream can hold, each in a life of its own. */
const followed = [
  ...[savedForms, submittedForms, inbox, receipts, records, reminders].map((projection) => ({
    projection,
    facts: told(...life, discarded(), expired()),
  })),
  { projection: registrations, facts: recorded([...accountLife, resetPassword, onlyRepeated], 'account-1') },
] as unknown as { projection: Projection<ViewDocument, ReferralEvent>; facts: Recorded<ReferralEvent>[] }[];

describe.each(followed.map((one) => ({ name: one.projection.name, ...one })))('$name', ({ projection, facts }) => {
  /** The documents after the first so many facts. */
  const moments = facts.map((_, n) => fold(projection, facts.slice(0, n)));
  const changes = (documents: readonly ViewDocument[], fact: Recorded<ReferralEvent>) => {
    const after = projection.fold(documents, fact);
    return after.length !== documents.length || after.some((document, n) => document !== documents[n]);
  };
  const isChanging = (fact: Recorded<ReferralEvent>) =>
    moments.some((documents) => orThrows(() => changes(documents, fact)));

  test('takes every type of event that changes it, and no other', () => {
    expect(types(facts.filter(isChanging))).toEqual([...projection.takes].sort());
  });

  test('knows the types of event behind which nothing earlier is left', () => {
    const { endings } = projection;
    if (!endings) return;
    const ends = (fact: Recorded<ReferralEvent>) =>
      moments.every((documents) => isDeepStrictEqual(projection.fold(documents, fact), projection.fold([], fact)));
    const taken = facts.filter(({ type }) => projection.takes.has(type));
    expect(types(taken.filter(ends))).toEqual([...endings].sort());
  });
});

/** What cannot happen then may fail. */
function orThrows(changes: () => boolean): boolean {
  try {
    return changes();
  } catch {
    return true;
  }
}

describe('a referral whose key was destroyed', () => {
  const facts = told(...life);
  /** The key can be found gone at any moment: facts up to one are read whole, those behind it are not. */
  const readings = facts.map((_, gone) => facts.map((fact, n) => (n < gone ? fact : withoutKey(referralKind, fact))));

  test('holds nothing personal', () => {
    expect(JSON.stringify(readings[0], (_key, value: unknown) => (typeof value === 'bigint' ? '' : value))).not.toMatch(
      /Isla|Noah|Castellane|example\.org|school|report\.pdf|Wendy|Family Intensive/,
    );
  });

  test.each(projections)('is folded into $name, up to every fact, wherever the key is found gone', (projection) => {
    for (const reading of readings) expect(() => fold(projection, reading)).not.toThrow();
  });

  test('is folded into the state and the view, which agree with those of the whole facts on where it stands', () => {
    const stands = (reading: typeof facts) => {
      const state = reading.reduce((state, fact) => referralDecider.evolve(state, fact), referralDecider.initialState);
      const view = reading.reduce(evolveView, emptyView(REFERRAL));
      return [state.revision, state.savedRevision, state.endedRequests, state.submission?.version, viewStatus(view)];
    };
    for (const reading of readings) expect(stands(reading)).toEqual(stands(facts));
  });

  test.each([savedForms, submittedForms] as unknown as typeof projections)('leaves nothing in $name', (projection) => {
    for (const reading of readings) expect(fold(projection, reading)).toEqual([]);
  });

  test('leaves a row in the inbox that names nobody, up to every fact', () => {
    expect(fold(inbox, readings[0]!)).toMatchObject([{ status: 'ERASED', names: '', referrer: '' }]);
    for (let length = 11; length <= facts.length; length += 1) {
      expect(fold(inbox, readings[0]!.slice(0, length))).toMatchObject([{ names: '', referrer: '' }]);
    }
  });

  test('keeps the answers that were read before its key was gone', () => {
    const read = [...facts.slice(0, 2), withoutKey(referralKind, facts[2]!)];
    const state = read.reduce((state, fact) => referralDecider.evolve(state, fact), referralDecider.initialState);
    expect(state.draft?.answers).toEqual({ you: { name: 'Amira' } });
  });

  test('has no submission where it was never submitted', () => {
    const read = told(formStarted(), erased);
    const state = read.reduce((state, fact) => referralDecider.evolve(state, fact), referralDecider.initialState);
    expect(state).toMatchObject({ erased: true, submission: null, draft: null });
  });

  test('keeps no saved form that cannot be read any more', () => {
    const draft = facts.slice(0, 6);
    expect(fold(savedForms, draft)).toHaveLength(1);
    const read = [...draft.slice(0, 5), withoutKey(referralKind, draft[5]!)];
    expect(fold(savedForms, read)).toEqual([]);
  });
});

describe('an account whose key was destroyed', () => {
  const facts = recorded(accountLife, 'account-1');

  test('is folded up to every fact, wherever the key is found gone', () => {
    for (let gone = 0; gone < facts.length; gone += 1) {
      const reading = facts.map((fact, n) => (n < gone ? fact : withoutKey(accountKind, fact)));
      const state = reading.reduce((state, fact) => accountDecider.evolve(state, fact), accountDecider.initialState);
      expect(state).toMatchObject({ status: 'closed', erased: true, email: '', passwordHashes: [] });
    }
  });
});
