import type { Recorded } from '../../../src/core/decider.js';
import type { ReferralEvent } from '../../../src/referral/referral.events.js';
import {
  amendmentStarted,
  contactStarted,
  discarded,
  erased,
  formStarted,
  formSubmitted,
  informationRequested,
  isla,
  noah,
  receipt,
  responsePosted,
  subjectsNamed,
} from '../../deciders/referral-story.js';
import type { FollowingWorld } from '../../support/following.js';
import type { Random } from '../random.js';
import type { Report } from '../report.js';

const submitted = (n: number, version = 1, requestId: string | null = null) =>
  formSubmitted({ reference: `REF-${n}`, version, requestId });

/** What becomes of referrals: command after command. */
export const lives: ((n: number) => ReferralEvent[][])[] = [
  (n) => [[formStarted(), subjectsNamed(2, isla, noah)], [submitted(n)], [contactStarted(2)], [receipt()]],
  (n) => [
    [formStarted(), subjectsNamed(2, isla)],
    [submitted(n)],
    [informationRequested({ requestId: `request-${n}` })],
    [amendmentStarted({ requestId: `request-${n}` })],
    [submitted(n, 2, `request-${n}`)],
    [receipt(2)],
    [responsePosted(5, [isla], true)],
  ],
  () => [[formStarted()], [subjectsNamed(2, isla)], [discarded()]],
  (n) => [[formStarted(), subjectsNamed(2, noah)], [submitted(n)], [erased]],
];

/** Referrals that live on a little with each call. */
export class Lives {
  private readonly open: { n: number; left: ReferralEvent[][] }[] = [];
  private begun = 0;
  facts = 0;

  constructor(
    private readonly world: FollowingWorld,
    private readonly random: Random,
  ) {}

  /** So many commands, each of some referral. */
  async goOn(commands: number): Promise<void> {
    for (let nth = 0; nth < commands; nth += 1) {
      if (this.open.length < 3 || this.random.next() < 0.3) {
        const n = (this.begun += 1);
        this.open.push({ n, left: this.random.of(lives)(n) });
      }
      const one = this.random.of(this.open);
      const events = one.left.shift()!;
      await this.world.append(one.n, ...events);
      this.facts += events.length;
      if (one.left.length === 0) this.open.splice(this.open.indexOf(one), 1);
    }
  }
}

/** Lives that are told at the same time: what is of one stream lies far apart in the log. */
const SIDE_BY_SIDE = 128;

/**
 * Fills the log with referrals, so many facts at least, and gives them: each life in two appends, with those of others
 * between them.
 */
export async function fill(
  world: FollowingWorld,
  random: Random,
  most: number,
  report: Report,
): Promise<Recorded<ReferralEvent>[]> {
  const facts: Recorded<ReferralEvent>[] = [];
  let begun = 0;
  const write = async () => {
    while (facts.length < most) {
      const n = (begun += 1);
      const life = random.of(lives)(n);
      const middle = Math.ceil(life.length / 2);
      facts.push(...(await world.record(n, ...life.slice(0, middle).flat())));
      facts.push(...(await world.record(n, ...life.slice(middle).flat())));
      report.progress(`${facts.length} of ${most} facts appended`);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, write));
  return facts;
}
