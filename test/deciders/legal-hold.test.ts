import { describe, expect, test } from '@jest/globals';
import { unsentFiles } from '../../projections/unsent-files.js';
import { DomainError } from '../../src/core/problem.js';
import { referralDecider, type ReferralCommand } from '../../src/referral/referral.decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { folded, given, recorded, noonPlus } from '../support/given.js';
import {
  amendmentStarted,
  announced,
  answersSaved,
  begun,
  cleared,
  contactStarted,
  COUNCIL,
  DAY,
  discardForm,
  erase,
  expireForm,
  firstRequest,
  formSubmitted,
  holdLifted,
  holdPlaced,
  informationRequested,
  isla,
  noah,
  received,
  remove,
  requestRetracted,
  responsePosted,
  retract,
  secondRequest,
  sent,
} from './referral-story.js';

const inTenYears = noonPlus(3_650 * DAY);

/** Every command after which something may be gone. `held`: what the command gives where the referral is on hold. */
const paths: Record<string, ReferralCommand> = {
  'the records officer': erase(),
  'the retention sweep': { type: 'EndRetention', council: COUNCIL, settledBefore: inTenYears, reason: 'Kept so long' },
  'the saved-form sweep': expireForm({ now: inTenYears }),
  'discarding an answer': discardForm(),
  'erasing the account': { type: 'EndDraft' },
  'removing a file': remove(),
  'removing another file': remove({ attachmentId: 'f-2' }),
  'retracting the request': retract({ requestId: secondRequest }),
};

const file = { id: 'f-1', fileName: 'report.pdf', mediaType: 'application/pdf', byteSize: 99, sha256: 'ab'.repeat(32) };

/** A life after submission, in which answers come and go and everything is responded to. */
const before: ReferralEvent[] = [...begun, announced('f-1'), received('f-1'), cleared('f-1')];
const life: ReferralEvent[] = [
  formSubmitted({ attachments: [file] }),
  contactStarted(2),
  informationRequested({ revision: 3 }),
  amendmentStarted({ attachments: [file] }),
  answersSaved(4),
  formSubmitted({ version: 2, requestId: firstRequest, revision: 4, attachments: [file] }),
  responsePosted(5, [isla], false),
  responsePosted(6, [noah], false),
  informationRequested({ requestId: secondRequest, version: 2, revision: 7 }),
  amendmentStarted({ requestId: secondRequest, attachments: [file] }),
  announced('f-2'),
  received('f-2'),
  cleared('f-2'),
  requestRetracted(8, secondRequest),
  responsePosted(9, [isla, noah], true),
];

const ends = new Set<ReferralEvent['type']>(['ReferralErased']);
const endsUnlessAnswer = new Set<ReferralEvent['type']>(['FormDiscarded', 'SavedFormExpired']);

/** What a command would erase: the whole referral, or these files; nothing where it is refused. */
function erases(facts: ReferralEvent[], command: ReferralCommand): string[] {
  let told: ReferralEvent[];
  try {
    told = referralDecider.decide(command, folded(referralDecider, facts));
  } catch (error) {
    if (error instanceof DomainError) return [];
    throw error;
  }
  const whole = told.some(
    ({ type, data }) =>
      ends.has(type) || (endsUnlessAnswer.has(type) && (data as { requestId: unknown }).requestId === null),
  );
  return whole ? ['everything'] : unsentFiles(recorded([...facts, ...told]));
}

describe('legal hold', () => {
  const places = life.map((_, n) => n + 1);

  test.each(Object.entries(paths))('holds back %s, whenever it is placed', (_name, command) => {
    for (const place of places) {
      for (let until = place; until <= life.length; until += 1) {
        const facts = [...before, ...life.slice(0, place), holdPlaced, ...life.slice(place, until)];
        expect(erases(facts, command)).toEqual([]);
      }
    }
  });

  test.each(Object.entries(paths))('once lifted, %s erases what it would have without it', (_name, command) => {
    for (const place of places) {
      const facts = [...before, ...life.slice(0, place)];
      const lifted = [...facts, holdPlaced, holdLifted];
      expect(erases(lifted, command)).toEqual(erases(facts, command));
    }
  });

  test('without it, each of these paths erases something at some time', () => {
    for (const [name, command] of Object.entries(paths)) {
      const found = places.some((place) => erases([...before, ...life.slice(0, place)], command).length > 0);
      const answered = name === 'removing a file' || found;
      expect([name, answered]).toEqual([name, true]);
    }
  });

  test('lifted, lets go of the files that came to belong to nothing meanwhile', () => {
    const whole = recorded([...before, ...life.slice(0, 1), holdPlaced, ...life.slice(1)]);
    expect(unsentFiles(whole)).toEqual([]);
    expect(unsentFiles(recorded([...whole, holdLifted]))).toEqual(['f-2']);
  });
});

describe('an erasure that is repeated after an older backup was put back', () => {
  const again: ReferralCommand = { type: 'EraseAgain', council: COUNCIL, reason: 'Erased before' };
  const erasure: ReferralEvent = {
    type: 'ReferralErased',
    data: { cause: 'records-officer', reason: 'Erased before' },
  };

  test('erases a referral once, whether it is on hold or not', () => {
    given(referralDecider, ...sent)
      .when(again)
      .then(erasure);
    given(referralDecider, ...sent, holdPlaced)
      .when(again)
      .then(erasure);
    given(referralDecider, ...sent, erasure)
      .when(again)
      .thenNothing();
  });
});

describe('retention', () => {
  test('does not begin before the first response, even where the form names nobody', () => {
    const nobody = [
      ...begun,
      formSubmitted({ subjects: [], subjectIds: [] }),
      informationRequested(),
      requestRetracted(),
    ];
    expect(folded(referralDecider, nobody).rest.settledAt).toBeNull();
  });

  const end = (settledBefore: string) => ({
    type: 'EndRetention' as const,
    council: COUNCIL,
    settledBefore,
    reason: 'r',
  });
  const decide = (facts: ReferralEvent[], settledBefore: string) =>
    referralDecider.decide(end(settledBefore), folded(referralDecider, facts)).map(({ type }) => type);
  const sent = [...before, formSubmitted()];

  test('begins when every person had a response, and nothing is asked for any more', () => {
    expect(decide(sent, inTenYears)).toEqual([]);
    expect(decide([...sent, responsePosted(2, [isla], true)], inTenYears)).toEqual([]);
    const settled = [...sent, responsePosted(2, [isla, noah], false)];
    expect(decide(settled, inTenYears)).toEqual(['ReferralErased']);
    expect(decide([...settled, informationRequested({ revision: 3 })], inTenYears)).toEqual([]);
    expect(decide([...settled, informationRequested({ revision: 3 }), requestRetracted(4)], inTenYears)).toEqual([
      'ReferralErased',
    ]);
  });

  test('a new version begins it anew: what was said of the one before does not count', () => {
    const answered = [...sent, responsePosted(2, [isla, noah], false), informationRequested({ revision: 3 })];
    const version2 = formSubmitted({ version: 2, requestId: firstRequest, revision: 4 });
    const again = [...answered, amendmentStarted(), version2];
    expect(decide(again, inTenYears)).toEqual([]);
    const asked = [...again, informationRequested({ requestId: secondRequest, version: 2, revision: 5 })];
    expect(decide([...asked, requestRetracted(6, secondRequest)], inTenYears)).toEqual([]);
    expect(decide([...again, responsePosted(5, [isla, noah], false)], inTenYears)).toEqual(['ReferralErased']);
  });

  test('ends exactly with its last day, and once', () => {
    const settled = [...sent, responsePosted(2, [isla, noah], true)];
    expect(decide(settled, noonPlus(-1))).toEqual([]);
    expect(decide(settled, noonPlus(0))).toEqual(['ReferralErased']);
    const erased: ReferralEvent = { type: 'ReferralErased', data: { cause: 'retention', reason: 'r' } };
    expect(decide([...settled, erased], inTenYears)).toEqual([]);
  });
});
