import { describe, expect, test } from '@jest/globals';
import { Secrets } from '../../src/core/secrets.js';
import { deriveReference, readReference, referenceDecider, referenceStream } from '../../src/referral/reference.js';
import { given } from '../support/given.js';

const ALPHABET = [...'23456789ABCDEFGHJKMNPQRSTUVWXYZ'];
const secrets = new Secrets(Buffer.alloc(32, 1));
const PREFIX = 'LCC';
/** References of many referrals, without prefix and dashes. */
const samples = Array.from({ length: 200 }, (_, n) => deriveReference(secrets, PREFIX, `referral-${n}`, 0));
const body = (reference: string) => reference.slice(PREFIX.length).replaceAll('-', '');
const replaced = (text: string, place: number, by: string) => text.slice(0, place) + by + text.slice(place + 1);

describe('a reference', () => {
  test('is a prefix, then two, four and six characters without look-alikes', () => {
    for (const reference of samples)
      expect(reference).toMatch(/^LCC[2-9A-HJKMNP-Z]{2}-[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{6}$/);
    expect(samples.join('').replaceAll(PREFIX, '')).not.toMatch(/[O0IL1]/);
  });

  test('uses the whole alphabet', () => {
    const used = new Set(samples.flatMap((reference) => [...body(reference)]));
    expect([...used].sort()).toEqual(ALPHABET);
  });

  test('is always the same for one referral, and another for others, further attempts and other secrets', () => {
    expect(deriveReference(secrets, PREFIX, 'r', 0)).toBe(deriveReference(secrets, PREFIX, 'r', 0));
    expect(deriveReference(secrets, PREFIX, 'r', 1)).not.toBe(deriveReference(secrets, PREFIX, 'r', 0));
    expect(deriveReference(new Secrets(Buffer.alloc(32, 2)), PREFIX, 'r', 0)).not.toBe(samples[0]);
    expect(new Set(samples).size).toBe(samples.length);
  });

  test('is read as it was given out, typed in lower case, with spaces, without dashes', () => {
    for (const reference of samples) {
      expect(readReference(PREFIX, reference)).toBe(reference);
      expect(readReference(PREFIX, reference.toLowerCase())).toBe(reference);
      expect(readReference(PREFIX, ` ${reference.replaceAll('-', ' ')} `)).toBe(reference);
      expect(readReference(PREFIX, [...reference].join(' '))).toBe(reference);
      expect(readReference(PREFIX, PREFIX + body(reference))).toBe(reference);
    }
  });

  test.each(['LCC', 'LL-', 'WCC-', 'LL', ''])('is read with the prefix %p', (prefix) => {
    const reference = deriveReference(secrets, prefix, 'r', 0);
    expect(reference.startsWith(prefix)).toBe(true);
    expect(readReference(prefix, reference)).toBe(reference);
    expect(readReference(prefix, reference.toLowerCase().replaceAll('-', ''))).toBe(reference);
  });

  test('is not read with a look-alike in it, whatever its check character', () => {
    const [reference] = samples;
    for (const lookAlike of 'O0IL1') {
      for (let place = 0; place < 11; place += 1) {
        const wrong = replaced(body(reference!), place, lookAlike);
        for (const check of ALPHABET)
          expect(readReference(PREFIX, PREFIX + replaced(wrong, 11, check))).toBeUndefined();
      }
    }
  });

  test('is not read under another prefix', () => {
    for (const reference of samples) expect(readReference('SEF', reference)).toBeUndefined();
  });

  test('with any single character wrong is found out, at every place', () => {
    for (const reference of samples.slice(0, 40)) {
      const right = body(reference);
      for (let place = 0; place < 12; place += 1) {
        for (const other of ALPHABET.filter((character) => character !== right[place])) {
          expect(readReference(PREFIX, PREFIX + replaced(right, place, other))).toBeUndefined();
        }
      }
    }
  });

  test('with any two neighbours swapped is found out, at every place', () => {
    let swaps = 0;
    for (const reference of samples) {
      const right = body(reference);
      for (let place = 0; place < 11; place += 1) {
        const [first, second] = [right[place]!, right[place + 1]!];
        if (first === second) continue;
        swaps += 1;
        const swapped = replaced(replaced(right, place, second), place + 1, first);
        expect(readReference(PREFIX, PREFIX + swapped)).toBeUndefined();
      }
    }
    expect(swaps).toBeGreaterThan(2000);
  });

  test.each(['', 'LCC', 'LCC2', 'nonsense', 'LCC22-2222-22222', 'LCC22-2222-2222222', 'LCC2O-2222-222222', '💥'])(
    'is not %p',
    (typed) => {
      expect(readReference(PREFIX, typed)).toBeUndefined();
    },
  );
});

describe('reserving a reference', () => {
  const reserved = { type: 'ReferenceReserved' as const, data: { referralId: 'r-1' } };
  const reserve = (referralId: string) => ({ type: 'ReserveReference' as const, referralId });

  test('gives it to the first referral that asks', () => {
    given(referenceDecider).when(reserve('r-1')).then(reserved);
  });

  test('gives nothing to the same referral again', () => {
    given(referenceDecider, reserved).when(reserve('r-1')).thenNothing();
  });

  test('refuses another referral', () => {
    given(referenceDecider, reserved).when(reserve('r-2')).thenProblem('NOT_ALLOWED_NOW', 'reference');
  });

  test('is decided in the stream of its name', () => {
    expect(referenceStream('LCC22-2222-222222')).toBe('reference-LCC22-2222-222222');
  });
});
