import type { Db } from 'mongodb';
import type { FileStore } from '../src/attachment/file-store.js';
import { accountKind } from '../src/account/account.events.js';
import type { Clock } from '../src/core/clock.js';
import type { DomainEvent, Recorded, StreamKind } from '../src/core/decider.js';
import type { EventLog } from '../src/core/event-log.js';
import type { DataKeys } from '../src/core/keys.js';
import { referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import { Checkpoints, ReadModelCheckpoints } from './checkpoints.js';
import { erase, erasing } from './erasure.js';
import type { Follower } from './follow.js';
import { inbox } from './inbox.js';
import { queueMails, RememberedContexts } from './mail/follower.js';
import type { MailLedger } from './mail/ledger.js';
import type { MailFact } from './mail/mail.js';
import { publishFacts, type PublishDeps } from './kafka/follower.js';
import { createIndexes, project } from './project.js';
import type { Projection, ViewDocument } from './projection.js';
import { receipts } from './receipts.js';
import { records } from './records.js';
import { registrations } from './registrations.js';
import { reminders } from './reminders.js';
import { savedForms } from './saved-forms.js';
import { Shadow } from './shadow.js';
import { submittedForms } from './submitted-forms.js';

export interface FollowerStores {
  views: Db;
  vault: Db;
  log: EventLog;
  keys: DataKeys;
  files: FileStore;
  ledger: MailLedger;
  clock: Clock;
  wakeMail: (queued: number) => void;
  /** Where integration events are published; absent: nowhere. */
  publishing?: PublishDeps;
}

/** The kinds of stream that anybody follows. */
export const followedKinds = [accountKind.category, referralKind.category];

/** Every follower there is. Checkpoints of read models stand beside them; those of effects in the vault. */
export function allFollowers(stores: FollowerStores): Follower[] {
  const { views, vault, log, keys, files, ledger, clock, wakeMail, publishing } = stores;
  const rebuildable = new ReadModelCheckpoints(views);
  const lasting = new Checkpoints(vault);
  const mail = { log, ledger, clock, contexts: new RememberedContexts(), wake: wakeMail };
  return [
    projectionFollower(savedForms, views, rebuildable),
    projectionFollower(submittedForms, views, rebuildable),
    projectionFollower(inbox, views, rebuildable),
    projectionFollower(receipts, views, rebuildable),
    projectionFollower(reminders, views, rebuildable),
    projectionFollower(records, views, rebuildable),
    projectionFollower(registrations, views, rebuildable),
    {
      name: 'mail',
      kinds: [kind(accountKind), kind(referralKind)],
      checkpoints: lasting,
      handle: handledBy((facts: MailFact[]) => queueMails(mail, facts)),
    },
    {
      name: 'erasure',
      kinds: [kind(referralKind), kind(accountKind)],
      takes: erasing,
      checkpoints: lasting,
      handle: handledBy((facts: Parameters<typeof erase>[1]) => erase({ keys, files, log, clock }, facts)),
    },
    ...(publishing ? [kafkaFollower(publishing, lasting)] : []),
  ];
}

/** The follower that keeps one read model: folds a batch in memory, document by document, and writes it at once. */
function projectionFollower<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  views: Db,
  checkpoints: Checkpoints,
): Follower {
  const collection = views.collection<ViewDocument>(projection.name);
  const shape = { version: projection.shapeVersion ?? 1, takes: [...projection.takes].sort() };
  return {
    name: projection.name,
    kinds: [projection.kind],
    takes: projection.takes,
    endings: projection.endings,
    checkpoints,
    handle: handledBy((facts: Recorded<E>[]) => project(projection, collection, facts)),
    shape,
    // Dropped, not emptied: a late reset takes the checkpoint of whoever began after it along, and is so noticed.
    async reset() {
      if (await collection.findOne({})) await collection.drop();
      await createIndexes(projection, views);
    },
    shadow: new Shadow(projection, views, shape),
  };
}

/** Without a checkpoint it begins with the first fact: Kafka turned on later gets everything. */
function kafkaFollower(publishing: PublishDeps, checkpoints: Checkpoints): Follower {
  return {
    name: 'kafka',
    kinds: [kind(referralKind)],
    checkpoints,
    handle: handledBy((facts: Recorded<ReferralEvent>[]) => publishFacts(publishing, facts)),
  };
}

export async function createViewIndexes(views: Db): Promise<void> {
  await Promise.all([
    createIndexes(savedForms, views),
    createIndexes(submittedForms, views),
    createIndexes(inbox, views),
    createIndexes(receipts, views),
    createIndexes(reminders, views),
    createIndexes(records, views),
    createIndexes(registrations, views),
  ]);
}

/** A follower is given facts of its kinds alone: which those are its handler knows, and a list of all followers cannot. */
function handledBy<F>(handle: (facts: F[]) => Promise<unknown>): Follower['handle'] {
  return async (facts) => void (await handle(facts as unknown as F[]));
}

/** A follower takes what its kinds open to; which facts those are it knows itself. */
function kind<E extends DomainEvent>(given: StreamKind<E>): StreamKind<DomainEvent> {
  return given;
}
