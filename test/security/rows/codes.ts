import { documents as ask } from '../../../src/cli/demo/documents.js';
import { PASSWORD, registered } from '../../support/people.js';
import { call, inLanes, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

const TRIES = 100;
const PEOPLE = 10;
/** One code at a time: the tries at several would be more at once than a process lets in, and most of them turned away. */
const RACES = 1;

/** The right code, tried so many times at once. */
export const row: SecurityRow = {
  name: 'one use, raced',
  area: 'Codes',
  target: '100 parallel correct tries → 1 success, × 500',
  async run(ground) {
    const count = ground.count(500, 2 * PEOPLE);
    const frontdoor = await ground.started({ LIMITS: 'calls=off codes-sent=off' });
    const visitor = frontdoor.visitor('lancashire');
    const caller = { base: frontdoor.base, council: 'lancashire' };
    const people = await Promise.all(upTo(PEOPLE).map(() => registered(visitor)));
    const successes = await inLanes(people, RACES, async ({ email, seen }) => {
      const counts: number[] = [];
      for (const _nth of upTo(count / PEOPLE)) {
        const { challengeId: id } = await visitor.ask(ask.logIn, { email, password: PASSWORD });
        const code = await visitor.code(email, seen);
        const replies = await Promise.all(upTo(TRIES).map(() => call(caller, ask.confirmLogIn, { id, code })));
        const others = replies.filter(({ code: problem }) => problem !== undefined && problem !== 'CODE_USED_UP');
        if (others.length > 0) throw new Error(`a try was answered ${others[0]!.code}`);
        counts.push(replies.filter(({ data }) => data?.confirmLogIn).length);
      }
      return counts;
    });
    const all = successes.flat();
    const wrong = all.filter((successful) => successful !== 1).length;
    return {
      measured: `${all.length} codes × ${TRIES} tries: ${all.length - wrong} with 1 success, ${wrong} with another count`,
      pass: wrong === 0,
    };
  },
};
