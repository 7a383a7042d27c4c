import type { Collection, Db, Filter } from 'mongodb';
import type { Council } from '../../src/council/council.js';
import type { Councils } from '../../src/council/councils.js';
import { DAY, MINUTE, type Clock } from '../../src/core/clock.js';
import { derivedId } from '../../src/core/ids.js';
import type { EventLog } from '../../src/core/event-log.js';
import type { Logger } from '../../src/core/logger.js';
import { Repeating } from '../../src/core/repeating.js';
import { referralIdOf } from '../../src/referral/referral.events.js';
import type { Leases } from '../lease.js';
import type { ReminderDocument } from '../reminders.js';
import { maskedAddress } from './address.js';
import { remind } from './choose.js';
import { isDaytime, localDay } from './daytime.js';
import { readContext } from './follower.js';
import { idOf, type MailEntry, type MailLedger } from './ledger.js';

const EVERY = 5 * MINUTE;
const BATCH = 200;
/** How many days before its end a saved form is told of. */
const DAYS_BEFORE = 3;
const LEASE = 'reminder-sweep';

export interface RemindDeps {
  views: Db;
  log: EventLog;
  ledger: MailLedger;
  councils: Pick<Councils, 'all'>;
  leases: Pick<Leases, 'hold' | 'release'>;
  clock: Clock;
  logger: Logger;
  /** Called once mails were queued. */
  wake?: () => void;
}

/**
 * Queues reminders by day: of saved forms that will soon be erased, and of requests that are overdue. Each once, however
 * often it runs and whoever runs it: a mail's id follows from what it reminds of. Whether it is still called for is
 * asked again when it is sent.
 */
export class ReminderSweep {
  private readonly documents: Collection<ReminderDocument>;
  private readonly repeating = new Repeating(
    () => this.sweep(),
    (error) => this.deps.logger.error('reminders failed, will run again', { error }),
  );

  constructor(private readonly deps: RemindDeps) {
    this.documents = deps.views.collection<ReminderDocument>('reminders');
  }

  start(): void {
    this.repeating.start(EVERY);
  }

  stop(): Promise<void> {
    return this.repeating.stop();
  }

  /** Queues all that are due; gives their number. */
  async sweep(): Promise<number> {
    const { councils, leases, clock } = this.deps;
    if (!(await leases.hold(LEASE))) return 0;
    let queued = 0;
    try {
      const now = clock.now();
      for (const council of councils.all().filter(({ timeZone }) => isDaytime(now, timeZone))) {
        for (const due of dueNow(council, now)) queued += await this.remindOf(due, now);
      }
    } finally {
      await leases.release(LEASE);
    }
    if (queued > 0) this.deps.wake?.();
    return queued;
  }

  private async remindOf(due: Filter<ReminderDocument>, now: Date): Promise<number> {
    let queued = 0;
    let batch: ReminderDocument[] = [];
    const flush = async () => {
      queued += await this.queue(batch, now);
      batch = [];
    };
    for await (const document of this.documents.find(due).sort({ ends: 1, _id: 1 })) {
      batch.push(document);
      if (batch.length === BATCH) await flush();
    }
    await flush();
    return queued;
  }

  private async queue(documents: readonly ReminderDocument[], now: Date): Promise<number> {
    const { ledger, log } = this.deps;
    const queued = await ledger.known(documents.map(mailIdOf));
    const entries: MailEntry[] = [];
    for (const document of documents.filter((one) => !queued.has(mailIdOf(one)))) {
      const context = await readContext(log, document);
      const choice = remind(document.kind, document.stream, context, context);
      if (choice) entries.push(entryOf(document, choice.to, now));
    }
    await ledger.queue(entries);
    return entries.length;
  }
}

function dueNow({ id: council, timeZone, savedFormDays }: Council, now: Date): Filter<ReminderDocument>[] {
  const soon = new Date(now.getTime() + DAYS_BEFORE * DAY).toISOString();
  const overdue = { council, kind: 'request-overdue' as const, ends: { $lt: localDay(now, timeZone) } };
  // Kept so shortly, a form would be announced as nearly erased when it is saved.
  if (savedFormDays <= DAYS_BEFORE) return [overdue];
  return [{ council, kind: 'saved-form-expiring', ends: { $gt: now.toISOString(), $lte: soon } }, overdue];
}

/** No fact calls for a reminder: what stands in its place is what it is sent once for. */
function occasionId({ stream, kind, occasion }: ReminderDocument): string {
  return derivedId(stream, kind, occasion);
}

function mailIdOf(document: ReminderDocument): string {
  return idOf({ factId: occasionId(document), kind: document.kind });
}

function entryOf(document: ReminderDocument, to: string, now: Date): MailEntry {
  const { stream, revision, council, kind } = document;
  return {
    factId: occasionId(document),
    stream,
    revision,
    council,
    kind,
    to: maskedAddress(to),
    referralId: referralIdOf(stream),
    at: now.toISOString(),
    urgent: false,
  };
}
