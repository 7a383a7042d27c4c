import { describe, expect, test } from '@jest/globals';
import { accountDecider, type AccountCommand, type TypedCode } from '../../src/account/account.decider.js';
import type { AccountEvent } from '../../src/account/account.events.js';
import { challengeToken, readChallengeToken } from '../../src/account/challenge-token.js';
import { MINUTE } from '../../src/core/clock.js';
import { Secrets } from '../../src/core/secrets.js';
import { folded, NOON, noonPlus, type Fact } from '../support/given.js';
import {
  account,
  LIFE,
  HOUR,
  END,
  details,
  email,
  rules,
  codeOf,
  wrong,
  started,
  passwordSet,
  issued,
  failed,
  fails,
  signedIn,
  repeated,
  unconfirmed,
  open,
  awaiting,
  confirm,
  right,
  purposes,
  register,
  resend,
  type Facts,
  type Command,
} from './account-story.js';

describe('registering', () => {
  test('begins with details, a password and a first code', () => {
    account()
      .when(register(false))
      .then(started, passwordSet('h-1'), {
        type: 'CodeIssued',
        data: { challengeId: 'c-1', purpose: 'registration', issue: 1, expiresAt: END, resendAfter: NOON },
      });
  });

  test('leaves an account that waits for its code', () => {
    expect(folded(accountDecider, unconfirmed)).toMatchObject({
      status: 'unconfirmed',
      council: 'lancashire',
      email,
      details,
      passwordHashes: ['h-1'],
    });
  });

  test('ends with the right code: the address is confirmed and the person is in', () => {
    account(...unconfirmed)
      .when(confirm.registration(codeOf(1)))
      .then(...right.registration);
    expect(folded(accountDecider, [...unconfirmed, ...right.registration]).status).toBe('open');
  });

  test('an address that has an account leads to a challenge that looks the same', () => {
    account().when(register(true)).then(repeated);
    const real = folded(accountDecider, unconfirmed).challenges['c-1']!;
    const decoy = folded(accountDecider, [repeated]).challenges['c-1']!;
    expect({ ...decoy, decoy: false }).toEqual(real);
    expect(folded(accountDecider, [repeated])).toMatchObject({ status: 'none', email, passwordHashes: [] });
  });
});

describe('a registration that nobody confirms', () => {
  const reason = 'Not confirmed.';
  const lapse = (after = 0): AccountCommand => ({ type: 'LapseRegistration', before: noonPlus(after), reason });
  const erased: AccountEvent = { type: 'AccountErased', data: { reason } };
  const resent = issued('registration', 2, { after: HOUR });

  test('lapses so long after its last code, and not before', () => {
    account(...unconfirmed)
      .when(lapse(-1))
      .thenNothing();
    account(...unconfirmed)
      .when(lapse())
      .then(erased);
    account(...unconfirmed, resent)
      .when(lapse(HOUR - 1))
      .thenNothing();
    account(...unconfirmed, resent)
      .when(lapse(HOUR))
      .then(erased);
  });

  test('lapses after the latest code of any challenge, whichever challenge was started first', () => {
    const second = issued('registration', 1, { challengeId: 'c-2', after: MINUTE });
    account(...unconfirmed, second, resent)
      .when(lapse(HOUR - 1))
      .thenNothing();
    account(...unconfirmed, second, resent)
      .when(lapse(HOUR))
      .then(erased);
  });

  test('lapses once, is closed then, and no code of it is right any more', () => {
    account(...unconfirmed, erased)
      .when(lapse())
      .thenNothing();
    expect(folded(accountDecider, [...unconfirmed, erased])).toMatchObject({
      status: 'closed',
      email: '',
      erased: true,
    });
    account(...unconfirmed, erased)
      .when(confirm.registration(codeOf(1)))
      .thenProblem('NOT_ALLOWED_NOW');
  });

  test('lapses where it was none: the address had an account', () => {
    account(repeated).when(lapse()).then(erased);
    account(repeated, erased).when(lapse()).thenNothing();
  });

  test.each<[string, Facts]>([
    ['confirmed', open],
    ['logged in', [...unconfirmed, issued('log-in', 1, { challengeId: 'c-2' }), signedIn]],
    ['given a new password', [...unconfirmed, passwordSet('h-2', 'reset')]],
    ['nobody’s: a shadow', [{ type: 'PasswordResetRequested', data: { challengeId: 'c-1' } }, issued('reset')]],
    ['closed', [...open, { type: 'AccountClosed', data: { cause: 'asked for' } }]],
  ])('lapses never where it is %s', (_state, facts) => {
    account(...facts)
      .when(lapse(HOUR))
      .thenNothing();
  });
});

describe('a decoy challenge', () => {
  const fitting: TypedCode = { challengeId: 'c-1', matches: () => true };

  test('takes no code, not even one that fits', () => {
    account(repeated).when(confirm.registration(fitting)).then(failed());
  });

  test('takes none after it was sent again either', () => {
    account(repeated, issued('registration', 2, { after: MINUTE }))
      .when(confirm.registration(fitting, rules(MINUTE)))
      .then(failed());
  });

  test('counts its tries, expires and is sent again like any other', () => {
    account(repeated, ...fails(5))
      .when(confirm.registration(fitting))
      .thenProblem('CODE_USED_UP', 'code', 'Too many wrong tries');
    account(repeated)
      .when(confirm.registration(fitting, rules(LIFE * MINUTE)))
      .thenProblem('CODE_EXPIRED', 'code');
    account(repeated)
      .when(resend('registration', 0))
      .then({
        type: 'CodeIssued',
        data: { challengeId: 'c-1', purpose: 'registration', issue: 2, expiresAt: END, resendAfter: noonPlus(MINUTE) },
      });
  });

  test('of before, in the stream of the account, leaves the account as it was: open, with its password', () => {
    const { email: _none, ...old } = repeated.data as { email?: string };
    const earlier = { ...repeated, data: old } as AccountEvent;
    const { challenges: _one, ...before } = folded(accountDecider, open);
    const { challenges: _two, ...after } = folded(accountDecider, [...open, earlier, failed()]);
    expect(after).toEqual(before);
  });
});

describe('the shadow of an address that nobody registered', () => {
  const fitting: TypedCode = { challengeId: 'c-1', matches: () => true };

  test.each(purposes)('has challenges for %s like any other, but no code is right', (purpose) => {
    const shadow = issued(purpose);
    account(shadow).when(confirm[purpose](fitting)).then(failed());
    account(shadow, ...fails(5))
      .when(confirm[purpose](fitting))
      .thenProblem('CODE_USED_UP', 'code', 'Too many wrong tries');
    account(shadow)
      .when(confirm[purpose](fitting, rules(LIFE * MINUTE)))
      .thenProblem('CODE_EXPIRED', 'code');
    expect(folded(accountDecider, [shadow, failed()]).status).toBe('none');
  });
});

describe('logging in', () => {
  test('begins with a code', () => {
    account(...open)
      .when({ type: 'StartLogIn', challengeId: 'c-1', rules: rules() })
      .then(
        { type: 'LogInStarted', data: { challengeId: 'c-1' } },
        {
          type: 'CodeIssued',
          data: { challengeId: 'c-1', purpose: 'log-in', issue: 1, expiresAt: END, resendAfter: NOON },
        },
      );
  });

  test('keeps challenges apart: wrong tries of one leave the other alone', () => {
    account(...awaiting['log-in'], issued('log-in', 1, { challengeId: 'c-2' }), ...fails(5))
      .when(confirm['log-in'](codeOf(1, 'c-2')))
      .then({ type: 'SignedIn', data: { challengeId: 'c-2' } });
  });

  test('with a wrong password is a fact that counts for no challenge', () => {
    account(...awaiting['log-in'])
      .when({ type: 'RefusePassword', now: NOON })
      .then({ type: 'SignInFailed', data: { cause: 'password' } });
    const refused: AccountEvent = { type: 'SignInFailed', data: { cause: 'password' } };
    expect(folded(accountDecider, [...awaiting['log-in'], refused]).challenges).toEqual(
      folded(accountDecider, awaiting['log-in']).challenges,
    );
  });
});

describe('wrong passwords', () => {
  const refusedAt = (after: number): Fact<AccountEvent> => ({
    type: 'SignInFailed',
    data: { cause: 'password' },
    at: noonPlus(after),
  });
  const twenty = Array.from({ length: 20 }, (_, n) => refusedAt(n));

  test('are facts twenty times a day, and no more: a flood must not fill the stream', () => {
    const refuse = (after: number): AccountCommand => ({ type: 'RefusePassword', now: noonPlus(after) });
    const { at: _at, ...fact } = refusedAt(0);
    account(...open, ...twenty.slice(1))
      .when(refuse(20))
      .then(fact);
    account(...open, ...twenty)
      .when(refuse(20))
      .thenNothing();
    account(...open, ...twenty)
      .when(refuse(24 * HOUR - 1))
      .thenNothing();
    account(...open, ...twenty)
      .when(refuse(24 * HOUR))
      .then(fact);
  });
});

describe('a password that was hashed at another cost', () => {
  const rehash: AccountCommand = { type: 'RehashPassword', from: 'h-1', passwordHash: 'h-1b' };
  const rehashed: AccountEvent = { type: 'PasswordSet', data: { hash: 'h-1b', cause: 'rehash' } };

  test('is hashed anew, and stays one password', () => {
    account(...open)
      .when(rehash)
      .then(rehashed);
    const after = [...open, passwordSet('h-0', 'change'), passwordSet('h-1', 'change'), rehashed];
    expect(folded(accountDecider, after).passwordHashes).toEqual(['h-1b', 'h-0', 'h-1']);
  });

  test('is left alone where it was changed in between', () => {
    account(...open, passwordSet('h-2', 'change'))
      .when(rehash)
      .thenNothing();
  });
});

describe('a forgotten password', () => {
  test('is asked for with a code', () => {
    account(...open)
      .when({ type: 'RequestPasswordReset', challengeId: 'c-1', rules: rules() })
      .then(
        { type: 'PasswordResetRequested', data: { challengeId: 'c-1' } },
        {
          type: 'CodeIssued',
          data: { challengeId: 'c-1', purpose: 'reset', issue: 1, expiresAt: END, resendAfter: NOON },
        },
      );
  });

  test('is not replaced by one used before, and the code stays good', () => {
    const reset = { ...(confirm.reset(codeOf(1)) as Command<'ResetPassword'>), reused: true };
    account(...awaiting.reset)
      .when(reset)
      .thenProblem('PASSWORD_REUSED', 'newPassword');
    account(...awaiting.reset)
      .when({ ...reset, code: wrong })
      .then(failed());
  });

  test('once reset spends every other open reset', () => {
    const two = [
      ...awaiting.reset,
      issued('reset', 1, { challengeId: 'c-2' }),
      issued('log-in', 1, { challengeId: 'c-3' }),
    ];
    const after = account(...two, passwordSet('h-2', 'reset'));
    after.when(confirm.reset(codeOf(1, 'c-2'))).thenProblem('CODE_USED_UP', 'code', 'used already');
    after.when(confirm.reset(codeOf(1))).thenProblem('CODE_USED_UP', 'code', 'used already');
    after.when(confirm['log-in'](codeOf(1, 'c-3'))).then({ type: 'SignedIn', data: { challengeId: 'c-3' } });
    account(...two, passwordSet('h-2', 'change'))
      .when(confirm.reset(codeOf(1, 'c-2')))
      .then(passwordSet('h-2', 'reset'));
  });
});

describe('the password', () => {
  test('is changed, and the earlier ones are remembered, the newest first', () => {
    account(...open)
      .when({ type: 'ChangePassword', passwordHash: 'h-2' })
      .then(passwordSet('h-2', 'change'));
    expect(folded(accountDecider, [...open, passwordSet('h-2', 'change')]).passwordHashes).toEqual(['h-2', 'h-1']);
  });

  test('is remembered with the eight before it', () => {
    const changes = Array.from({ length: 12 }, (_, n) => passwordSet(`h-${n + 2}`, 'change'));
    expect(folded(accountDecider, [...open, ...changes]).passwordHashes).toEqual(
      Array.from({ length: 9 }, (_, n) => `h-${13 - n}`),
    );
  });
});

describe('an account', () => {
  test('keeps the details that an update does not name', () => {
    account(...open)
      .when({ type: 'UpdateDetails', details: { surname: 'Roe', telephone: '01632 960142' } })
      .then({ type: 'DetailsUpdated', data: { details: { ...details, surname: 'Roe', telephone: '01632 960142' } } });
  });

  test('shows its details as updated', () => {
    const updated = { ...details, surname: 'Roe' };
    expect(folded(accountDecider, [...open, { type: 'DetailsUpdated', data: { details: updated } }]).details).toEqual(
      updated,
    );
  });

  test('accepts each version of the terms once', () => {
    const accepted = (version: string): AccountEvent => ({ type: 'TermsAccepted', data: { version } });
    account(...open)
      .when({ type: 'AcceptTerms', version: '2' })
      .then(accepted('2'));
    account(...open, accepted('1'))
      .when({ type: 'AcceptTerms', version: '2' })
      .then(accepted('2'));
    account(...open, accepted('1'), accepted('2'))
      .when({ type: 'AcceptTerms', version: '1' })
      .thenNothing();
  });

  test('is closed once, and has no password then', () => {
    const close: AccountCommand = { type: 'CloseAccount', cause: 'asked for' };
    const closed: AccountEvent = { type: 'AccountClosed', data: { cause: 'asked for' } };
    account(...open)
      .when(close)
      .then(closed);
    account(...open, closed)
      .when(close)
      .thenNothing();
    expect(folded(accountDecider, [...open, closed])).toMatchObject({ status: 'closed', passwordHashes: [] });
  });

  test('has no way back in once it is closed', () => {
    account(...open, { type: 'AccountClosed', data: { cause: 'asked for' } })
      .when({ type: 'RequestPasswordReset', challengeId: 'c', rules: { now: NOON, minutes: 15, attempts: 5 } })
      .thenProblem('NOT_ALLOWED_NOW');
  });

  test('forgets a challenge a day after its end, and not before', () => {
    const day = 24 * HOUR + LIFE * MINUTE;
    const challenges = (after: number) =>
      Object.keys(
        folded(accountDecider, [...unconfirmed, issued('log-in', 1, { challengeId: 'c-2', after })]).challenges,
      );
    expect(challenges(day - 1)).toEqual(['c-1', 'c-2']);
    expect(challenges(day)).toEqual(['c-2']);
  });

  test('remembers the newest hundred of a flood of challenges', () => {
    const flood = Array.from({ length: 150 }, (_, nth) => issued('log-in', 1, { challengeId: `f-${nth}` }));
    const known = Object.keys(folded(accountDecider, [...open, ...flood]).challenges);
    expect(known).toEqual(Array.from({ length: 100 }, (_, nth) => `f-${nth + 50}`));
  });
});

describe('the challenge id that a caller sees', () => {
  const secrets = new Secrets(Buffer.alloc(32, 1));
  const ref = {
    accountId: '6c1f5b60-7a0e-4a53-9f0e-0f6c34b1a001',
    challengeId: '0b9d2c44-51d7-4c53-8a45-8d3f1f7ea002',
  };

  test('stands for its account and challenge, is always the same and tells nothing', () => {
    const token = challengeToken(secrets, ref);
    expect(readChallengeToken(secrets, token)).toEqual(ref);
    expect(challengeToken(secrets, ref)).toBe(token);
    expect(Buffer.from(token, 'base64url').toString('hex')).not.toContain(ref.accountId.replaceAll('-', ''));
  });

  test('cannot be made up, changed, cut or brought from elsewhere', () => {
    const token = challengeToken(secrets, ref);
    const bytes = Buffer.from(token, 'base64url');
    const changed = [...bytes.keys()].map((place) => {
      const copy = Buffer.from(bytes);
      copy[place]! ^= 1;
      return copy.toString('base64url');
    });
    const elsewhere = challengeToken(new Secrets(Buffer.alloc(32, 2)), ref);
    const cut = bytes.subarray(0, -1).toString('base64url');
    for (const bad of [...changed, elsewhere, cut, `${token}AAAA`, '', 'nonsense']) {
      expect(() => readChallengeToken(secrets, bad)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    }
  });
});

describe('what an account remembers', () => {
  test('are its last details, also where the latest were erased', () => {
    const erased = { type: 'DetailsUpdated', data: {}, erased: true } as unknown as Fact<AccountEvent>;
    expect(folded(accountDecider, [...open, erased]).details).toEqual(folded(accountDecider, open).details);
  });

  test('are its newest twenty refused log-ins', () => {
    const refusals = Array.from({ length: 25 }, (_, n): Fact<AccountEvent> => ({
      type: 'SignInFailed',
      data: { cause: 'password' },
      at: noonPlus(n),
    }));
    const { refusedAt } = folded(accountDecider, [...open, ...refusals]);
    expect(refusedAt).toEqual(refusals.slice(5).map(({ at }) => at));
  });
});
