import { parseArgs } from 'node:util';
import { saveForm } from './api.js';
import { history, keyCost, verifyLog } from './audit.js';
import { checkForm } from './forms.js';
import { journey } from './journey.js';
import { boot, commandGrowth, memory } from './large.js';
import { listGrowth, submittedForms } from './lists.js';
import { report, said, type Figure, type Options } from './measure.js';
import { mongoOps } from './mongo-ops.js';
import { peerPostgres, peerSqlite } from './peers.js';
import { rebuild } from './rebuild.js';
import { logInStorm, overload } from './storms.js';
import { append, catchUp, growth, page } from './stores.js';

/**
 * `npm run bench -- [NAME …] [--json] [--scale PART]`: measures, compares within one run, prints, and fails where a bar is
 * missed. With `--scale 0.01` what is prepared is a hundredth as large: for trying out.
 */
const benches: Record<string, (options: Options) => Promise<Figure[]>> = {
  append,
  catch_up: catchUp,
  growth,
  page,
  mongo_ops: mongoOps,
  save_form: saveForm,
  journey,
  submitted_forms: submittedForms,
  list_growth: listGrowth,
  command_growth: commandGrowth,
  rebuild,
  boot,
  memory,
  log_in_storm: logInStorm,
  overload,
  peer_sqlite: peerSqlite,
  peer_postgres: peerPostgres,
  check_form: checkForm,
  verify: verifyLog,
  history,
  key_cost: keyCost,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, scale: { type: 'string', default: '1' } },
});
const scale = Number(values.scale);
if (!(scale > 0 && scale <= 1)) {
  console.error('--scale is a part of the whole, such as 0.01.');
  process.exit(2);
}
const unknown = positionals.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
let failed = false;
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const begun = performance.now();
  try {
    const measured = await bench({ scale, seconds: scale < 1 ? 1 : 3 });
    for (const figure of measured) process.stderr.write(`  ${said(figure)}\n`);
    figures.push(...measured);
  } catch (error) {
    // The others are measured all the same.
    failed = true;
    console.error(`${name} failed:`, error);
  }
  process.stderr.write(`  took ${((performance.now() - begun) / 1_000).toFixed(0)} s\n`);
}
process.exit(report(figures, values.json) && !failed ? 0 : 1);
