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
