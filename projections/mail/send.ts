import { LRUCache } from 'lru-cache';
import type { MailLedger, MailJob, Outcome } from './ledger.js';
import { compose, ofNewerRelease, type ComposeDeps, type Earlier } from './compose.js';
import { REMEMBERED } from './context.js';
import { HEARTBEAT, type Leases } from '../lease.js';
import { quietUntil } from './daytime.js';
import { isReminder } from './mail.js';
import { LONGEST_PAUSE, pauseBeforeRetry } from './retry.js';
import { refusalOf, smtpTransport, type MailTransport } from './smtp.js';

/** How often the ledger is looked at while nobody calls, in milliseconds. */
const POLL = 500;
/** Mails under way at once. */
const LANES = 4;
/** How long mails under way may take to end when the sender stops: a process has 25 s to drain. */
const DRAIN = 15_000;
/** How long a mail is left to a newer release before it is looked at again, in milliseconds. */
const LEFT = 30_000;
/** Before the holder's name in its lease. */
const SENDER = 'mail-sender/';

export interface MailSenderDeps extends Omit<ComposeDeps, 'earlier'> {
  ledger: MailLedger;
  smtpUrl: string;
  /** By which others learn that this process is there: what it has claimed is due again when it is not. */
  leases: Pick<Leases, 'holder' | 'hold' | 'release' | 'isSurelyHeld' | 'living'>;
  /** Told of mails that failed for good and of trouble with the ledger; lines hold no personal data. */
  report?: (line: string) => void;
}

/**
 * Sends what the ledger says is due. Any number of processes may run one. It never throws: where the ledger, the event
 * store or the mail server is away it waits and goes on. A mail that was sent is recorded before its stream is looked at
 * again; only where the process dies between the two, or the server's reply is lost, does a mail go out once more.
 */
export class MailSender {
  private readonly transport: MailTransport;
  private readonly earlier = new LRUCache<string, Earlier>(REMEMBERED);
  private readonly stopping = new AbortController();
  private readonly aborting = new AbortController();
  private readonly underWay = new Map<MailJob, Promise<void>>();
  private readonly outcomes = new Map<MailJob, Outcome>();
  private running: Promise<void> | undefined;
  private woken = false;
  /** Mails that may be due, as far as is known here: an empty claim for each that is sent would cost more than it. */
  private mayBeDue = Infinity;
  /** When the ledger last said that nothing was due. */
  private nothingAt = 0;
  /** Whether it may have passed over mails of streams that were busy. */
  private passedOver = false;
  private endPause: () => void = () => undefined;
  private trouble = false;

  constructor(private readonly deps: MailSenderDeps) {
    this.transport = smtpTransport(deps.smtpUrl, LANES);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Looks at the ledger at once: so many mails were queued. */
  wake(queued = Infinity): void {
    this.mayBeDue += queued;
    this.woken = true;
    this.endPause();
  }

  /** Takes no more mails, waits for those under way, for a while, and records what became of them. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    const drained = setTimeout(() => this.aborting.abort(), DRAIN);
    await Promise.all(this.underWay.values());
    clearTimeout(drained);
    await this.tolerate(() => this.recordOutcomes());
    await this.tolerate(() => this.deps.leases.release(this.lease));
    this.transport.close();
  }

  private async run(): Promise<void> {
    const beat = setInterval(() => void this.tolerate(() => this.beat()), HEARTBEAT);
    await this.tolerate(() => this.beat());
    try {
      await this.work();
    } finally {
      clearInterval(beat);
    }
  }

  private get lease(): string {
    return `${SENDER}${this.deps.leases.holder}`;
  }

  /** Says that this process is there, and takes over from those that are not any more. */
  private async beat(): Promise<void> {
    const { leases, ledger } = this.deps;
    await leases.hold(this.lease);
    const claimants = await ledger.claimants();
    if (claimants.every((holder) => holder === leases.holder)) return;
    const living = new Set((await leases.living()).map(({ _id }) => _id));
    const gone = claimants.filter((holder) => !living.has(`${SENDER}${holder}`));
    await ledger.releaseClaimsOf(gone);
    if (gone.length > 0) this.wake();
  }

  private async work(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = false;
      const took = await this.tolerate(async () => {
        await this.recordOutcomes();
        return this.take();
      });
      if (!took) await this.pause();
    }
  }

  /** Takes one mail, if one is due and there is a lane for it. */
  private async take(): Promise<boolean> {
    if (this.underWay.size >= LANES || !this.deps.leases.isSurelyHeld(this.lease)) return false;
    // Others queue mails too, and mails that failed come due by themselves.
    const known = performance.now() - this.nothingAt >= POLL ? Infinity : this.mayBeDue;
    if (known === 0) return false;
    // More may be queued while it is asked for.
    this.mayBeDue = 0;
    const busy = [...this.underWay.keys()].map(({ stream }) => stream);
    const job = await this.deps.ledger.claim(busy, this.deps.leases.holder);
    if (!job) {
      this.nothingAt = performance.now();
      this.passedOver = busy.length > 0;
      return false;
    }
    this.mayBeDue += known - 1;
    const delivery = this.deliver(job).then((outcome) => {
      this.underWay.delete(job);
      this.outcomes.set(job, outcome);
      this.wake(this.passedOver ? Infinity : 0);
    });
    this.underWay.set(job, delivery);
    return true;
  }

  /** One try. Never rejects. */
  private async deliver(job: MailJob): Promise<Outcome> {
    try {
      const council = isReminder(job.kind) ? this.deps.councils.byId(job.council) : undefined;
      const at = council && quietUntil(this.deps.clock.now(), council.timeZone);
      if (at) return { status: 'WAITING', at };
      const mail = await compose({ ...this.deps, earlier: this.earlier }, job);
      if (mail === ofNewerRelease) return { status: 'WAITING', at: new Date(this.deps.clock.now().getTime() + LEFT) };
      if (typeof mail === 'string') return this.failed(job, mail, null);
      // Frozen or cut off meanwhile: another may have it by now.
      if (!this.deps.leases.isSurelyHeld(this.lease)) return { status: 'WAITING', at: this.deps.clock.now() };
      await this.transport.send(mail, this.aborting.signal);
      return { status: 'SENT' };
    } catch (error) {
      const { permanent, aboutThisMail, problem, code } = refusalOf(error);
      if (permanent) return this.failed(job, problem, code);
      const now = this.deps.clock.now().getTime();
      const failingFor = job.failingSince ? now - job.failingSince.getTime() : 0;
      const pause = pauseBeforeRetry(failingFor, job.priority === 0, Math.random());
      if (pause !== null) return { status: 'QUEUED', problem, code, at: new Date(now + pause) };
      if (aboutThisMail) return this.failed(job, `given up; ${problem}`, code);
      // Something that the mail needs has been away for a day: the mail gets another day once that is back.
      return { status: 'QUEUED', problem, code, at: new Date(now + LONGEST_PAUSE), failingSince: new Date(now) };
    }
  }

  private failed({ _id, kind }: MailJob, problem: string, code: number | null): Outcome {
    this.deps.report?.(`mail ${_id} (${kind}) failed: ${problem}`);
    return { status: 'FAILED', problem, code };
  }

  /** Before anything else is claimed: a ledger that was away must not give a sent mail out again. */
  private async recordOutcomes(): Promise<void> {
    for (const [job, outcome] of this.outcomes) {
      await this.deps.ledger.record(job, outcome);
      this.outcomes.delete(job);
    }
  }

  private async tolerate<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.trouble = false;
      return result;
    } catch (error) {
      if (!this.trouble) this.deps.report?.(`the mail ledger cannot be used: ${(error as Error).name}`);
      this.trouble = true;
      return undefined;
    }
  }

  private async pause(): Promise<void> {
    if (this.woken || this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
