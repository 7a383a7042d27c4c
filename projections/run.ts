import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { openRoots } from '../src/audit/roots/open.js';
import { RootGathering } from '../src/audit/roots/gather.js';
import { ErasingJobs } from '../src/core/erasing-jobs.js';
import type { Platform } from '../src/platform.js';
import { RegistrationSweep } from '../src/account/registration-sweep.js';
import { FileCheck } from '../src/referral/file-check.js';
import { FileCheckSweep } from '../src/referral/file-check-sweep.js';
import { RetentionSweep } from '../src/records/retention-sweep.js';
import { SavedFormSweep } from '../src/referral/saved-form-sweep.js';
import { ControlWatch } from './controls.js';
import { follow } from './follow.js';
import { allFollowers } from './followers.js';
import { openPublishing } from './kafka/open.js';
import { Leases } from './lease.js';
import { MailLedger } from './mail/ledger.js';
import { ReminderSweep } from './mail/remind.js';
import { MailSender } from './mail/send.js';
import { observed } from './observe.js';

/** Starts everything that follows the log: read models, mail, erasure and the sweep of saved forms. */
export function startFollowers(platform: Platform): { stop(): Promise<void> } {
  const { clock, log, secrets, councils, stores, logger, vault, views, handling } = platform;
  // Where this process holds the only stores there are, a holder before it is certainly gone.
  const holder = stores.alone ? 'embedded' : `${hostname()}/${process.pid}/${randomUUID()}`;
  const leases = new Leases(vault, holder);
  // Claims and retries of mails are read by other processes, whose clocks may differ.
  const shared = leases.clock.shared(clock);
  const ledger = new MailLedger(vault, shared);
  const { parked, controls, feed } = platform;
  const watch = new ControlWatch(controls);
  const tools = { client: platform.events, feed, log, leases, logger, parked, controls, watch };
  const report = (line: string) => logger.error(line);
  const sender = new MailSender({
    log,
    councils,
    secrets,
    clock: shared,
    ledger,
    smtpUrl: stores.mail,
    leases,
    report,
  });
  const { guard } = new ErasingJobs(vault, clock, logger, leases.clock);
  const sweep = new SavedFormSweep(views, handling, clock, logger, guard);
  const retention = new RetentionSweep({ ...platform, leases }, guard);
  const registrations = new RegistrationSweep(views, handling, clock, logger, guard);
  const checks = new FileCheckSweep(new FileCheck(platform), platform);
  const stopping = new AbortController();
  // Each follower listens to it, and there are more than the ten that Node takes for a leak.
  setMaxListeners(0, stopping.signal);
  const wake = (queued: number) => sender.wake(queued);
  const reminders = new ReminderSweep({ views, log, ledger, councils, leases, clock, logger, wake });
  const roots = new RootGathering({ ...platform, ...openRoots(platform), leases });
  const publishing = openPublishing(platform);
  const followers = allFollowers({ ...platform, ledger, wakeMail: wake, publishing });
  const running = [
    watch.run(stopping.signal),
    ...followers.map((follower) => follow(observed(follower), tools, stopping.signal)),
  ];
  void leases.createIndexes().catch((error: unknown) => logger.error('leases have no index', { error }));
  const ready = stores.alone ? ledger.releaseClaims() : Promise.resolve();
  // Where the ledger cannot be reached the claims run out by themselves.
  void ready.catch(() => undefined).then(() => sender.start());
  sweep.start();
  retention.start();
  registrations.start();
  reminders.start();
  checks.start();
  roots.start(platform.config.audit.everyMinutes);
  return {
    async stop() {
      stopping.abort();
      await publishing?.stop();
      await Promise.all([
        reminders.stop(),
        ...running,
        sender.stop(),
        sweep.stop(),
        checks.stop(),
        roots.stop(),
        retention.stop(),
        registrations.stop(),
      ]);
    },
  };
}
