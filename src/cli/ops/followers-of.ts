import type { Follower } from '../../../projections/follow.js';
import { allFollowers } from '../../../projections/followers.js';
import { openPublishing } from '../../../projections/kafka/open.js';
import type { Platform } from '../../platform.js';
import { Refused } from './refused.js';

/** The followers of an installation, to be asked after: nothing is run. Kafka's is one where KAFKA_BROKERS is set. */
export function followersOf(platform: Platform): Follower[] {
  const publishing = openPublishing(platform);
  return allFollowers({ ...platform, ledger: platform.mails, wakeMail: () => undefined, publishing });
}

/** The follower of this name. Throws Refused where there is none, and names those that there are. */
export function followerNamed(platform: Platform, name: string): Follower {
  const followers = followersOf(platform);
  const found = followers.find((follower) => follower.name === name);
  if (found) return found;
  throw new Refused(`There is no follower ${name}. There are: ${followers.map((one) => one.name).join(', ')}.`);
}
