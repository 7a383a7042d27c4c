import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inbox, type InboxDocument } from '../../projections/inbox.js';
import { NO_RESPONSE, submittedForms, type SubmittedFormsDocument } from '../../projections/submitted-forms.js';
import { asItStood } from '../../src/audit/as-it-stood.js';
import type { Recorded } from '../../src/core/decider.js';
import { DomainError } from '../../src/core/problem.js';
import { referralDecider, type ReferralCommand } from '../../src/referral/referral.decider.js';
import { requestIdOf, type ReferralEvent } from '../../src/referral/referral.events.js';
import type { ReferralState } from '../../src/referral/referral.state.js';
import {
  acknowledge,
  discardForm,
  erase,
  isla,
  noah,
  REFERRAL,
  requestInformation,
  respond,
  retract,
  saveForm,
  setHold,
  startAmendment,
  startContact,
  startForm,
  submitForm,
} from '../deciders/referral-story.js';
import { noonPlus, recorded } from '../support/given.js';
import { councils } from '../support/people.js';
import { runs } from '../support/runs.js';

const council = councils().byId('lancashire')!;
const MINUTE = 60_000;

/** What somebody may try at any time; most of it is refused where it has no place. */
type Attempt = (state: ReferralState) => ReferralCommand;
const revisions = ({ revision, savedRevision }: ReferralState) => ({ revision, savedRevision });
const currentRequest = ({ endedRequests }: ReferralState) =>
  requestIdOf(REFERRAL, Object.keys(endedRequests).length + 1);

const attempts: fc.Arbitrary<Attempt> = fc.oneof(
  fc.subarray([isla, noah], { minLength: 1 }).map(
    (subjects): Attempt =>
      (state) =>
        saveForm({ expectedRevision: revisions(state).savedRevision, subjects }),
  ),
  fc.string({ maxLength: 8 }).map(
    (name): Attempt =>
      (state) =>
        saveForm({ expectedRevision: revisions(state).savedRevision, patch: { you: { name } } }),
  ),
  fc.constant<Attempt>((state) => submitForm({ expectedRevision: revisions(state).savedRevision })),
  fc.constant<Attempt>((state) => startContact({ expectedRevision: state.revision })),
  fc.constant<Attempt>((state) => requestInformation({ expectedRevision: state.revision })),
  fc.constant<Attempt>((state) => startAmendment({ requestId: currentRequest(state) })),
  fc.constant<Attempt>((state) => retract({ requestId: currentRequest(state) })),
  fc
    .record({
      subjectId: fc.constantFrom(null, isla.id, noah.id),
      final: fc.boolean(),
      message: fc.option(fc.constant('So it is.')),
    })
    .map(
      (said): Attempt =>
        (state) =>
          respond({ ...said, expectedRevision: state.revision }),
    ),
  fc.constant<Attempt>(() => acknowledge()),
  fc.boolean().map(
    (held): Attempt =>
      () =>
        setHold({ held }),
  ),
  fc.constant<Attempt>(() => discardForm()),
);

/** The facts that come of attempts, a minute after one another. */
function lived(tries: readonly Attempt[], erased: boolean): Recorded<ReferralEvent>[] {
  let state = referralDecider.initialState;
  const facts: Recorded<ReferralEvent>[] = [];
  const all: Attempt[] = [
    () => startForm(),
    (now) => saveForm({ expectedRevision: now.savedRevision, subjects: [isla, noah] }),
    (now) => submitForm({ expectedRevision: now.savedRevision }),
  ];
  for (const attempt of [...all, ...tries, ...(erased ? [() => erase()] : [])]) {
    let told: ReferralEvent[] = [];
    try {
      told = referralDecider.decide(attempt(state), state);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
    for (const fact of told) {
      const revision = facts.length;
      const own = { stream: `referral-${REFERRAL}`, revision, at: noonPlus(revision * MINUTE) };
      const [next] = recorded([{ ...fact, ...own }]) as [Recorded<ReferralEvent>];
      state = referralDecider.evolve(state, next);
      facts.push(next);
    }
  }
  return facts;
}

const histories = fc
  .tuple(fc.array(attempts, { minLength: 10, maxLength: 40 }), fc.boolean())
  .map(([tries, erased]) => lived(tries, erased));

/** A history as it is read where nobody altered it. */
const whole = (facts: Recorded<ReferralEvent>[], firstBrokenRevision: number | null = null) => ({
  facts,
  listed: facts,
  verification: { intact: firstBrokenRevision === null, entries: facts.length, head: '', firstBrokenRevision },
});

/** What the read models said after each fact. */
function readModels(facts: readonly Recorded<ReferralEvent>[]) {
  let [entries, forms]: [readonly InboxDocument[], readonly SubmittedFormsDocument[]] = [[], []];
  return facts.map((fact) => {
    entries = inbox.fold(entries, fact);
    forms = submittedForms.fold(forms, fact);
    return { entry: entries[0], forms };
  });
}

describe('a referral as it stood', () => {
  test('is what the read models said at that time, after every fact of any history', () => {
    let compared = 0;
    fc.assert(
      fc.property(histories, (facts) => {
        readModels(facts).forEach(({ entry, forms }, revision) => {
          if (!entry) {
            expect(() => asItStood(REFERRAL, whole(facts), { revision }, council)).toThrow('had not been submitted');
            return;
          }
          const stood = asItStood(REFERRAL, whole(facts), { revision }, council);
          expect(stood).toMatchObject({
            revision,
            at: facts[revision]!.at,
            status: entry.status,
            reference: entry.reference,
            currentVersion: entry.version,
          });
          // The form version then in force is the one in which that version was sent.
          expect([stood.formId, stood.formVersion, stood.formDefinition.version]).toEqual([
            entry.formId,
            entry.formVersion,
            entry.formVersion,
          ]);
          if (entry.status !== 'ERASED') {
            const rows = forms.flatMap((one) => (one.kind === 'row' && one.version === entry.version ? [one] : []));
            expect(
              stood.subjects.map(({ subject, response }) => [
                `${subject.forename} ${subject.surname}`,
                response ?? NO_RESPONSE,
              ]),
            ).toEqual(rows.map(({ name, response }) => [name, response]));
            const request = forms.find((one) => one.kind === 'request');
            expect(stood.openRequest?.id).toBe(request?.requestId);
          }
          compared += 1;
        });
      }),
      { seed: 20261120, numRuns: runs(300) },
    );
    expect(compared).toBeGreaterThan(6 * runs(300));
  });

  test('is the same by the instant of a fact as by its revision', () => {
    fc.assert(
      fc.property(histories, (facts) => {
        const last = new Map(facts.map(({ at, revision }) => [at, revision]));
        for (const [at, revision] of last) {
          if (!facts.slice(0, revision + 1).some(({ type }) => type === 'FormSubmitted')) continue;
          expect(asItStood(REFERRAL, whole(facts), { at: new Date(at) }, council)).toEqual(
            asItStood(REFERRAL, whole(facts), { revision }, council),
          );
        }
      }),
      { seed: 20261120, numRuns: runs(100) },
    );
  });

  test('is told of a time or of a revision, and of one that there was', () => {
    const facts = lived([(state) => submitForm({ expectedRevision: state.savedRevision })], false);
    for (const moment of [
      {},
      { at: new Date(), revision: 1 },
      { revision: 99 },
      { at: new Date(0) },
      { revision: 0 },
    ]) {
      expect(() => asItStood(REFERRAL, whole(facts), moment, council)).toThrow(DomainError);
    }
  });

  test('is told of the time before it was altered alone', () => {
    const facts = lived([(state) => startContact({ expectedRevision: state.revision })], false);
    const altered = whole(facts, facts.length - 1);
    const revision = facts.length - 1;
    const stood = (moment: Parameters<typeof asItStood>[2]) => asItStood(REFERRAL, altered, moment, council);
    const refused = expect.objectContaining({ code: 'NOT_ALLOWED_NOW', field: 'revision' });
    expect(() => stood({ revision })).toThrow(refused);
    expect(() => stood({ at: new Date(facts[revision]!.at) })).toThrow(`altered from revision ${revision} on`);
    expect(stood({ revision: revision - 1 })).toMatchObject({ revision: revision - 1 });
  });
});
