import { parseArgs } from 'node:util';
import { loadConfig } from '../../config.js';
import { Councils } from '../../council/councils.js';
import type { Council } from '../../council/council.js';
import { developmentToken } from '../../staff/development-token.js';
import { Api } from '../demo/api.js';
import { inLanes } from './lanes.js';
import { progressBar } from '../progress-bar.js';
import { randomOf } from './random.js';
import { Referrers, writerOf } from './referrers.js';
import { seedReferral } from './referral.js';

/**
 * `npm run seed -- --referrals N [--seed S] [--council ID]`: invented people and their referrals, through the public API of
 * the service that runs on this machine. The same seed makes the same: said twice, the second time changes nothing, and
 * a larger number adds to what is there.
 */
const { values } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    council: { type: 'string' },
  },
});
const [total, seed] = [Number(values.referrals), Number(values.seed)];
/** Forms under way at once: what the stores sync together costs once. */
const LANES = 64;
/** Log-ins under way at once: a password is hashed for each. */
const LOG_INS = 8;

const config = loadConfig(process.env);
if (config.production || !Number.isInteger(total) || total < 1 || !Number.isInteger(seed)) {
  console.error('Usage, outside production: npm run seed -- --referrals N [--seed WHOLE_NUMBER] [--council ID]');
  process.exit(2);
}
const councils = Councils.load(config.councilsDir).all();
const chosen = councils.filter(({ id }) => values.council === undefined || id === values.council);
if (chosen.length === 0) {
  console.error(`There is no council ${values.council}. There are: ${councils.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
const base = `http://127.0.0.1:${config.port}`;
await fetch(`${base}/healthz`).catch(() => {
  console.error(`Nothing answers at ${base}: start the service first, with npm start or npm run dev.`);
  process.exit(1);
});

try {
  const people = await writeForms();
  console.log(`${total} forms of ${people} referrers in ${chosen.map(({ id }) => id).join(', ')}.`);
} catch (error) {
  console.error(
    `\n${error instanceof Error ? error.message : String(error)}\nSay it again: it goes on where it stopped.`,
  );
  process.exit(1);
}

/** Gives how many people wrote them. */
async function writeForms(): Promise<number> {
  const referrers = new Referrers(seed);
  const forms = Array.from({ length: total }, (_, place) => {
    const council = chosen[place % chosen.length]!;
    const nth = Math.floor(place / chosen.length);
    const name = `seed ${seed} form ${nth} of ${council.id}`;
    const next = randomOf(name);
    return { council, name, next, writer: writerOf(nth, next()) };
  });
  const writers = new Map(forms.map(({ council, writer }) => [`${council.id} ${writer}`, { council, writer }]));
  const signingIn = progressBar(writers.size, (done) => `${done} of ${writers.size} log-ins`);
  await inLanes(LOG_INS, [...writers.values()], async ({ council, writer }) => {
    await referrers.of(council, writer, new Api(base, council.id));
    signingIn.step();
  });
  signingIn.end();
  const workers = new Map(await Promise.all(chosen.map(async (council) => [council, await worker(council)] as const)));
  const writing = progressBar(total, (done) => `${done} of ${total} forms`);
  await inLanes(LANES, forms, async ({ council, writer, name, next }) => {
    const visitor = new Api(base, council.id);
    const cast = { council, referrer: await referrers.of(council, writer, visitor), worker: workers.get(council)! };
    await seedReferral(cast, name, next);
    writing.step();
  });
  writing.end();
  return writers.size;
}

async function worker({ id: council }: Council): Promise<Api> {
  const claims = { sub: 'seed-worker', name: 'Wendy Worker', role: 'worker', council };
  return new Api(base, council, await developmentToken(config, claims));
}
