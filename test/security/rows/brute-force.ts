import { loadConfig } from '../../../src/config.js';
import { accountKind, accountStream } from '../../../src/account/account.events.js';
import { systemClock } from '../../../src/core/clock.js';
import { openPlatform } from '../../../src/platform.js';
import { beside, type Frontdoor } from '../../support/frontdoor.js';
import { registered } from '../../support/people.js';
import { call, inLanes, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

const PEOPLE = 10;
const CODES = 100;
const ALIASES = 10;
const LANES = 32;
const NEW_PASSWORD = 'Correct-Horse-8-Battery';
const resetRequest = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';
const reset =
  'mutation($id: ID!, $code: String!, $password: String!){resetPassword(challengeId:$id, code:$code, newPassword:$password)}';

/**
 * Guesses at codes that were sent, with every limit off but the codes' own: half of them ten to a request by aliases, all
 * of them from ever other client addresses. What was evaluated stands in the accounts' streams.
 */
export const row: SecurityRow = {
  name: 'guesses through aliases and addresses',
  area: 'Brute force',
  target: '10⁵ guesses → ≤ 5 evaluated a code, none right',
  async run(ground) {
    const guesses = ground.count(100_000, 4_000);
    const LIMITS = 'calls=off codes-from=off codes-everywhere=off codes-sent=off';
    const frontdoor = await ground.started({ LIMITS, TRUST_PROXY: '127.0.0.1' });
    const { base } = frontdoor;
    const council = frontdoor.visitor('sefton');
    const people = await inLanes(upTo(PEOPLE), 4, () => registered(council));
    const ids = await inLanes(upTo(CODES), 8, async (nth) => {
      const { challengeId } = await council.ask(resetRequest, { email: people[nth % PEOPLE]!.email });
      return challengeId as string;
    });
    const guess = (nth: number) => String((nth * 7_919) % 100_000_000).padStart(8, '0');
    const caller = (nth: number) => ({
      base,
      council: 'sefton',
      headers: { 'x-forwarded-for': `10.${(nth >> 16) & 255}.${(nth >> 8) & 255}.${nth & 255}` },
    });
    const one = async (nth: number) =>
      call(caller(nth), reset, { id: ids[nth % CODES]!, code: guess(nth), password: NEW_PASSWORD });
    const several = async (nth: number) => {
      const aliased = upTo(ALIASES).map((alias) => {
        const code = guess(nth * ALIASES + alias);
        return `a${alias}:resetPassword(challengeId:"${ids[nth % CODES]!}",code:"${code}",newPassword:"${NEW_PASSWORD}")`;
      });
      return call(caller(nth), `mutation{${aliased.join(' ')}}`);
    };
    const replies = [
      ...(await inLanes(upTo(guesses / 2), LANES, one)),
      ...(await inLanes(upTo(guesses / 2 / ALIASES), LANES, several)),
    ];
    const right = replies.filter(({ data }) => Object.values(data ?? {}).some((done) => done === true)).length;
    const evaluated = await evaluatedOf(frontdoor, people);
    const most = Math.max(0, ...evaluated);
    return {
      measured: `${guesses} guesses at ${CODES} codes: at most ${most} evaluated a code, ${right} right`,
      pass: most <= 5 && right === 0 && evaluated.length === CODES,
    };
  },
};

/** How many guesses at each code were evaluated, by the facts of the accounts. */
async function evaluatedOf(frontdoor: Frontdoor, people: { accountId: string }[]): Promise<number[]> {
  const platform = await openPlatform(
    loadConfig({ NODE_ENV: 'test', DATA_DIR: frontdoor.dataDir, ...beside(frontdoor) }),
    systemClock,
  );
  const evaluated = new Map<string, number>();
  try {
    for (const { accountId } of people) {
      for await (const fact of platform.log.facts(accountKind, accountStream(accountId))) {
        const challengeId = fact.type === 'SignInFailed' ? fact.data.challengeId : undefined;
        if (challengeId) evaluated.set(challengeId, (evaluated.get(challengeId) ?? 0) + 1);
      }
    }
  } finally {
    await platform.close();
  }
  return [...evaluated.values()];
}
