import { parseArgs } from 'node:util';
import type { Report } from './report.js';

/**
 * `npm run test:faults -- store|mongo|reconnect|erasure|followers|restarts|scale [--cycles N] [--cuts N] [--silent N] [--restarts N] [--seconds N] [--seed N]
 * [--only disk|sync|damage|kill]` (for followers: crash|shuffle|takeover|poison|smtp|mongo|kafka, and what
 * followers/faults.ts says of their counts): takes processes away
 * from under their callers, over and over, and counts what is lost. Prints what it did; fails where anything was lost.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cycles: { type: 'string' },
    cuts: { type: 'string', default: '500' },
    silent: { type: 'string', default: '50' },
    restarts: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '10000' },
    takeovers: { type: 'string', default: '20' },
    events: { type: 'string', default: '100000' },
    mails: { type: 'string', default: '300' },
    outage: { type: 'string', default: '600' },
    peak: { type: 'string', default: '72000' },
  },
});

const seed = Number(values.seed);
const cycles = (otherwise: number) => Number(values.cycles ?? otherwise);
const faults: Record<string, () => Promise<Report>> = {
  store: async () => (await import('./store.js')).storeFaults({ seed, cycles: cycles(1_000), only: values.only }),
  mongo: async () => (await import('./mongo-kill.js')).mongoFaults({ seed, cycles: cycles(100) }),
  erasure: async () => (await import('./erasure.js')).erasureFaults({ seed, cycles: cycles(100) }),
  reconnect: async () =>
    (await import('./reconnect.js')).reconnectFaults({
      seed,
      cuts: Number(values.cuts),
      silent: Number(values.silent),
    }),
  restarts: async () => (await import('./restarts.js')).restartFaults({ seed, restarts: Number(values.restarts) }),
  scale: async () => (await import('./scale.js')).scaleFaults({ seed, seconds: Number(values.seconds) }),
};

faults.followers = async () => {
  const { kills, seeds, takeovers, events, mails, outage, peak } = values;
  const counts = { kills, seeds, takeovers, events, mails, outage, peak };
  const numbers = Object.fromEntries(Object.entries(counts).map(([name, text]) => [name, Number(text)]));
  const { followerFaults } = await import('./followers/faults.js');
  return followerFaults({ seed, only: values.only, ...(numbers as Record<keyof typeof counts, number>) });
};

const run = faults[positionals[0] ?? ''];
if (!run || Number.isNaN(seed)) {
  console.error(
    'Usage: npm run test:faults -- store|mongo|reconnect|erasure|followers|restarts|scale [--cycles N] [--cuts N] [--silent N] [--restarts N] [--seconds N] [--seed N]',
  );
  process.exit(2);
}
const begun = Date.now();
// The processes that are started here do not keep this one going, and each leaves a listener for its end.
const going = setInterval(() => undefined, 60_000);
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const report = await run();
clearInterval(going);
console.log(report.text(`${positionals[0]}, seed ${seed}, ${((Date.now() - begun) / 1_000).toFixed(0)} s`));
process.exit(report.losses > 0 ? 1 : 0);
