import { documents as ask } from '../../../src/cli/demo/documents.js';
import { PASSWORD, registered, saveForm, startForm, type SavedForm } from '../../support/people.js';
import { call, median, percentile, upTo, type Reply } from '../caller.js';
import type { SecurityRow } from '../row.js';

const wrong = { email: 'nobody@example.org', password: `${PASSWORD}-not` };

const ROUNDS = 4;
const LANES = 16;

const starving: SecurityRow = {
  name: 'saving a form during a log-in storm',
  area: 'Passwords',
  target: 'p99 of saveForm ≤ 2 × quiet',
  async run(ground) {
    const saves = ground.count(1_000, 200);
    const frontdoor = await ground.started({ LIMITS: 'calls=off' });
    const { api } = await registered(frontdoor.visitor('sefton'));
    let form: SavedForm = await startForm(api, 'social-care-referral');
    const timed = async (count: number) => {
      const took: number[] = [];
      for (const _nth of upTo(count)) {
        const begun = performance.now();
        form = await saveForm(api, form, { answersPatch: {} });
        took.push(performance.now() - begun);
      }
      return took;
    };
    let logIns = 0;
    const besideStorm = async (count: number) => {
      let storming = true;
      const logIn = async () => {
        await call({ base: frontdoor.base, council: 'sefton' }, ask.logIn, wrong);
        logIns += 1;
      };
      const storm = upTo(LANES).map(async () => {
        while (storming) await logIn();
      });
      // It has begun once the first that came were answered.
      await logIn();
      const took = await timed(count);
      storming = false;
      await Promise.all(storm);
      return took;
    };
    await timed(50);
    // In turn: what else the machine does hits both alike.
    const [quiet, stormy]: [number[], number[]] = [[], []];
    for (const _round of upTo(ROUNDS)) {
      quiet.push(...(await timed(saves / ROUNDS)));
      stormy.push(...(await besideStorm(saves / ROUNDS)));
    }
    const [before, during] = [percentile(quiet, 0.99), percentile(stormy, 0.99)];
    return {
      measured: `${before.toFixed(1)} ms quiet, ${during.toFixed(1)} ms beside ${logIns} log-ins (medians ${median(quiet).toFixed(1)}, ${median(stormy).toFixed(1)}; ${saves} saves each)`,
      pass: during <= 2 * before,
    };
  },
};

/** So many requests at least are under way in a process that is busy (http-overload.ts); two hundred passwords wait (passwords.ts). */
const LET_IN = 128;

const queue: SecurityRow = {
  name: 'more log-ins at once than can wait',
  area: 'Passwords',
  target: '503 with Retry-After beyond the queue, every other answered',
  async run(ground) {
    const frontdoor = await ground.started({ LIMITS: 'calls=off log-ins=off log-ins-from=off' });
    const replies: Reply[] = await Promise.all(
      upTo(600).map(() => call({ base: frontdoor.base, council: 'sefton' }, ask.logIn, wrong)),
    );
    const refused = replies.filter(({ status, code }) => status === 503 && code === 'UNAVAILABLE');
    const told = refused.every(({ headers }) => Number(headers.get('retry-after')) > 0);
    const answered = replies.filter(({ code }) => code === 'CREDENTIALS_WRONG').length;
    return {
      measured: `600 at once: ${answered} answered, ${refused.length} refused with 503${told ? ' and Retry-After' : ''}`,
      pass: answered >= LET_IN && refused.length > 0 && answered + refused.length === 600 && told,
    };
  },
};

export const rows = [starving, queue];
