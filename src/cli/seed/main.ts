import { parseArgs } from 'node:util';
import { loadConfig } from '../../config.js';
import { Councils } from '../../council/councils.js';
import { derivedId } from '../../core/ids.js';
import { developmentToken } from '../../staff/development-token.js';
import { Api, ApiProblem } from '../demo/api.js';
import { documents as ask } from '../demo/documents.js';
import { patiently } from './patient.js';
import { fullName } from './people.js';
import { progressBar } from './progress-bar.js';
import { randomOf } from './random.js';
import { seedReferral, type Cast } from './referral.js';

/**
 * `npm run seed -- --referrals N [--seed S] [--council ID]`: invented people and their referrals, through the public API of
 * the service that runs on this machine. The same seed makes the same: said twice, the second time changes nothing.
 */
const { values } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    council: { type: 'string' },
  },
});
const [total, seed] = [Number(values.referrals), Number(values.seed)];
/** Requests under way at once. */
const LANES = 16;
/** One referrer writes so many forms, or fewer. */
const FORMS_EACH = 250;
const PASSWORD = 'Correct-Horse-7-Battery';

const config = loadConfig(process.env);
if (config.production || !(total >= 1) || !Number.isInteger(seed)) {
  console.error('Usage, outside production: npm run seed -- --referrals N [--seed WHOLE_NUMBER] [--council ID]');
  process.exit(2);
}
const base = `http://127.0.0.1:${config.port}`;
await fetch(`${base}/healthz`).catch(() => {
  console.error(`Nothing answers at ${base}: start the service first, with npm start or npm run dev.`);
  process.exit(1);
});
const councils = Councils.load(config.councilsDir).all();
const chosen = councils.filter(({ id }) => values.council === undefined || id === values.council);
if (chosen.length === 0) throw new Error(`There is no council ${values.council}.`);

const bar = progressBar(total);
const casts: Cast[] = [];
const each = Math.ceil(total / chosen.length / FORMS_EACH);
for (const council of chosen) {
  const token = await developmentToken(config, {
    sub: 'seed-worker',
    name: 'Wendy Worker',
    role: 'worker',
    council: council.id,
  });
  const worker = new Api(base, council.id, token);
  for (let nth = 0; nth < each; nth += 1) casts.push({ council, worker, referrer: await referrer(council.id, nth) });
}
let begun = 0;
const lane = async () => {
  while (begun < total) {
    const nth = begun;
    begun += 1;
    await seedReferral(casts[nth % casts.length]!, `seed ${seed} form ${nth}`, seed * 1_000_003 + nth);
    bar.step();
  }
};
await Promise.all(Array.from({ length: LANES }, lane));
bar.end();
console.log(`${total} forms of ${casts.length} referrers in ${chosen.map(({ id }) => id).join(', ')}.`);

/** Logs in where an earlier seed made the account, registers it where not. */
async function referrer(council: string, nth: number): Promise<Cast['referrer']> {
  const name = `seed ${seed} referrer ${nth} of ${council}`;
  const account = {
    ...fullName(randomOf(seed * 7919 + nth)),
    email: `seed-${seed}-${nth}@example.org`,
    professional: true,
  };
  const visitor = new Api(base, council);
  const seen = new Set((await mailsTo(account.email)).map(({ id }) => id));
  const { id, registering } = await challenge(visitor, account, name);
  const code = await visitor.code(account.email, seen);
  const confirm = registering ? ask.confirm : ask.confirmLogIn;
  const { token } = await visitor.ask<{ token: string }>(confirm, { id, code });
  const api = visitor.as(token);
  const { termsOutstanding: terms } = await api.ask<{ termsOutstanding: { version: string } | null }>(ask.me);
  if (terms)
    await api.ask(ask.acceptTerms, { commandId: derivedId(name, 'terms', terms.version), version: terms.version });
  return { api, account };
}

/** Begins a log-in, or where there is no such account yet, a registration. */
async function challenge(visitor: Api, account: { email: string }, name: string) {
  const { email } = account;
  try {
    const { challengeId: id } = await patiently(visitor, ask.logIn, { email, password: PASSWORD });
    return { id, registering: false };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'CREDENTIALS_WRONG') throw error;
    const input = { commandId: derivedId(name, 'register'), ...account, password: PASSWORD };
    const { challengeId: id } = await patiently(visitor, ask.register, { input });
    return { id, registering: true };
  }
}

async function mailsTo(email: string): Promise<{ id: string }[]> {
  return (await (await fetch(`${base}/mailbox.json?to=${encodeURIComponent(email)}`)).json()) as { id: string }[];
}
