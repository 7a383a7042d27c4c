import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { Hashing } from '../../src/account/hashing.js';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const password = 'Correct-Horse-7-Battery';
const hashing = new Hashing();
afterEach(() => hashing.stop());

test('a thread that breaks down takes one task with it; the next has a new one', async () => {
  const known = await hashing.run<string>({ password, cost });
  await expect(hashing.run({ password, known: 'no hash at all' })).rejects.toThrow();
  expect(await hashing.run({ password, known })).toBe(true);
  expect(await hashing.run({ password: `${password}!`, known })).toBe(false);
});

test('a task that is under way when hashing is stopped fails, and says so', async () => {
  const underWay = hashing.run({ password, cost });
  const settled = expect(underWay).rejects.toThrow('The hashing thread ended.');
  await hashing.stop();
  await settled;
  expect(await hashing.run<string>({ password, cost })).toContain('$argon2id$');
});

/** How much each thread of this process stands back for others (proc(5): the nineteenth field of its stat). */
const niceness = () =>
  readdirSync('/proc/self/task').map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });

(process.platform === 'linux' ? test : test.skip)('hashing stands back for all other threads', async () => {
  const before = niceness();
  await hashing.run({ password, cost });
  const own = Math.min(...before);
  // Others of this process may have been there before.
  const standingBack = (all: number[]) => all.filter((nice) => nice === own + 10).length;
  expect(standingBack(niceness()) - standingBack(before)).toBe(1);
});
