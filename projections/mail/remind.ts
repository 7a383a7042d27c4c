import type { Collection, Db } from 'mongodb';
import type { Council } from '../../src/council/council.js';
import type { Councils } from '../../src/council/councils.js';
import { DAY, MINUTE, type Clock } from '../../src/core/clock.js';
import { derivedId } from '../../src/core/ids.js';
import type { EventLog } from '../../src/core/event-log.js';
import { concernsOneKey } from '../../src/core/keys.js';
import type { Logger } from '../../src/core/logger.js';
import { Repeating } from '../../src/core/repeating.js';
import { referralIdOf } from '../../src/referral/referral.events.js';
import type { Leases } from '../lease.js';
import { reminders, type ReminderDocument } from '../reminders.js';
import { savedForms, type SavedFormDocument } from '../saved-forms.js';
import { maskedAddress } from './address.js';
import { remind } from './choose.js';
import type { MailContext } from './context.js';
import { isDaytime, localDay } from './daytime.js';
import { readContext } from './follower.js';
import { idOf, type MailEntry, type MailLedger } from './ledger.js';
import type { ReminderKind } from './mail.js';

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
  /** Called once so many mails were queued. */
  wake?: (queued: number) => void;
}

/** Something about which a referrer is to be reminded. */
interface Due {
  stream: string;
  revision: number;
  council: string;
  kind: ReminderKind;
  /** What a reminder is sent once for: it is another one where a saved form's end was moved. */
  occasion: string;
}

/**
 * Queues reminders by day: of saved forms that will soon be erased, and of requests that are overdue. Each once, however
 * often it runs and whoever runs it: a mail's id follows from what it reminds of. Whether it is still called for is
 * asked again when it is sent.
 */
export class ReminderSweep {
  private readonly requests: Collection<ReminderDocument>;
  private readonly savedForms: Collection<SavedFormDocument>;
  private readonly repeating = new Repeating(
    () => this.sweep(),
    (error) => this.deps.logger.error('reminders failed, will run again', { error }),
  );

  constructor(private readonly deps: RemindDeps) {
    this.requests = deps.views.collection<ReminderDocument>(reminders.name);
    this.savedForms = deps.views.collection<SavedFormDocument>(savedForms.name);
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
        queued += await this.remindOf(this.expiring(council, now), now);
        queued += await this.remindOf(this.overdue(council, now), now);
      }
    } finally {
      await leases.release(LEASE);
    }
    if (queued > 0) this.deps.wake?.(queued);
    return queued;
  }

  /** Saved forms that will be erased within three days. */
  private async *expiring({ id: council, savedFormDays }: Council, now: Date): AsyncGenerator<Due> {
    // Kept so shortly, a form would be announced as nearly erased when it is saved.
    if (savedFormDays <= DAYS_BEFORE) return;
    const soon = new Date(now.getTime() + DAYS_BEFORE * DAY).toISOString();
    const found = this.savedForms
      .find({ council, expiresAt: { $gt: now.toISOString(), $lte: soon } })
      .project<Pick<SavedFormDocument, 'stream' | 'revision' | 'expiresAt'>>({ stream: 1, revision: 1, expiresAt: 1 })
      .sort({ expiresAt: 1, _id: 1 });
    for await (const { stream, revision, expiresAt } of found) {
      yield { stream, revision, council, kind: 'saved-form-expiring', occasion: expiresAt };
    }
  }

  private overdue({ id: council, timeZone }: Council, now: Date): AsyncIterable<Due> {
    const overdue = { council, kind: 'request-overdue' as const, ends: { $lt: localDay(now, timeZone) } };
    return this.requests.find(overdue).sort({ ends: 1, _id: 1 });
  }

  private async remindOf(due: AsyncIterable<Due>, now: Date): Promise<number> {
    let queued = 0;
    let batch: Due[] = [];
    const flush = async () => {
      queued += await this.queue(batch, now);
      batch = [];
    };
    for await (const one of due) {
      batch.push(one);
      if (batch.length === BATCH) await flush();
    }
    await flush();
    return queued;
  }

  private async queue(due: readonly Due[], now: Date): Promise<number> {
    const { ledger } = this.deps;
    const queued = await ledger.known(due.map(mailIdOf));
    const entries: MailEntry[] = [];
    for (const one of due.filter((one) => !queued.has(mailIdOf(one)))) {
      const context = await this.contextOf(one);
      const choice = context && remind(one.kind, one.stream, context, context);
      if (choice) entries.push(entryOf(one, choice.to, now));
    }
    await ledger.queue(entries);
    return entries.length;
  }

  /** Undefined where its key is missing: the others get their reminders, and it is asked again by the next sweep. */
  private async contextOf(due: Due): Promise<MailContext | undefined> {
    try {
      return await readContext(this.deps.log, due);
    } catch (error) {
      if (!concernsOneKey(error)) throw error;
      this.deps.logger.error('a reminder waits for a data key', { part: due.stream, error });
      return undefined;
    }
  }
}

/** No fact calls for a reminder: what stands in its place is what it is sent once for. */
function occasionId({ stream, kind, occasion }: Due): string {
  return derivedId(stream, kind, occasion);
}

function mailIdOf(due: Due): string {
  return idOf({ factId: occasionId(due), kind: due.kind });
}

function entryOf(due: Due, to: string, now: Date): MailEntry {
  const { stream, revision, council, kind } = due;
  return {
    factId: occasionId(due),
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
