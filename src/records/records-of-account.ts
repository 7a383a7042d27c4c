import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Db } from 'mongodb';
import type { Parked } from '../../projections/parked.js';
import type { RecordDocument } from '../../projections/records.js';
import { accountKind } from '../account/account.events.js';
import type { CommandHandling } from '../core/handle-command.js';
import { DomainError } from '../core/problem.js';
import { newestPositionOf } from '../core/read-log.js';
import { asProblem } from '../core/store-errors.js';
import { referralDecider } from '../referral/referral.decider.js';
import { referralIdOf, referralKind, referralStream } from '../referral/referral.events.js';
import type { OwnWrites } from '../session/own-writes.js';

const RECORDS = 'records';

export interface RecordsTools {
  events: EventStoreDBClient;
  handling: CommandHandling;
  ownWrites: Pick<OwnWrites, 'reached'>;
  parked: Pick<Parked, 'blockedFrom'>;
  views: Db;
}

/**
 * The ids of everything that an account has begun or sent, for what destroys or exports it. A list that is behind would
 * leave something out, so the read model must have reached the end of the log as it is now: waits up to two seconds for
 * that, then throws UNAVAILABLE. Events that it has parked are missing from it: their streams are asked themselves.
 */
export async function recordsOfAccount(tools: RecordsTools, council: string, accountId: string): Promise<string[]> {
  const { handling, parked, views } = tools;
  await untilComplete(tools);
  const listed = await views
    .collection<RecordDocument>(RECORDS)
    .find({ council, accountId })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const ids = new Set(listed.map(({ _id }) => _id));
  for (const stream of (await parked.blockedFrom(RECORDS)).keys()) {
    const id = referralIdOf(stream);
    if (ids.has(id)) continue;
    const { state } = await handling.state(referralDecider, referralStream(id), true);
    if (state.council === council && state.accountId === accountId) ids.add(id);
  }
  return [...ids].sort();
}

async function untilComplete({ events, ownWrites }: RecordsTools): Promise<void> {
  // An event that any follower takes moves the checkpoint of every follower.
  const end = await newestPositionOf(events, [accountKind.category, referralKind.category]).catch((error: unknown) => {
    throw asProblem(error);
  });
  if (await ownWrites.reached(end, RECORDS)) return;
  const message = 'What is held cannot be listed completely just now. Please try again shortly.';
  const cause = new Error(`The read model ${RECORDS} has not reached the end of the log.`);
  throw new DomainError('UNAVAILABLE', message, undefined, undefined, { cause });
}
