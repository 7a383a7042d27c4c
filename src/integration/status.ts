import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Db } from 'mongodb';
import type { Follower } from '../../projections/follow.js';
import { followerLags, type Lag } from '../../projections/lag.js';
import { receipts, type ReceiptDocument } from '../../projections/receipts.js';
import type { Councils } from '../council/councils.js';
import { MINUTE, type Clock } from '../core/clock.js';

const HOUR = 60 * MINUTE;

export interface LateReferral {
  reference: string;
  version: number;
  submittedAt: string;
  /** How long it has been late, in hours. */
  lateBy: number;
}

export interface CouncilReceipts {
  council: string;
  /** Within how many hours a version is to be acknowledged; null where none is expected to be. */
  receiptHours: number | null;
  /** Versions that no system has acknowledged, late or not. */
  unacknowledged: number;
  late: number;
  /** The latest of them, the oldest first. */
  referrals: LateReferral[];
}

export interface IntegrationStatus {
  councils: CouncilReceipts[];
  followers: Lag[];
}

export interface StatusDeps {
  events: EventStoreDBClient;
  views: Db;
  councils: Pick<Councils, 'all'>;
  clock: Clock;
  followers: readonly Pick<Follower, 'name' | 'kinds' | 'takes' | 'checkpoints'>[];
}

/**
 * What no system has acknowledged in time, and how far each follower is behind. `listed`: referrals of each council;
 * `mostCounted`: of the log behind the last follower.
 */
export async function integrationStatus(
  deps: StatusDeps,
  listed = 100,
  mostCounted?: number,
): Promise<IntegrationStatus> {
  const now = deps.clock.now();
  const documents = deps.views.collection<ReceiptDocument>(receipts.name);
  const councils = deps.councils.all().map(async ({ id: council, integration: { receiptHours } }) => {
    const open = { council, acknowledgedAt: null };
    if (receiptHours === null) {
      return { council, receiptHours, unacknowledged: await documents.countDocuments(open), late: 0, referrals: [] };
    }
    const due = new Date(now.getTime() - receiptHours * HOUR).toISOString();
    const lateOnes = { ...open, submittedAt: { $lte: due } };
    const [unacknowledged, late, oldest] = await Promise.all([
      documents.countDocuments(open),
      documents.countDocuments(lateOnes),
      documents.find(lateOnes).sort({ submittedAt: 1 }).limit(listed).toArray(),
    ]);
    return { council, receiptHours, unacknowledged, late, referrals: oldest.map((one) => lateReferral(one, due)) };
  });
  // Waited for together: where a store is away both fail, and a failure that nobody waits for ends the process.
  const lags = followerLags(deps.events, deps.followers, now, mostCounted);
  const [told, followers] = await Promise.all([Promise.all(councils), lags]);
  return { councils: told, followers };
}

function lateReferral({ reference, version, submittedAt }: ReceiptDocument, due: string): LateReferral {
  return { reference, version, submittedAt, lateBy: (Date.parse(due) - Date.parse(submittedAt)) / HOUR };
}
