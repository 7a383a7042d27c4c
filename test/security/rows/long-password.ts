import { randomUUID } from 'node:crypto';
import { median } from '../caller.js';
import type { SecurityRow } from '../row.js';

const BYTES = 1_000_000;

const register = 'mutation($input: RegisterInput!) { register(input: $input) { challengeId } }';

/** A password of a megabyte is refused before it is hashed, or looked at letter by letter. */
export const row: SecurityRow = {
  name: 'a password of 1 MB',
  area: 'Passwords',
  target: '4xx in < 10 ms (median)',
  async run(ground) {
    const { base } = await ground.started();
    const send = async (password: string) => {
      const input = {
        commandId: randomUUID(),
        forename: 'A',
        surname: 'B',
        email: 'long@example.org',
        password,
        professional: true,
      };
      const body = JSON.stringify({ query: register, variables: { input } });
      const begun = performance.now();
      const reply = await fetch(`${base}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-council': 'lancashire' },
        body,
      });
      await reply.text();
      return { status: reply.status, took: performance.now() - begun };
    };
    const long = 'x'.repeat(BYTES);
    for (let nth = 0; nth < 5; nth += 1) await send(long);
    const replies = [];
    const short = [];
    for (let nth = 0; nth < ground.count(101, 31); nth += 1) {
      replies.push(await send(long));
      // What any refusal takes, here and now.
      short.push((await send('x')).took);
    }
    const statuses = [...new Set(replies.map(({ status }) => status))];
    const took = median(replies.map((reply) => reply.took));
    return {
      measured: `${statuses.join(', ')} in ${took.toFixed(1)} ms (median of ${replies.length}; of 1 byte: ${median(short).toFixed(1)} ms)`,
      pass: statuses.every((status) => status >= 400 && status < 500) && took < 10,
    };
  },
};
