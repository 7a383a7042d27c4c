import { accountKind, accountStream } from '../../../src/account/account.events.js';
import { registered } from '../../support/people.js';
import { call, inLanes, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

const CODES = 100;
const ALIASES = 10;
const resetRequest = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';

/**
 * Guesses at codes that were sent, with every limit off but the codes' own: half of them ten to a request by aliases, all
 * of them from ever other addresses by their own word. What was evaluated stands in the accounts' streams.
 */
export const row: SecurityRow = {
  name: 'guesses through aliases and addresses',
  area: 'Brute force',
  target: '10⁵ guesses → ≤ 5 evaluated a code, none right',
  async run(ground) {
    const guesses = ground.count(100_000, 4_000);
    const frontdoor = await ground.timed({
      LIMITS: 'calls=off codes-from=off codes-everywhere=off codes-sent=off',
    });
    const council = frontdoor.visitor('sefton');
    const people = await inLanes(upTo(10), 4, () => registered(council));
    const ids = await inLanes(upTo(CODES), 8, async (nth) => {
      const { challengeId } = await council.ask(resetRequest, { email: people[nth % people.length]!.email });
      return challengeId as string;
    });
    const guess = (nth: number) => String((nth * 7_919) % 100_000_000).padStart(8, '0');
    const caller = (nth: number) => ({
      base: council.base,
      council: 'sefton',
      headers: { 'x-forwarded-for': `10.${(nth >> 16) & 255}.${(nth >> 8) & 255}.${nth & 255}` },
    });
    const reset = (id: string, code: string) =>
      `resetPassword(challengeId:"${id}",code:"${code}",newPassword:"Correct-Horse-8-Battery")`;
    const one = async (nth: number) => call(caller(nth), `mutation{${reset(ids[nth % CODES]!, guess(nth))}}`);
    const several = async (nth: number) => {
      const aliased = upTo(ALIASES).map(
        (alias) => `a${alias}:${reset(ids[nth % CODES]!, guess(nth * ALIASES + alias))}`,
      );
      return call(caller(nth), `mutation{${aliased.join(' ')}}`);
    };
    const replies = [
      ...(await inLanes(upTo(guesses / 2), 32, one)),
      ...(await inLanes(upTo(guesses / 2 / ALIASES), 32, several)),
    ];
    const right = replies.filter(({ data }) => Object.values(data ?? {}).some((done) => done === true)).length;
    const evaluated = new Map<string, number>();
    for (const { accountId } of people) {
      for await (const fact of frontdoor.platform.log.facts(accountKind, accountStream(accountId))) {
        const challengeId = fact.type === 'SignInFailed' ? fact.data.challengeId : undefined;
        if (challengeId) evaluated.set(challengeId, (evaluated.get(challengeId) ?? 0) + 1);
      }
    }
    const most = Math.max(0, ...evaluated.values());
    return {
      measured: `${guesses} guesses at ${CODES} codes: at most ${most} evaluated a code, ${right} right`,
      pass: most <= 5 && right === 0 && evaluated.size > 0,
    };
  },
};
