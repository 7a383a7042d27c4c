import { randomUUID } from 'node:crypto';
import { call, median, upTo, type Reply } from '../caller.js';
import type { SecurityRow } from '../row.js';

const BYTES = 1_000_000;
const BAR = 10;

const register = 'mutation($input: RegisterInput!) { register(input: $input) { challengeId } }';

/**
 * A password of a megabyte is refused by its length, unread: a stranger's, and one with a token that is made up. (Of who
 * is logged in it is read, and refused before it is hashed or looked at letter by letter.)
 */
export const row: SecurityRow = {
  name: 'a password of 1 MB',
  area: 'Passwords',
  target: '4xx in < 10 ms (median)',
  async run(ground) {
    const { base } = await ground.started();
    const send = (password: string, headers: Record<string, string> = {}) => {
      const person = { forename: 'A', surname: 'B', email: 'long@example.org', password, professional: true };
      return call({ base, council: 'lancashire', headers }, register, {
        input: { ...person, commandId: randomUUID() },
      });
    };
    const long = 'x'.repeat(BYTES);
    const token = { authorization: 'Bearer made-up' };
    const kinds: Record<string, () => Promise<Reply>> = {
      'a stranger': () => send(long),
      'with a made-up token': () => send(long, token),
      // What any refusal takes, here and now.
      '1 byte': () => send('x'),
    };
    for (const ask of Object.values(kinds)) for (const _nth of upTo(5)) await ask();
    const replies = new Map<string, Reply[]>(Object.keys(kinds).map((kind) => [kind, []]));
    for (const _nth of upTo(ground.count(101, 31))) {
      for (const [kind, ask] of Object.entries(kinds)) replies.get(kind)!.push(await ask());
    }
    const took = (kind: string) => median(replies.get(kind)!.map((reply) => reply.took));
    const tooLong = ['a stranger', 'with a made-up token'];
    const statuses = [...new Set(tooLong.flatMap((kind) => replies.get(kind)!.map(({ status }) => status)))];
    const times = Object.keys(kinds).map((kind) => `${kind} ${took(kind).toFixed(1)} ms`);
    return {
      measured: `${statuses.join(', ')}; medians: ${times.join(', ')}`,
      pass: statuses.every((status) => status >= 400 && status < 500) && tooLong.every((kind) => took(kind) < BAR),
    };
  },
};
