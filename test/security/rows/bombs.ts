import { bombs, type Bomb } from '../../support/bombs.js';
import type { SecurityRow } from '../row.js';

const ROUNDS = 20;
const GUESSES = 15;

async function sent(base: string, body: unknown) {
  const text = JSON.stringify(body);
  const begun = performance.now();
  const reply = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-council': 'lancashire' },
    body: text,
  });
  const said = await reply.text();
  return { took: performance.now() - begun, status: reply.status, said };
}

const percentile = (times: number[], part: number) =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * part) - 1]!;

/** Documents and variables that ask for too much are refused, and cost little to refuse. */
const refusals: SecurityRow = {
  name: 'bombs',
  area: 'GraphQL',
  target: '50 bombs refused in p99 < 20 ms',
  async run(ground) {
    const { base } = await ground.started();
    const asked = ({ query, variables }: Bomb, salt: string) => sent(base, { query: `${query} ${salt}`, variables });
    // A server that has just begun compiles its own code first.
    for (const bomb of bombs) await asked(bomb, '');
    const rounds = ground.count(ROUNDS, 3);
    const replies: Awaited<ReturnType<typeof sent>>[] = [];
    // Each is another document, so that nothing of the one before can be used.
    for (let round = 1; round <= rounds; round += 1) {
      for (const bomb of bombs) replies.push(await asked(bomb, ' '.repeat(round)));
    }
    const refused = replies.filter(
      ({ status, said }) => (status === 400 || status === 413) && !said.includes('"data"'),
    );
    const times = replies.map(({ took }) => took);
    const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
    return {
      measured: `${bombs.length} bombs × ${rounds}: ${refused.length} of ${replies.length} refused, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
      pass: bombs.length >= 50 && refused.length === replies.length && p99 < 20,
    };
  },
};

/** Guesses packed into one request by aliases. */
const guesses: SecurityRow = {
  name: 'aliased guesses',
  area: 'GraphQL',
  target: '15 aliased guesses → at most 1 evaluated',
  async run(ground) {
    const { base } = await ground.started();
    const rounds = ground.count(100, 10);
    let evaluated = 0;
    for (let round = 0; round < rounds; round += 1) {
      const calls = Array.from(
        { length: GUESSES },
        (_, nth) => `g${nth}:logIn(email:"somebody@example.org",password:"guess ${round} ${nth}"){digits}`,
      );
      const { said } = await sent(base, { query: `mutation{${calls.join(' ')}}` });
      const { data, errors = [] } = JSON.parse(said) as { data?: unknown; errors?: { path?: unknown }[] };
      // What was evaluated answers under its own name.
      evaluated = Math.max(evaluated, data ? GUESSES : errors.filter(({ path }) => path !== undefined).length);
    }
    return { measured: `${GUESSES} guesses × ${rounds}: ${evaluated} evaluated`, pass: evaluated <= 1 };
  },
};

export const rows = [refusals, guesses];
