import { describe, expect, test } from '@jest/globals';
import { isCommon, isMadeOf } from '../../src/account/common-passwords.js';
import { Passwords } from '../../src/account/passwords.js';

describe('a password that is guessed first', () => {
  test.each([
    '1qaz2wsx3edc4rfv',
    'passwordpassword',
    'Password2026!',
    'P@ssw0rd-123!',
    'Sunshine12345678!',
    'Foo7b4ll-2026-!!',
    '!!Football!!2026',
    'QwertyQwerty1!',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabca',
    'abcdefghijklmnop',
    'Abcdefghijklm1!'.toLowerCase().replace('1!', 'nop'),
    'qwertyuiopasdfgh',
    'poiuytrewqlkjhgf',
    '1234567890123456',
    '0987654321-0987654321',
    '£££££££££££££',
  ])('such as %s', (password) => {
    expect(isCommon(password)).toBe(true);
  });

  test.each(['Correct-Horse-7-Battery', 'Staple-Wagon-111-Lantern', 'ninebluewhalessing', 'Vx7!kQpz93_wLm'])(
    'is not %s',
    (password) => {
      expect(isCommon(password)).toBe(false);
    },
  );
});

describe('a password made of what is known', () => {
  const owner = ['Lynn', 'Robinson', 'lynn.robinson@example.org', 'St Mary’s School'];

  test.each([
    'LynnRobinson2026!',
    'Robinson-Lynn-77!',
    'lynn.robinson@example.org',
    'Welcome-Lynn-123!',
    'Password-2026!!!',
    'Passphrase-2026!',
    'Login-4711-2026!',
    'My-Portal-2026!!',
    'The-Council-2026!',
    'My-Account-2026!',
    'Referral-2026!!!',
    'Admin-Admin-2026',
  ])('is %s', (password) => {
    expect(isMadeOf(password, owner)).toBe(true);
  });

  test('has less than four letters of its own', () => {
    expect([isMadeOf('Lynn-abc-2026', owner), isMadeOf('Lynn-abcd-2026', owner)]).toEqual([true, false]);
  });

  test('is not one that shares two letters with its owner’s name', () => {
    expect(isMadeOf('xu7!xu9-xu', ['Xu Li'])).toBe(false);
  });

  test.each(['Lynn-Correct-Horse-7', 'Correct-Horse-7-Battery', '7319-2846-1190-77!'])('is not %s', (password) => {
    expect(isMadeOf(password, owner)).toBe(false);
  });
});

describe('the hash of a password', () => {
  const passwords = new Passwords();

  test('is argon2id of 19 MiB, two passes and one lane, and fits its password alone', async () => {
    const hash = await passwords.hash('Correct-Horse-7-Battery');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(passwords.isOutdated(hash)).toBe(false);
    expect(await passwords.matches(hash, 'Correct-Horse-7-Battery')).toBe(true);
    expect(await passwords.matches(hash, 'Correct-Horse-7-Battery!')).toBe(false);
    expect(await passwords.matches(undefined, 'the hash of a password that nobody has')).toBe(false);
  });

  test('is outdated where it was made at another cost', () => {
    expect(passwords.isOutdated('$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA')).toBe(true);
  });

  test('is refused with UNAVAILABLE and a time to come back where too many wait', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 260 }, () => passwords.matches(undefined, 'Correct-Horse-7-Battery')),
    );
    const refused = settled.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(50);
    expect(refused[0]!.reason).toMatchObject({ code: 'UNAVAILABLE', details: { retryAfter: expect.any(Number) } });
    expect(await passwords.matches(undefined, 'afterwards it goes on')).toBe(false);
  });
});
