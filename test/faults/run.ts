import { parseArgs } from 'node:util';
import type { Report } from './report.js';

/** How often each fault is brought about: in full, and at the counts of .ci/run. */
const COUNTS = {
  cycles: { full: undefined, quick: '20' },
  cuts: { full: '500', quick: '20' },
  silent: { full: '50', quick: '2' },
  restarts: { full: '200', quick: '6' },
  seconds: { full: '30', quick: '8' },
  kills: { full: '1000', quick: '40' },
  seeds: { full: '10000', quick: '300' },
  takeovers: { full: '20', quick: '3' },
  events: { full: '100000', quick: '3000' },
  mails: { full: '300', quick: '60' },
  outage: { full: '600', quick: '15' },
  peak: { full: '72000', quick: '2000' },
} as const;
type Count = keyof typeof COUNTS;

/**
 * `npm run test:faults -- [store|mongo|reconnect|erasure|followers|restarts|scale] [--quick] [--seed N] [--<count> N]
 * [--only disk|sync|damage|kill]` (for followers: crash|shuffle|takeover|poison|smtp|mongo|kafka, and what
 * followers/faults.ts says of their counts): takes processes away from under their callers, over and over, and counts
 * what is lost. Without a name it runs them all, one after the other. Prints what it did; fails where anything was lost.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    ...(Object.fromEntries(Object.keys(COUNTS).map((name) => [name, { type: 'string' }])) as Record<
      Count,
      { type: 'string' }
    >),
  },
});

const count = (name: Count) => Number(values[name] ?? COUNTS[name][values.quick ? 'quick' : 'full']);
const seed = Number(values.seed);
const cycles = (full: number) => count('cycles') || full;
const faults: Record<string, () => Promise<Report>> = {
  store: async () => (await import('./store.js')).storeFaults({ seed, cycles: cycles(1_000), only: values.only }),
  mongo: async () => (await import('./mongo-kill.js')).mongoFaults({ seed, cycles: cycles(100) }),
  erasure: async () => (await import('./erasure.js')).erasureFaults({ seed, cycles: cycles(100) }),
  reconnect: async () =>
    (await import('./reconnect.js')).reconnectFaults({
      seed,
      cuts: count('cuts'),
      silent: count('silent'),
    }),
  restarts: async () => (await import('./restarts.js')).restartFaults({ seed, restarts: count('restarts') }),
  scale: async () => (await import('./scale.js')).scaleFaults({ seed, seconds: count('seconds') }),
};

faults.followers = async () => {
  const names = ['kills', 'seeds', 'takeovers', 'events', 'mails', 'outage', 'peak'] as const;
  const counts = Object.fromEntries(names.map((name) => [name, count(name)])) as Record<(typeof names)[number], number>;
  const { followerFaults } = await import('./followers/faults.js');
  return followerFaults({ seed, only: values.only, ...counts });
};

const asked = positionals.length > 0 ? positionals : Object.keys(faults);
if (asked.some((name) => !(name in faults)) || Number.isNaN(seed)) {
  console.error(`Usage: npm run test:faults -- [${Object.keys(faults).join('|')}] [--quick] [--seed N] [--<count> N]`);
  process.exit(2);
}
// The processes that are started here do not keep this one going, and each leaves a listener for its end.
const going = setInterval(() => undefined, 60_000);
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
let losses = 0;
for (const name of asked) {
  const begun = Date.now();
  const report = await faults[name]!();
  console.log(report.text(`${name}, seed ${seed}, ${((Date.now() - begun) / 1_000).toFixed(0)} s`));
  losses += report.losses;
}
clearInterval(going);
process.exit(losses > 0 ? 1 : 0);
