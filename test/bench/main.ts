import { parseArgs } from 'node:util';
import { saveForm } from './api.js';
import { history, keyCost, verifyLog } from './audit.js';
import { checkForm } from './forms.js';
import { report, type Figure } from './measure.js';
import { mongoOps } from './mongo-ops.js';
import { append, catchUp, growth, page } from './stores.js';

/** `npm run bench -- [NAME …] [--json]`: measures, compares within one run, prints, and fails where a bar is missed. */
const benches: Record<string, () => Promise<Figure[]>> = {
  append,
  catch_up: catchUp,
  growth,
  page,
  mongo_ops: mongoOps,
  save_form: saveForm,
  check_form: checkForm,
  verify: verifyLog,
  history,
  key_cost: keyCost,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length === 0 || positionals.includes(name)) figures.push(...(await bench()));
}
process.exitCode = report(figures, values.json) ? 0 : 1;
