import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { derivedId, isUuid } from '../../src/core/ids.js';
import { codeMatches, deriveCode, spacedCode } from '../../src/core/one-time-code.js';
import { seal, unseal } from '../../src/core/seal.js';
import { Secrets } from '../../src/core/secrets.js';

const secrets = new Secrets(Buffer.alloc(32, 1));
const others = new Secrets(Buffer.alloc(32, 2));

describe('sealing', () => {
  const key = Buffer.alloc(32, 7);
  const plain = Buffer.from('Isla Hargreaves, née Doe');

  test.each([plain, Buffer.alloc(0), randomBytes(100_000)])('gives back what was sealed', (bytes) => {
    expect(unseal(key, seal(key, bytes, 'here'), 'here')).toEqual(bytes);
  });

  test('shows nothing of what it holds, and never looks the same', () => {
    const sealed = Array.from({ length: 100 }, () => seal(key, plain, 'here'));
    expect(new Set(sealed.map((one) => one.toString('hex'))).size).toBe(100);
    for (const one of sealed) expect(one.includes('Isla')).toBe(false);
  });

  test('is opened still where an earlier release sealed it', () => {
    const stored = 'BwcHBwcHBwcHBwcHwV9Drgz_8EPqPBHGhqHhdofoJl4mrt4XK5vkW0m81Vhsy0S5nF4gDgs';
    expect(unseal(key, Buffer.from(stored, 'base64url'), 'here')).toEqual(plain);
  });

  test('cannot be opened at another place or with another key', () => {
    const sealed = seal(key, plain, 'referral-1|3|AnswersSaved');
    for (const context of ['referral-1|4|AnswersSaved', 'referral-2|3|AnswersSaved', 'referral-1|3|FormStarted', '']) {
      expect(() => unseal(key, sealed, context)).toThrow();
    }
    expect(() => unseal(Buffer.alloc(32, 8), sealed, 'referral-1|3|AnswersSaved')).toThrow();
  });

  test('cannot be opened where any bit of it was changed, or any of it cut off', () => {
    const sealed = seal(key, plain, 'here');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => unseal(key, changed, 'here')).toThrow();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => unseal(key, sealed.subarray(0, length), 'here')).toThrow();
    }
    expect(() => unseal(key, Buffer.concat([sealed, Buffer.alloc(1)]), 'here')).toThrow();
  });
});

describe('secrets', () => {
  test('give each purpose a key of its own, always the same', () => {
    const purposes = ['code', 'command', 'email', 'challenge', 'reference'];
    const keys = purposes.map((purpose) => secrets.key(purpose).toString('hex'));
    expect(new Set(keys).size).toBe(purposes.length);
    expect(keys).toEqual(purposes.map((purpose) => new Secrets(Buffer.alloc(32, 1)).key(purpose).toString('hex')));
    expect(secrets.key('code')).not.toEqual(others.key('code'));
    expect(secrets.key('code')).toHaveLength(32);
  });

  test('tell texts, purposes and secrets apart', () => {
    const macs = [
      secrets.mac('code', 'a'),
      secrets.mac('code', 'b'),
      secrets.mac('email', 'a'),
      others.mac('code', 'a'),
      secrets.key('code'),
    ];
    expect(new Set(macs.map((mac) => mac.toString('hex'))).size).toBe(macs.length);
  });

  test('accept what another accepted secret made, and make with the one in force', () => {
    const rotated = new Secrets(Buffer.alloc(32, 2), { accepted: [Buffer.alloc(32, 1)], lookup: Buffer.alloc(32, 1) });
    expect(rotated.mac('code', 'a')).toEqual(others.mac('code', 'a'));
    for (const made of [secrets, others]) expect(rotated.isMac('code', 'a', made.mac('code', 'a'))).toBe(true);
    expect(rotated.isMac('code', 'a', secrets.mac('code', 'b'))).toBe(false);
    expect(rotated.isMac('code', 'a', new Secrets(Buffer.alloc(32, 3)).mac('code', 'a'))).toBe(false);
    const early = deriveCode(secrets, 'c-1', 1, 8);
    expect([rotated, others].map((one) => codeMatches(one, 'c-1', 1, 8, early))).toEqual([true, false]);
  });

  test('look up by the first secret for ever', () => {
    const rotated = new Secrets(Buffer.alloc(32, 2), { lookup: Buffer.alloc(32, 1) });
    expect(rotated.lookup('email', 'a')).toEqual(secrets.lookup('email', 'a'));
    // What was named before there was a secret for look-ups was named by the one in force then.
    expect(secrets.lookup('email', 'a')).toEqual(secrets.mac('email', 'a'));
  });

  test('refuse a root that is too short', () => {
    expect(() => new Secrets(Buffer.alloc(31))).toThrow('at least 32 bytes');
  });
});

describe('a one-time code', () => {
  const code = deriveCode(secrets, 'c-1', 1, 8);
  const fits = (typed: string, issue = 1, challenge = 'c-1', digits = 8) =>
    codeMatches(secrets, challenge, issue, digits, typed);

  test.each([4, 6, 8])('has %i digits, leading noughts too', (digits) => {
    const codes = Array.from({ length: 500 }, (_, n) => deriveCode(secrets, `c-${n}`, 1, digits));
    for (const one of codes) expect(one).toMatch(new RegExp(`^\\d{${digits}}$`));
    expect(codes.some((one) => one.startsWith('0'))).toBe(true);
  });

  test('is its challenge’s and its issue’s own, and always the same', () => {
    expect(deriveCode(secrets, 'c-1', 1, 8)).toBe(code);
    const different = [
      deriveCode(secrets, 'c-1', 2, 8),
      deriveCode(secrets, 'c-2', 1, 8),
      deriveCode(others, 'c-1', 1, 8),
    ];
    expect(new Set([code, ...different]).size).toBe(4);
  });

  test('is shown in two groups', () => {
    expect([spacedCode('12345678'), spacedCode('123456'), spacedCode('12345')]).toEqual([
      '1234 5678',
      '123 456',
      '123 45',
    ]);
  });

  test('fits as it is, as it is shown, and with any spaces', () => {
    const typed = [
      code,
      spacedCode(code),
      ` ${code} `,
      [...code].join(' '),
      `${code.slice(0, 3)}\u00a0${code.slice(3)}\n`,
    ];
    expect(typed.map((one) => fits(one))).toEqual(typed.map(() => true));
  });

  test('fits in no other length', () => {
    const typed = ['', ' ', code.slice(1), code.slice(0, -1), `${code}0`, `0${code}`, code + code, code.repeat(1000)];
    expect(typed.map((one) => fits(one))).toEqual(typed.map(() => false));
  });

  test('fits with no digit changed, at any place', () => {
    for (let place = 0; place < 8; place += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        const typed = `${code.slice(0, place)}${digit}${code.slice(place + 1)}`;
        expect(fits(typed)).toBe(typed === code);
      }
    }
  });

  test('does not fit as anything that is not digits', () => {
    const typed = ['12 34 56 7x', 'abcdefgh', '１２３４５６７８', '💥💥', `${code.slice(0, 7)}é`, `-${code.slice(1)}`];
    expect(typed.map((one) => fits(one))).toEqual(typed.map(() => false));
  });

  test('fits its own issue and challenge only', () => {
    expect([fits(code), fits(code, 2), fits(code, 1, 'c-2'), fits(code, 1, 'c-1', 6)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a derived id', () => {
  test('is a UUIDv5 that the same parts give on every machine, for ever', () => {
    expect(derivedId('a', 1)).toBe('7a6b8e28-3223-56d2-9932-978211a7ede6');
    expect(derivedId('lancashire', 'account', '6c1f5b60-7a0e-4a53-9f0e-0f6c34b1a001')).toBe(
      '6652bd90-43f6-5802-a2cb-21905290b01d',
    );
  });

  test('is another for other parts', () => {
    const ids = [derivedId('a', 1), derivedId('a', 2), derivedId('b', 1), derivedId('a'), derivedId('a', 1, 0)];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('is told from what is no UUID', () => {
    const id = derivedId('a');
    expect([id, id.toUpperCase()].map(isUuid)).toEqual([true, true]);
    const wrong = [
      '',
      'a',
      `${id}0`,
      id.slice(1),
      `{${id}}`,
      id.replaceAll('-', ''),
      `${id}\n`,
      ` ${id}`,
      id.replace(/^./, 'g'),
    ];
    expect(wrong.map(isUuid)).toEqual(wrong.map(() => false));
  });
});
