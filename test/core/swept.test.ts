import { expect, test } from '@jest/globals';
import { KeyUnavailable } from '../../src/core/keys.js';
import { DomainError } from '../../src/core/problem.js';
import { swept } from '../../src/core/swept.js';
import { TransientError } from '../../src/core/transient-errors.js';

const told: object[] = [];
const logger = { error: (message: string, details?: object) => told.push({ message, ...details }) } as never;

test('each that a sweep ends counts by its facts; one that was ended already has none', async () => {
  expect(await swept('referral-1', logger, async () => ({ facts: [1, 2] }))).toBe(2);
  expect(await swept('referral-1', logger, async () => ({ facts: [] }))).toBe(0);
  expect(told).toEqual([]);
});

test('one that was damaged counts for nothing and is told of by its stream', async () => {
  const error = new TypeError('damaged');
  expect(await swept('referral-2', logger, () => Promise.reject(error))).toBe(0);
  expect(told).toEqual([{ message: expect.any(String), part: 'referral-2', error }]);
});

test('one whose key is missing is skipped, so that it holds no other back', async () => {
  const error = new KeyUnavailable('missing');
  expect(await swept('referral-4', logger, () => Promise.reject(error))).toBe(0);
  expect(told.at(-1)).toMatchObject({ part: 'referral-4', error });
});

test.each([
  new TransientError('away'),
  new KeyUnavailable('unanswered'),
  new DomainError('UNAVAILABLE', 'The store is away.'),
])('where a store is away (%s), the sweep ends and comes again', async (error) => {
  await expect(swept('referral-3', logger, () => Promise.reject(error))).rejects.toBe(error);
});
