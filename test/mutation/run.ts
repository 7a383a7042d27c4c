import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../src/core/project-root.js';
import { equivalents } from './equivalent.js';
import { nameOf } from './mutant.js';
import { printed, survivorsOf, type Tried } from './report.js';
import { drawn } from './sample.js';
import { makeSandbox } from './sandbox.js';
import { tryAll } from './suites.js';
import { suites, suitesOfAlways, suitesWithStores } from './targets.js';
import { tryMutants, type Trial } from './trials.js';

/**
 * `npm run test:mutation -- [options] [SUITE …]` puts small faults into the code, one at a time, and runs the tests that
 * reach it. Fails if a mutant survives without a reason in equivalent.ts.
 *
 * --seed TEXT    draws other mutants             --scale N      draws N times as many
 * --only PATH    all mutants of matching files   --stores       adds the code and the suites that need stores
 * --again        the last run's survivors only   --equivalents  runs the tests against the explained ones, too
 * --at-once N    processes (2)
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: 'frontdoor' },
    scale: { type: 'string', default: '1' },
    only: { type: 'string' },
    again: { type: 'boolean', default: false },
    stores: { type: 'boolean', default: false },
    equivalents: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '2' },
  },
});

const reportFile = join(projectRoot, 'dist/mutation-report.json');
const reasons = new Map(equivalents.map((known) => [nameOf(known), known.why]));

/** Saves the outcomes so far; --again reads them. */
const save = () => writeFileSync(reportFile, JSON.stringify(tried, undefined, 1));

// Interrupted, it takes the processes that it has started with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const begun = Date.now();
const seconds = () => `${((Date.now() - begun) / 1_000).toFixed(0)} s`;
const again = values.again ? new Set(survivorsOf(reportFile)) : undefined;
const mutants = drawn({
  seed: values.seed,
  scale: Number(values.scale),
  only: values.only,
  stores: values.stores,
}).filter((mutant) => again?.has(nameOf(mutant)) ?? true);
const named = mutants.map((mutant, nth) => [String(nth), mutant] as const);
console.log(`${mutants.length} mutants, seed ${values.seed}`);
const sandbox = await makeSandbox(new Map(named));
console.log(`built after ${seconds()}`);
const passing = await tryAll(
  sandbox,
  positionals.length > 0 ? positionals : [...suites, ...(values.stores ? suitesWithStores : suitesOfAlways)],
);
console.log(`${passing.length} suites pass without a mutant, after ${seconds()}`);

const tried: Tried[] = [];
const trials: Trial[] = [];
for (const [id, mutant] of named) {
  const why = reasons.get(nameOf(mutant));
  const reaching = passing.filter(({ reaches }) => reaches.has(id)).sort((a, b) => a.took - b.took);
  if (why !== undefined && (!values.equivalents || reaching.length === 0)) {
    tried.push({ ...mutant, outcome: 'equivalent', by: why });
  } else if (reaching.length === 0) tried.push({ ...mutant, outcome: 'not reached', by: '' });
  else trials.push({ id, suites: reaching });
}
await tryMutants(sandbox, trials, Number(values['at-once']), ({ id, outcome, by }) => {
  const mutant = mutants[Number(id)]!;
  const why = reasons.get(nameOf(mutant));
  if (why === undefined) tried.push({ ...mutant, outcome, by });
  else if (outcome === 'survived') tried.push({ ...mutant, outcome: 'equivalent', by: why });
  else tried.push({ ...mutant, outcome: 'not equivalent', by });
  if (outcome === 'survived' || tried.length % 25 === 0)
    console.log(`${tried.length} after ${seconds()}: ${outcome}: ${nameOf(mutant)}`);
  save();
});
save();
const { text, unexplained } = printed(tried);
console.log(`${text}\n${seconds()}`);
process.exit(unexplained > 0 ? 1 : 0);
