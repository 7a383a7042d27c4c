import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../src/core/project-root.js';
import type { Frontdoor } from '../support/frontdoor.js';
import type { TimedFrontdoor } from '../support/timed-frontdoor.js';
import type { Ground, Measured, SecurityRow } from './row.js';

/**
 * `npm run test:security [-- --quick] [part of a row's name or area]`: puts the product under each attack of the
 * Security table in security-and-faults.md, and prints what was measured beside what is asked for. Fails where a row does.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' } } });
const quick = values.quick ?? false;

// Where the compiled programs are, for whoever starts them; read when the support is loaded.
process.env.FRONTDOOR_DIST ??= resolve(projectRoot, 'dist');
const { startFrontdoor } = await import('../support/frontdoor.js');
const { startTimedFrontdoor } = await import('../support/timed-frontdoor.js');

// The processes that are started here do not keep this one going, and each leaves a listener for its end.
const going = setInterval(() => undefined, 60_000);
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const asked = (positionals[0] ?? '').toLowerCase();
const rows = (await allRows()).filter(({ name, area }) => `${area} ${name}`.toLowerCase().includes(asked));
let [passed, failed] = [0, 0];
const begun = performance.now();
const since = (then: number) => `${Math.round((performance.now() - then) / 1_000)} s`;
console.log('row | target | measured | pass | took');
for (const row of rows) {
  const began = performance.now();
  const { measured, pass } = await measure(row);
  console.log(`${row.area}: ${row.name} | ${row.target} | ${measured} | ${pass ? 'yes' : 'NO'} | ${since(began)}`);
  if (pass) passed += 1;
  else failed += 1;
}
clearInterval(going);
console.log(`\nsecurity${quick ? ' (quick)' : ''}: ${passed} passed, ${failed} failed, in ${since(begun)}`);
process.exit(failed > 0 || rows.length === 0 ? 1 : 0);

/** Each file in `rows` gives one row, or several, under the name `row` or `rows`. */
async function allRows(): Promise<SecurityRow[]> {
  const folder = join(import.meta.dirname, 'rows');
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const modules = await Promise.all(
    files
      .sort()
      .map(
        (name) =>
          import(pathToFileURL(join(folder, name)).href) as Promise<{ row?: SecurityRow; rows?: SecurityRow[] }>,
      ),
  );
  return modules.flatMap(({ row, rows: several }) => several ?? (row ? [row] : []));
}

async function measure(row: SecurityRow): Promise<Measured> {
  const running: (Frontdoor | TimedFrontdoor)[] = [];
  const kept = async <T extends Frontdoor | TimedFrontdoor>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    running.push(one);
    return one;
  };
  const ground: Ground = {
    quick,
    count: (full, small) => (quick ? small : full),
    started: (settings) => kept(startFrontdoor(settings)),
    timed: (settings) => kept(startTimedFrontdoor(settings)),
  };
  try {
    return await row.run(ground);
  } catch (error) {
    return {
      measured: `could not be measured: ${error instanceof Error ? error.message : String(error)}`,
      pass: false,
    };
  } finally {
    for (const one of running) await one.stop();
  }
}
