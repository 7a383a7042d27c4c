import { isDeepStrictEqual } from 'node:util';

/** Counts what was checked, and stops at the first difference. */
export class Checks {
  passed = 0;

  equal(what: string, actual: unknown, expected: unknown): void {
    this.that(what, isDeepStrictEqual(actual, expected), `expected ${show(expected)}, got ${show(actual)}`);
  }

  that(what: string, holds: boolean, otherwise = 'it does not hold'): void {
    if (!holds) throw new Difference(`${what}: ${otherwise}`);
    this.passed += 1;
  }
}

export class Difference extends Error {}

function show(value: unknown): string {
  return JSON.stringify(value);
}
