/**
 * How often a property is tried: `full` times in the long suites (`npm run test:slow`), a tenth of that, and at least 20
 * times, in `npm test`.
 */
export const runs = (full: number): number =>
  process.env.FULL_COUNTS === 'yes' ? full : Math.min(full, Math.max(20, Math.round(full / 10)));
