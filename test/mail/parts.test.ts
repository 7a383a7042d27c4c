import { describe, expect, test } from '@jest/globals';
import { isMailAddress, maskedAddress } from '../../projections/mail/address.js';
import { pauseBeforeRetry } from '../../projections/mail/retry.js';
import { refusalOf } from '../../projections/mail/smtp.js';
import { cpuTime } from '../support/cpu-time.js';

describe('addresses', () => {
  test.each([
    'jane@example.org',
    "o'neil+forms@sub.example.co.uk",
    'team_inbox@localhost',
    'zoë@exämple.org',
    'a@xn--bcher-kva.example',
  ])('%s is one', (address) => expect(isMailAddress(address)).toBe(true));

  test.each([
    '',
    'jane',
    '@example.org',
    'jane@',
    'jane@@example.org',
    'jane@example.org\r\nBcc: all@example.org',
    'jane@example.org\n',
    'jane@example.org>',
    '<jane@example.org>',
    'jane@example.org,joe@example.org',
    'jane doe@example.org',
    'jane\u0000@example.org',
    'jane\u2028@example.org',
    '"jane"@example.org',
    'jane@[127.0.0.1]',
    'jane@-example.org',
    'jane@example.org.',
    `${'j'.repeat(65)}@example.org`,
    `jane@${'e'.repeat(250)}.org`,
  ])('%j is none', (address) => expect(isMailAddress(address)).toBe(false));

  test('a long hostile one is refused at once', async () => {
    const took = await cpuTime(() => expect(isMailAddress(`a@${'a-'.repeat(50_000)}!`)).toBe(false));
    expect(took).toBeLessThan(200);
  });

  test('masked, a letter and the domain are left', () => {
    expect(maskedAddress('jane.doe@example.org')).toBe('j***@example.org');
    expect(maskedAddress('😀x@example.org')).toBe('😀***@example.org');
  });
});

describe('the pause before a retry', () => {
  test('begins at a second, doubles what has passed, and ends at fifteen minutes', () => {
    expect(pauseBeforeRetry(0, false, 0.5)).toBe(1_000);
    expect(pauseBeforeRetry(1_000, false, 0.5)).toBe(1_000);
    expect(pauseBeforeRetry(60_000, false, 0.5)).toBe(60_000);
    expect(pauseBeforeRetry(20 * 3_600_000, false, 0.5)).toBe(900_000);
  });

  test('is short for what is of use for minutes only', () => {
    expect(pauseBeforeRetry(240_000, true, 0.99)).toBe(10_000);
  });

  test('is spread by a quarter', () => {
    expect(pauseBeforeRetry(100_000, false, 0)).toBe(75_000);
    expect(pauseBeforeRetry(100_000, false, 1)).toBe(125_000);
  });

  test('never comes after a day', () => {
    expect(pauseBeforeRetry(86_399_999, false, 0.5)).not.toBeNull();
    expect(pauseBeforeRetry(86_400_000, false, 0.5)).toBeNull();
  });
});

describe('what a failed try says', () => {
  const smtp = (responseCode: number, command: string) =>
    Object.assign(new Error('x'), {
      responseCode,
      command,
      response: `${responseCode} 5.1.1 <jane@example.org> no such user`,
    });

  test.each([
    [550, 'RCPT TO', true, true],
    [554, 'DATA', true, true],
    [451, 'RCPT TO', false, true],
    [421, 'DATA', false, true],
    [535, 'AUTH PLAIN', false, false],
    [553, 'MAIL FROM', false, false],
  ])('%d to %s is permanent: %s, and about this mail: %s', (code, command, permanent, aboutThisMail) => {
    const refusal = refusalOf(smtp(code, command));
    const problem = `the mail server answered ${code} 5.1.1 to ${command}`;
    expect(refusal).toEqual({ permanent, aboutThisMail, code, problem });
  });

  test('an error without a reply is told by its code or name, never by its message', () => {
    expect(refusalOf(Object.assign(new Error('jane@example.org'), { code: 'ECONNECTION' })).problem).toBe(
      'not sent: ECONNECTION',
    );
    expect(refusalOf(new TypeError('jane@example.org')).problem).toBe('not sent: TypeError');
    expect(refusalOf(Object.assign(new Error('x'), { code: 11000 })).problem).toBe('not sent: Error');
  });
});
