import { randomUUID } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { DAY, type Clock } from '../../src/core/clock.js';
import { derivedId } from '../../src/core/ids.js';
import { NOBODY } from './address.js';
import { mailKinds, type MailKind } from './mail.js';

export type MailStatus = 'QUEUED' | 'SENT' | 'FAILED';

/** A mail to be queued: which fact calls for it. `to` is masked. */
export interface MailEntry {
  factId: string;
  stream: string;
  /** Of the fact. */
  revision: number;
  council: string;
  kind: MailKind;
  to: string;
  referralId: string | null;
  /** When the fact was decided, ISO text. */
  at: string;
  /** True where the mail is of use for minutes only: it goes before all others. */
  urgent: boolean;
}

/** A mail as the API tells of it. */
export interface MailDelivery {
  id: string;
  council: string;
  referralId: string | null;
  kind: MailKind;
  to: string;
  status: MailStatus;
  attempts: number;
  queuedAt: Date;
  sentAt: Date | null;
  problem: string | null;
}

/** A mail as the ledger keeps it: no address and no content, both are derived again from the stream. */
export interface MailJob extends Omit<MailDelivery, 'id'> {
  _id: string;
  stream: string;
  revision: number;
  /** 0 before 1: a backlog of confirmations must not outlast the life of a code. */
  priority: 0 | 1;
  nextAttemptAt: Date;
  /** When this round of tries first failed. */
  failingSince: Date | null;
  /** The last reply of the mail server, as SMTP code. */
  lastCode: number | null;
  /** The claim of the process that is sending it; null while nobody is. */
  claim: string | null;
  /** Whose claim it is: void once that process is not heard of any more. */
  claimedBy: string | null;
  resends: number;
  /** The command that asked for the last resend: the same again asks for nothing. */
  resendCommandId: string | null;
  /** When MongoDB removes the entry; null: as long as the referral's other records. */
  keptUntil: Date | null;
}

/** What became of one try. `at` is when to try again. */
export type Outcome =
  | { status: 'SENT' }
  | { status: 'FAILED'; problem: string; code: number | null }
  /** `failingSince` begins another round of tries. */
  | { status: 'QUEUED'; problem: string; code: number | null; at: Date; failingSince?: Date }
  /** Nothing failed: it is not the time of day for it. */
  | { status: 'WAITING'; at: Date };

/** How long a claim lasts, in milliseconds: longer than a try can take (see smtp.ts), or a mail would go out twice. */
export const LEASE = 120_000;
/** Mails of accounts say who logs in when: kept as long as a question about one may come up. */
const ACCOUNT_MAILS_KEPT = 30 * DAY;

/** The durable list of mails to send and what became of them, in the vault: it cannot be rebuilt. */
export class MailLedger {
  private readonly mails: Collection<MailJob>;

  constructor(
    vault: Db,
    private readonly clock: Clock,
  ) {
    this.mails = vault.collection<MailJob>('mails');
  }

  async createIndexes(): Promise<void> {
    await this.mails.createIndexes([
      { key: { status: 1, priority: 1, nextAttemptAt: 1 } },
      { key: { referralId: 1, queuedAt: 1, revision: 1 } },
      { key: { stream: 1 } },
      { key: { keptUntil: 1 }, expireAfterSeconds: 0 },
    ]);
  }

  /** Queues mails. One that was queued before, by the same fact, stays as it is. */
  async queue(entries: readonly MailEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const now = this.clock.now();
    const operations = entries.map((entry) => {
      const { _id, ...job } = newJob(entry, now);
      return { updateOne: { filter: { _id }, update: { $setOnInsert: job }, upsert: true } };
    });
    await this.mails.bulkWrite(operations, { ordered: false });
  }

  /** Of these mails, those that were queued before. */
  async known(ids: string[]): Promise<ReadonlySet<string>> {
    const found = await this.mails.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  /** The mails about a referral, oldest first. */
  async ofReferral(referralId: string): Promise<MailDelivery[]> {
    const jobs = await this.mails.find({ referralId }).sort({ queuedAt: 1, revision: 1 }).toArray();
    return jobs.map(deliveryOf);
  }

  /** How much waits and failed, and for how many seconds the most overdue mail has been due. */
  async backlog(): Promise<{ queued: number; failed: number; overdue: number }> {
    const due = ([0, 1] as const).map((priority) => {
      return this.mails.find({ status: 'QUEUED', priority }).sort({ nextAttemptAt: 1 }).limit(1).next();
    });
    const [queued, failed, ...oldest] = await Promise.all([
      this.mails.countDocuments({ status: 'QUEUED' }),
      this.mails.countDocuments({ status: 'FAILED' }),
      ...due,
    ]);
    const now = this.clock.now().getTime();
    const waits = oldest.map((job) => (job ? (now - job.nextAttemptAt.getTime()) / 1_000 : 0));
    return { queued, failed, overdue: Math.max(0, ...waits) };
  }

  async byId(id: string): Promise<MailDelivery | null> {
    const job = await this.mails.findOne({ _id: id });
    return job && deliveryOf(job);
  }

  /**
   * Has a mail sent again, once for each command; null where there is no such mail. One that is being sent at this moment
   * is left alone.
   */
  async requeue(id: string, commandId: string): Promise<MailDelivery | null> {
    const now = this.clock.now();
    await this.mails.updateOne(
      { _id: id, claim: null, resendCommandId: { $ne: commandId } },
      {
        $set: { status: 'QUEUED', nextAttemptAt: now, failingSince: null, problem: null, resendCommandId: commandId },
        $inc: { resends: 1 },
      },
    );
    return this.byId(id);
  }

  /** Takes away what is left of an address when its owner is erased. */
  async forget(stream: string): Promise<void> {
    await this.mails.updateMany({ stream }, { $set: { to: NOBODY } });
  }

  /**
   * Claims the next mail that is due, and counts the try; null where none is. It is not due again before the lease is
   * over, so that no other process takes it meanwhile and one will should this process die. Streams in `busy` are passed
   * over: the mails of one stream go one after the other. A kind that only a newer release knows is left to that one.
   */
  async claim(busy: readonly string[], holder: string): Promise<MailJob | null> {
    const now = this.clock.now();
    return this.mails.findOneAndUpdate(
      { status: 'QUEUED', nextAttemptAt: { $lte: now }, stream: { $nin: busy }, kind: { $in: [...mailKinds] } },
      {
        $set: { nextAttemptAt: new Date(now.getTime() + LEASE), claim: randomUUID(), claimedBy: holder },
        $inc: { attempts: 1 },
      },
      { sort: { priority: 1, nextAttemptAt: 1 }, returnDocument: 'after' },
    );
  }

  /** Lets every claim go. Only for a process that is certainly the only one: what it claimed before it died is due at once. */
  async releaseClaims(): Promise<void> {
    await this.mails.updateMany({ claim: { $ne: null } }, { $set: { claim: null, nextAttemptAt: this.clock.now() } });
  }

  /** Who has claims: a holder's lease is older than its first claim, so ask for these before you ask who is alive. */
  async claimants(): Promise<string[]> {
    return (await this.mails.distinct('claimedBy', { status: 'QUEUED', claim: { $ne: null } })) as string[];
  }

  /** Lets the claims of holders go that are not heard of any more: what they had begun is due at once. */
  async releaseClaimsOf(holders: readonly string[]): Promise<void> {
    if (holders.length === 0) return;
    await this.mails.updateMany(
      { status: 'QUEUED', claim: { $ne: null }, claimedBy: { $in: [...holders] } },
      { $set: { claim: null, claimedBy: null, nextAttemptAt: this.clock.now() } },
    );
  }

  /** How many mails wait, and how many have failed and wait for somebody to send them again. */
  async counts(): Promise<{ queued: number; failed: number; sent: number }> {
    const of = (status: MailStatus) => this.mails.countDocuments({ status });
    const [queued, failed, sent] = await Promise.all([of('QUEUED'), of('FAILED'), of('SENT')]);
    return { queued, failed, sent };
  }

  /** Mails that have failed, the newest first. */
  async failed(most: number): Promise<MailDelivery[]> {
    const jobs = await this.mails.find({ status: 'FAILED' }).sort({ queuedAt: -1 }).limit(most).toArray();
    return jobs.map(deliveryOf);
  }

  /** Records what became of a claimed mail. What came too late, after another claim, counts only where it was sent. */
  async record({ _id, claim, failingSince }: MailJob, outcome: Outcome): Promise<void> {
    const now = this.clock.now();
    if (outcome.status === 'SENT') {
      const sent = { status: outcome.status, sentAt: now, problem: null, lastCode: 250, claim: null };
      await this.mails.updateOne({ _id, status: 'QUEUED' }, { $set: sent });
      return;
    }
    if (outcome.status === 'WAITING') {
      const waiting = { nextAttemptAt: outcome.at, claim: null };
      await this.mails.updateOne({ _id, claim }, { $set: waiting, $inc: { attempts: -1 } });
      return;
    }
    const { status, problem, code: lastCode } = outcome;
    const again =
      outcome.status === 'QUEUED'
        ? { nextAttemptAt: outcome.at, failingSince: outcome.failingSince ?? failingSince ?? now }
        : {};
    await this.mails.updateOne({ _id, claim }, { $set: { status, problem, lastCode, claim: null, ...again } });
  }
}

/** The id of a mail follows from what calls for it. */
export function idOf({ factId, kind }: Pick<MailEntry, 'factId' | 'kind'>): string {
  return derivedId(factId, kind);
}

function newJob({ factId, at, urgent, ...entry }: MailEntry, now: Date): MailJob {
  return {
    _id: idOf({ factId, kind: entry.kind }),
    ...entry,
    status: 'QUEUED',
    attempts: 0,
    priority: urgent ? 0 : 1,
    queuedAt: now,
    // In the order of the facts, but never waiting for a clock that runs behind the one they were decided by.
    nextAttemptAt: new Date(Math.min(Date.parse(at), now.getTime())),
    failingSince: null,
    sentAt: null,
    problem: null,
    lastCode: null,
    claim: null,
    claimedBy: null,
    resends: 0,
    resendCommandId: null,
    keptUntil: entry.referralId === null ? new Date(now.getTime() + ACCOUNT_MAILS_KEPT) : null,
  };
}

function deliveryOf({ _id: id, council, referralId, kind, to, status, attempts, ...job }: MailJob): MailDelivery {
  const { queuedAt, sentAt, problem } = job;
  return { id, council, referralId, kind, to, status, attempts, queuedAt, sentAt, problem };
}
