import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { atOnce } from '../../src/core/at-once.js';

/** A store that squares numbers, and what it was asked. */
function squares() {
  const calls: number[][] = [];
  const square = atOnce(async (asked: readonly number[]) => {
    calls.push([...asked]);
    if (asked.includes(13)) throw new Error('Unlucky.');
    return (one) => one * one;
  });
  return { calls, square };
}

test('all who ask at one moment are answered by one call, each with what it asked for', async () => {
  const { calls, square } = squares();
  expect(await Promise.all([square(2), square(3), square(2)])).toEqual([4, 9, 4]);
  expect(calls).toEqual([[2, 3, 2]]);
});

test('who asks while a call is under way is answered by the next one', async () => {
  const { calls, square } = squares();
  const first = square(2);
  await setImmediate();
  const second = square(3);
  expect(await Promise.all([first, second])).toEqual([4, 9]);
  expect(calls).toEqual([[2], [3]]);
});

test('what a call throws all meet who asked for it, and nobody after them', async () => {
  const { square } = squares();
  const together = await Promise.allSettled([square(13), square(2)]);
  expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await square(2)).toBe(4);
});
