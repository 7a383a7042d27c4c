import { accountKind, type AccountEvent } from '../src/account/account.events.js';
import type { FileStore } from '../src/attachment/file-store.js';
import type { Clock } from '../src/core/clock.js';
import type { Recorded } from '../src/core/decider.js';
import type { EventLog } from '../src/core/event-log.js';
import type { DataKeys } from '../src/core/keys.js';
import { referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import { mayLeaveFiles, unsentFiles } from './unsent-files.js';

export interface ErasureDeps {
  keys: DataKeys;
  files: FileStore;
  log: EventLog;
  clock: Clock;
}

const kinds = [referralKind, accountKind];

/** The facts that erase something, or may: what `erase` is to be given. */
export const erasing: ReadonlySet<string> = new Set<(ReferralEvent | AccountEvent)['type']>([
  'FormDiscarded',
  'SavedFormExpired',
  'ReferralErased',
  'AccountErased',
  'AttachmentRemoved',
  'InformationRequestRetracted',
  'LegalHoldLifted',
]);

/**
 * Carries out what a fact of erasure says: destroys the key, which erases what it sealed, and removes the files. A
 * follower with a checkpoint, so that an erasure that was begun is ended, whenever the process dies.
 */
export async function erase(deps: ErasureDeps, facts: Recorded<ReferralEvent | AccountEvent>[]): Promise<void> {
  const { keys, files, clock } = deps;
  const tidy = new Set<string>();
  for (const fact of facts) {
    if (kinds.some(({ isErasure }) => isErasure?.(fact))) {
      await keys.destroy(fact.stream, clock.now());
      await files.deleteAll(fact.stream);
    } else if (mayLeaveFiles(fact as Recorded<ReferralEvent>)) tidy.add(fact.stream);
  }
  for (const stream of tidy) await removeUnsent(deps, stream);
}

async function removeUnsent({ log, files }: ErasureDeps, stream: string): Promise<void> {
  const facts: Recorded<ReferralEvent>[] = [];
  for await (const fact of log.facts(referralKind, stream)) facts.push(fact);
  for (const id of unsentFiles(facts)) await files.delete(stream, id);
}
