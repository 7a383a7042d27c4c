import type { Recording } from '../../src/core/decider.js';
import { NO_HASH } from '../../src/core/hash-chain.js';
import { derivedId } from '../../src/core/ids.js';
import type { AccountEvent } from '../../src/account/account.events.js';
import type { ReferralEvent, ReferrerFacts } from '../../src/referral/referral.events.js';
import type { MailFact } from '../../projections/mail/mail.js';

type Event = AccountEvent | ReferralEvent;
/** The event of one type, with only the members that a test is about. */
export type Given = {
  [T in Event['type']]: { type: T; data: Partial<Extract<Event, { type: T }>['data']> };
}[Event['type']];

export const EMAIL = 'jane.doe@example.org';
export const ACCOUNT = 'account-6c1f5b60-7a0e-4a53-9f0e-0f6c34b1a001';
export const REFERRAL_ID = '0b9d2c44-51d7-4c53-8a45-8d3f1f7ea002';
export const REFERRAL = `referral-${REFERRAL_ID}`;
export const START = '2026-11-20T09:30:00.000Z';

export const referrer: ReferrerFacts = {
  forename: 'Janette',
  surname: 'Doe-Canary',
  email: EMAIL,
  professional: true,
  telephone: '01234 567890',
};

/** ISO text of a moment so many minutes after START. */
export const minute = (minutes: number) => new Date(Date.parse(START) + minutes * 60_000).toISOString();
export const HOURS = 60;

/** A fact, recorded: at START and by a command of its own unless told otherwise. */
export function fact(event: Given, recording: Partial<Recording> = {}): MailFact {
  const { stream = REFERRAL, revision = 0 } = recording;
  return {
    ...event,
    id: derivedId(stream, revision),
    stream,
    revision,
    position: BigInt(revision),
    at: START,
    council: 'lancashire',
    by: { kind: 'referrer', id: 'a', name: 'Janette Doe-Canary' },
    commandId: derivedId(stream, revision, 'command'),
    correlationId: 'c',
    hash: NO_HASH,
    previousHash: NO_HASH,
    erased: false,
    ...recording,
  } as MailFact;
}

/** Facts of one stream, one after the other. */
export function facts(stream: string, ...given: (readonly [Given, Partial<Recording>?])[]): MailFact[] {
  return given.map(([event, recording], revision) => fact(event, { stream, revision, ...recording }));
}

export const registered: Given = { type: 'RegistrationStarted', data: { ...referrer } };
export const started: Given = {
  type: 'FormStarted',
  data: {
    accountId: 'a',
    formId: 'request-for-support',
    formVersion: 1,
    savedRevision: 1,
    expiresAt: minute(43_200),
    referrer,
  },
};
export const submitted: Given = {
  type: 'FormSubmitted',
  data: {
    reference: 'LCC2C-4F6H-7K9MPR',
    version: 1,
    formId: 'request-for-support',
    formVersion: 1,
    requestId: null,
    referrer,
  },
};
export const requested: Given = {
  type: 'InformationRequested',
  data: {
    requestId: 'r1',
    reasonCode: 'INSUFFICIENT_DETAIL',
    dueOn: '2026-12-04',
    redirectToFormId: null,
    comments: 'Tell more of Canary',
  },
};
export const saved = (savedRevision: number): Given => ({
  type: 'AnswersSaved',
  data: { savedRevision, expiresAt: minute(43_200), patch: {} },
});
export const code = (
  issue = 1,
  purpose: 'registration' | 'log-in' | 'reset' = 'log-in',
  challengeId = 'ch',
): Given => ({
  type: 'CodeIssued',
  data: { challengeId, purpose, issue, expiresAt: minute(5), resendAfter: START },
});
