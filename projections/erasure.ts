import type { FileStore } from '../src/attachment/file-store.js';
import type { Clock } from '../src/core/clock.js';
import type { Recorded } from '../src/core/decider.js';
import type { DataKeys } from '../src/core/keys.js';
import type { ReferralEvent } from '../src/referral/referral.events.js';

/**
 * Carries out what a fact of erasure says: destroys the key, which erases what it sealed, and removes the files. A
 * follower with a checkpoint, so that an erasure that was begun is ended, whenever the process dies.
 */
export async function erase(
  { keys, files, clock }: { keys: DataKeys; files: FileStore; clock: Clock },
  facts: Recorded<ReferralEvent>[],
): Promise<void> {
  for (const fact of facts) {
    if (!endsReferral(fact)) continue;
    await keys.destroy(fact.stream, clock.now());
    await files.deleteAll(fact.stream);
  }
}

/** A form discarded or expired before it was ever sent goes for good; the answer to a request goes alone. */
function endsReferral(fact: Recorded<ReferralEvent>): boolean {
  switch (fact.type) {
    case 'FormDiscarded':
    case 'SavedFormExpired':
      return fact.data.requestId === null;
    case 'ReferralErased':
      return true;
    default:
      return false;
  }
}
