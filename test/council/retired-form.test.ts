import { expect, it } from '@jest/globals';
import { isPastGrace, lastDayOf } from '../../src/council/retired-form.js';

const london = { retiredFormGraceDays: 30, timeZone: 'Europe/London' };
const retired = { retiredOn: '2026-06-01' };

it('a version that was replaced can be sent through its council’s days of grace, to the end of the last', () => {
  expect(lastDayOf(retired, london)).toBe('2026-07-01');
  // Midnight in London in July is 23:00 UTC.
  expect(isPastGrace(retired, london, new Date('2026-07-01T22:59:59.999Z'))).toBe(false);
  expect(isPastGrace(retired, london, new Date('2026-07-01T23:00:00.000Z'))).toBe(true);
  expect(isPastGrace(retired, { ...london, retiredFormGraceDays: 0 }, new Date('2026-06-01T12:00:00Z'))).toBe(false);
  expect(isPastGrace(retired, { ...london, retiredFormGraceDays: 0 }, new Date('2026-06-02T12:00:00Z'))).toBe(true);
});

it('the version that is offered has no last day', () => {
  expect(lastDayOf({ retiredOn: null }, london)).toBeNull();
  expect(isPastGrace({ retiredOn: null }, london, new Date('2100-01-01T00:00:00Z'))).toBe(false);
});
