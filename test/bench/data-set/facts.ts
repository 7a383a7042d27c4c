import { join } from 'node:path';
import type { Actor } from '../../../src/core/decider.js';
import { derivedId } from '../../../src/core/ids.js';
import { projectRoot } from '../../../src/core/project-root.js';
import { Councils } from '../../../src/council/councils.js';
import { sampleAnswers } from '../../../src/council/sample-answers.js';
import type { Answers, ReferralEvent, Subject } from '../../../src/referral/referral.events.js';

/** The council whose referrals fill the large stores. */
export const COUNCIL = 'worcestershire';
/** Referrals of one account: of the short ones half are submitted, each with two people, so that it lists 100 rows. */
const OF_AN_ACCOUNT = 100;
/** Ahead of every bench: lists show the days before today, and the set is kept for longer than they are. */
export const AT = '2040-01-02T09:00:00.000Z';
const EXPIRES = '2041-01-01T00:00:00.000Z';

const council = Councils.load(join(projectRoot, 'deploy/councils')).byId(COUNCIL)!;
const FORENAMES = ['Violet', 'Lili', 'Theo', 'Aisha', 'Noah', 'Zofia', 'Kofi', 'Maya', 'Idris', 'Wren'];
const SURNAMES = ['Plant', 'Ashworth', 'Begum', 'Carter', 'Okafor', 'Lomax', 'Iqbal', 'Farrow', 'Jolly', 'Mensah'];
const referrer = { forename: 'Lynn', surname: 'Robinson', email: 'lynn.robinson@example.org', professional: true };

/** One command of a referral's life: what it recorded, and who gave it. */
export interface Step {
  events: ReferralEvent[];
  by: Actor;
}

export function accountOf(nth: number): string {
  return derivedId('bench account', Math.floor(nth / OF_AN_ACCOUNT));
}

/** The short life of a referral, so that a million of them can be made: every second is submitted, the others are saved forms. */
export function shortReferral(nth: number): Step[] {
  const { start, submit } = life(nth, 'service-feedback');
  return nth % 2 === 0 ? [start] : [start, submit];
}

/** A referral as they usually are: begun, its people named, saved page by page, submitted, responded to. Nine facts. */
export function wholeReferral(nth: number): Step[] {
  const { start, subjects, answers, submit, respond } = life(nth, 'early-help');
  return [start, subjects, ...answers, submit, respond];
}

function life(nth: number, formId: string) {
  const id = derivedId('bench referral', nth);
  const accountId = accountOf(nth);
  const by: Actor = { kind: 'referrer', id: accountId, name: 'Lynn Robinson' };
  const worker: Actor = { kind: 'worker', id: 'bench-worker', name: 'Wendy Worker' };
  const subjects = [0, 1].map((place): Subject => {
    const forename = FORENAMES[(nth + place) % 10]!;
    return {
      id: derivedId(id, place),
      forename,
      surname: SURNAMES[Math.floor(nth / 10) % 10]!,
      dateOfBirth: '2030-03-09',
    };
  });
  const given = answersTo(formId, subjects);
  const pages = Object.entries(given).slice(0, 5);
  const form = { accountId, formId, formVersion: 1 };
  const saved = (savedRevision: number) => ({ savedRevision, expiresAt: EXPIRES });
  const subjectIds = subjects.map(({ id: subjectId }) => subjectId);
  const reference = `WCF${String(nth).padStart(9, '0')}`;
  const submission = { ...form, reference, version: 1, requestId: null, revision: 1, subjectIds, referrer, subjects };
  const outcome = { outcomeCode: 'progressed', outcome: 'Progressed to Early Help', message: null, final: true };
  const step = (event: ReferralEvent, who = by): Step => ({ events: [event], by: who });
  return {
    start: step({ type: 'FormStarted', data: { ...form, ...saved(1), referrer, answers: {} } }),
    subjects: step({ type: 'SubjectsNamed', data: { ...saved(2), subjects } }),
    answers: pages.map(([section, patch], page) =>
      step({ type: 'AnswersSaved', data: { ...saved(3 + page), patch: { [section]: patch } } }),
    ),
    submit: step({ type: 'FormSubmitted', data: { ...submission, answers: given, attachments: [] } }),
    respond: step({ type: 'ResponsePosted', data: { revision: 2, subjectIds, ...outcome } }, worker),
  };
}

const templates = new Map<string, Answers>();

/** The same answers to every form of a kind: what is asked about each person is said about each, under their own id. */
function answersTo(formId: string, subjects: Subject[]): Answers {
  const invented = ['first', 'second'].map((id) => ({ ...subjects[0]!, id }));
  const template = templates.get(formId) ?? sampleAnswers(council.form(formId)!, invented, referrer);
  templates.set(formId, template);
  const ids: Record<string, string> = { first: subjects[0]!.id, second: subjects[1]!.id };
  return Object.fromEntries(
    Object.entries(template).map(([section, answers]) => [
      section,
      Object.fromEntries(Object.entries(answers).map(([question, value]) => [question, renamed(value, ids)])),
    ]),
  );
}

function renamed(value: unknown, ids: Record<string, string>): unknown {
  if (typeof value !== 'object' || value === null || !('first' in value)) return value;
  return Object.fromEntries(Object.entries(value).map(([id, answer]) => [ids[id] ?? id, answer]));
}
