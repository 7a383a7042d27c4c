import { describe, expect, test } from '@jest/globals';
import { accountDecider, codeIsRight } from '../../src/account/account.decider.js';
import type { AccountEvent, CodePurpose } from '../../src/account/account.events.js';
import { MINUTE } from '../../src/core/clock.js';
import { DomainError } from '../../src/core/problem.js';
import { folded, noonPlus } from '../support/given.js';
import {
  account,
  LIFE,
  HOUR,
  END,
  rules,
  codeOf,
  wrong,
  issued,
  failed,
  fails,
  awaiting,
  confirm,
  right,
  purposes,
  resend,
} from './account-story.js';

describe.each(purposes)('a code for %s', (purpose) => {
  const facts = awaiting[purpose];
  const others = purposes.filter((other) => other !== purpose);

  test('is taken up to its last millisecond, and from its end no more', () => {
    const at = (after: number) => account(...facts).when(confirm[purpose](codeOf(1), rules(after)));
    at(LIFE * MINUTE - 1).then(...right[purpose]);
    at(LIFE * MINUTE).thenProblem('CODE_EXPIRED', 'code', 'has expired');
    at(LIFE * MINUTE + 1).thenProblem('CODE_EXPIRED', 'code', 'has expired');
  });

  test('that is wrong counts as a fact', () => {
    account(...facts)
      .when(confirm[purpose](wrong))
      .then(failed());
  });

  test('is taken after four wrong tries', () => {
    account(...facts, ...fails(4))
      .when(confirm[purpose](codeOf(1)))
      .then(...right[purpose]);
  });

  test('is dead after five, though it is right', () => {
    account(...facts, ...fails(5))
      .when(confirm[purpose](codeOf(1)))
      .thenProblem('CODE_USED_UP', 'code', 'Too many wrong tries. Ask for a new code.');
  });

  test('has five tries again once it was sent anew', () => {
    const again = [...facts, ...fails(5), issued(purpose, 2)];
    account(...again)
      .when(confirm[purpose](codeOf(2)))
      .then(...right[purpose]);
    account(...again, ...fails(5))
      .when(confirm[purpose](codeOf(2)))
      .thenProblem('CODE_USED_UP', 'code');
  });

  test('is not taken twice', () => {
    account(...facts, ...right[purpose])
      .when(confirm[purpose](codeOf(1)))
      .thenProblem('CODE_USED_UP', 'code', 'used already');
  });

  test('is killed by a newer one', () => {
    account(...facts, issued(purpose, 2))
      .when(confirm[purpose](codeOf(1)))
      .then(failed());
    account(...facts, issued(purpose, 2))
      .when(confirm[purpose](codeOf(2)))
      .then(...right[purpose]);
  });

  test('lives anew from when it was sent again', () => {
    const again = [...facts, issued(purpose, 2, { after: 10 * MINUTE })];
    const at = (after: number) => account(...again).when(confirm[purpose](codeOf(2), rules(after)));
    at(25 * MINUTE - 1).then(...right[purpose]);
    at(25 * MINUTE).thenProblem('CODE_EXPIRED', 'code');
  });

  test.each(others)('is of no use for %s', (other) => {
    account(...facts)
      .when(confirm[other](codeOf(1)))
      .thenProblem('CODE_WRONG', 'code', 'not right');
  });

  test('is of no use where the challenge is unknown', () => {
    account(...facts)
      .when(confirm[purpose](codeOf(1, 'c-9')))
      .thenProblem('CODE_WRONG', 'code');
  });

  test('can be sent again at once, the first time', () => {
    account(...facts)
      .when(resend(purpose, 0))
      .then({
        type: 'CodeIssued',
        data: { challengeId: 'c-1', purpose, issue: 2, expiresAt: END, resendAfter: noonPlus(MINUTE) },
      });
  });

  test('keeps a minute’s distance from then on', () => {
    const resent = account(...facts, issued(purpose, 2, { after: 1000 }));
    resent
      .when(resend(purpose, 1000 + MINUTE - 1))
      .thenProblem('TOO_MANY_REQUESTS', 'challengeId', 'wait', { resendAfter: noonPlus(1000 + MINUTE) });
    resent.when(resend(purpose, 1000 + MINUTE)).then({
      type: 'CodeIssued',
      data: {
        challengeId: 'c-1',
        purpose,
        issue: 3,
        expiresAt: noonPlus(1000 + MINUTE + LIFE * MINUTE),
        resendAfter: noonPlus(1000 + 2 * MINUTE),
      },
    });
  });

  test('is sent again five times an hour and no more, and again when the hour is over', () => {
    const resends = [1, 2, 3, 4, 5].map((n) => issued(purpose, n + 1, { after: n * 2 * MINUTE }));
    account(...facts, ...resends.slice(0, 4))
      .when(resend(purpose, 30 * MINUTE))
      .then(issuedEvent(purpose, 6, 30 * MINUTE));
    const five = account(...facts, ...resends);
    five.when(resend(purpose, 11 * MINUTE)).thenProblem('TOO_MANY_REQUESTS', 'challengeId', 'wait', {
      resendAfter: noonPlus(2 * MINUTE + HOUR),
      retryAfter: 51 * 60,
    });
    five.when(resend(purpose, 30 * MINUTE)).thenProblem('TOO_MANY_REQUESTS', 'challengeId');
    five.when(resend(purpose, 2 * MINUTE + HOUR - 1)).thenProblem('TOO_MANY_REQUESTS', 'challengeId');
    five.when(resend(purpose, 2 * MINUTE + HOUR)).then(issuedEvent(purpose, 7, 2 * MINUTE + HOUR));
  });

  test('is not sent again once it was used, for another purpose, or where nobody asked for one', () => {
    account(...facts, ...right[purpose])
      .when(resend(purpose, 0))
      .thenProblem('NOT_ALLOWED_NOW', 'challengeId', 'start again');
    account(...facts)
      .when(resend(others[0]!, 0))
      .thenProblem('NOT_ALLOWED_NOW', 'challengeId', 'start again');
    account(...facts)
      .when({ ...resend(purpose, 0), challengeId: 'c-9' })
      .thenProblem('NOT_ALLOWED_NOW', 'challengeId', 'start again');
  });

  test('can be sent again after it has expired', () => {
    account(...facts)
      .when(resend(purpose, HOUR))
      .then(issuedEvent(purpose, 2, HOUR));
  });

  test('is tried beforehand without leaving a trace', () => {
    const state = folded(accountDecider, facts);
    expect(codeIsRight(state, codeOf(1), purpose, rules())).toBe(true);
    expect(codeIsRight(state, wrong, purpose, rules())).toBe(false);
    expect(() => codeIsRight(state, codeOf(1), purpose, rules(LIFE * MINUTE))).toThrow(DomainError);
  });
});

/** The fact of a code sent again so many milliseconds after noon. */
function issuedEvent(purpose: CodePurpose, issue: number, after: number): AccountEvent {
  const { type, data } = issued(purpose, issue, { after });
  return { type, data };
}
