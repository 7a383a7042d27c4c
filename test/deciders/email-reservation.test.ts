import { describe, expect, test } from '@jest/globals';
import { emailReservationDecider, emailStream } from '../../src/account/email-reservation.js';
import { Secrets } from '../../src/core/secrets.js';
import { given } from '../support/given.js';

const reserved = (accountId: string) => ({ type: 'EmailReserved' as const, data: { accountId } });
const reserve = (accountId: string) => ({ type: 'ReserveEmail' as const, accountId });

describe('an email address', () => {
  test('belongs to the first account that reserves it', () => {
    given(emailReservationDecider).when(reserve('a')).then(reserved('a'));
  });

  test('is not reserved a second time by its account', () => {
    given(emailReservationDecider, reserved('a')).when(reserve('a')).thenNothing();
  });

  test('is nobody else’s any more', () => {
    given(emailReservationDecider, reserved('a'))
      .when(reserve('b'))
      .thenProblem('NOT_ALLOWED_NOW', 'email', 'has an account already');
  });
});

describe('an address whose account was erased', () => {
  const released = { type: 'EmailReleased' as const, data: { accountId: 'a' } };

  test('is released once, and by nobody else’s erasure', () => {
    const release = (accountId: string) => ({ type: 'ReleaseEmail' as const, accountId });
    given(emailReservationDecider, reserved('a')).when(release('a')).then(released);
    given(emailReservationDecider, reserved('a')).when(release('b')).thenNothing();
    given(emailReservationDecider, reserved('a'), released).when(release('a')).thenNothing();
  });

  test('can be reserved by another', () => {
    given(emailReservationDecider, reserved('a'), released).when(reserve('b')).then(reserved('b'));
  });
});

describe('an address whose account was closed for good', () => {
  const over = (closed: string) => ({ ...reserve('b'), closed });

  test('can be reserved by another that names it, and by no account else', () => {
    given(emailReservationDecider, reserved('a')).when(over('a')).then(reserved('b'));
    given(emailReservationDecider, reserved('a')).when(over('c')).thenProblem('NOT_ALLOWED_NOW', 'email');
    given(emailReservationDecider, reserved('a'), reserved('b')).when(over('a')).thenNothing();
    given(emailReservationDecider, reserved('a'), reserved('b'))
      .when({ ...reserve('c'), closed: 'a' })
      .thenProblem('NOT_ALLOWED_NOW', 'email');
  });
});

describe('the stream of an email address', () => {
  const secrets = new Secrets(Buffer.alloc(32, 1));
  const stream = (email: string, council = 'lancashire') => emailStream(secrets, council, email);

  test('is one for every spelling of a mailbox', () => {
    const spellings = [
      'Jane.Doe@Example.org',
      '  jane.doe@example.org ',
      'JANE.DOE@EXAMPLE.ORG',
      'jane.doe@example.org',
    ];
    expect(new Set(spellings.map((email) => stream(email))).size).toBe(1);
    expect(stream('zoë@example.org'.normalize('NFD'))).toBe(stream('ZOË@example.org'.normalize('NFC')));
  });

  test('is another for another mailbox, another council and another secret', () => {
    const other = emailStream(new Secrets(Buffer.alloc(32, 2)), 'lancashire', 'jane@example.org');
    const streams = [
      stream('jane@example.org'),
      stream('jan@example.org'),
      stream('jane@example.org', 'sefton'),
      other,
    ];
    expect(new Set(streams).size).toBe(4);
  });

  test('tells nothing of the address', () => {
    expect(stream('jane.doe@example.org')).toMatch(/^email-lancashire-[0-9a-f]{64}$/);
  });
});
