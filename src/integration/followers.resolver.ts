import { Inject } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import type { Follower } from '../../projections/follow.js';
import { allFollowers } from '../../projections/followers.js';
import { openPublishing } from '../../projections/kafka/open.js';
import { followerLags } from '../../projections/lag.js';
import { PLATFORM } from '../core/tokens.js';
import type { Platform } from '../platform.js';
import { Access } from '../session/access.js';

/** How long an answer is kept, in milliseconds: the log is read at most so often, however many people look. */
const KEPT = 5_000;

interface FollowerLag {
  name: string;
  events: number;
  seconds: number;
  countedAll: boolean;
}

/** How far each follower is behind the log: names and figures, nothing of any council's. */
@Resolver()
export class FollowersResolver {
  private readonly all: Follower[];
  private asked?: { at: number; answer: Promise<FollowerLag[]> };

  constructor(@Inject(PLATFORM) private readonly platform: Platform) {
    const publishing = openPublishing(platform);
    this.all = allFollowers({ ...platform, ledger: platform.mails, wakeMail: () => undefined, publishing });
  }

  @Query('followers')
  @Access('WORKER', 'AUDITOR', 'RECORDS_OFFICER', 'SERVICE')
  async followers(): Promise<FollowerLag[]> {
    const now = this.platform.clock.now();
    if (!this.asked || now.getTime() - this.asked.at > KEPT) {
      this.asked = { at: now.getTime(), answer: this.read(now) };
    }
    return this.asked.answer;
  }

  private async read(now: Date): Promise<FollowerLag[]> {
    const lags = await followerLags(this.platform.events, this.all, now);
    return lags.map(({ follower: name, events, seconds, more }) => ({ name, events, seconds, countedAll: !more }));
  }
}
