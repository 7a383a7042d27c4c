import { parseArgs } from 'node:util';
import type { Report } from './report.js';

/**
 * `npm run test:faults -- store|mongo|reconnect|erasure [--cycles N] [--cuts N] [--silent N] [--seed N]
 * [--only disk|sync|damage|kill]`: takes processes away
 * from under their callers, over and over, and counts what is lost. Prints what it did; fails where anything was lost.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cycles: { type: 'string' },
    cuts: { type: 'string', default: '500' },
    silent: { type: 'string', default: '50' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
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
};

const run = faults[positionals[0] ?? ''];
if (!run || Number.isNaN(seed)) {
  console.error(
    'Usage: npm run test:faults -- store|mongo|reconnect|erasure [--cycles N] [--cuts N] [--silent N] [--seed N]',
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
