import { randomUUID } from 'node:crypto';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { beside } from '../../support/frontdoor.js';
import { call, upTo, type Caller } from '../caller.js';
import type { SecurityRow } from '../row.js';

const MOST = 20;

export const row: SecurityRow = {
  name: 'one count for all processes, restarts and forged headers',
  area: 'Brute force',
  target: `${MOST} calls of an address and no more, 429 with Retry-After`,
  async run(ground) {
    const LIMITS = `calls=${MOST}/1h`;
    const first = await ground.started({ LIMITS });
    const second = await ground.started({ ...beside(first), LIMITS });
    const logIn = (caller: Caller) =>
      call(caller, ask.logIn, { email: `${randomUUID()}@example.org`, password: 'Wrong-Horse-7-Battery' });
    const replies = [];
    for (const nth of upTo(3 * MOST)) {
      if (nth === MOST / 2) {
        await second.kill();
        await second.restart();
      }
      const { base } = nth % 2 ? first : second;
      replies.push(await logIn({ base, council: 'sefton', headers: { 'x-forwarded-for': `203.0.113.${nth}` } }));
    }
    const evaluated = replies.filter(({ code }) => code === 'CREDENTIALS_WRONG').length;
    const refused = replies.filter(({ code }) => code === 'TOO_MANY_REQUESTS');
    const told = refused.every(({ status, headers }) => status === 429 && Number(headers.get('retry-after')) > 0);
    return {
      measured: `${replies.length} calls to 2 processes with forged X-Forwarded-For and a restart: ${evaluated} evaluated, ${refused.length} refused${told ? ' with 429 and Retry-After' : ' WITHOUT 429'}`,
      pass: evaluated === MOST && evaluated + refused.length === replies.length && told,
    };
  },
};
