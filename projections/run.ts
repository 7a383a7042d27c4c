import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import type { Platform } from '../src/platform.js';
import { SavedFormSweep } from '../src/referral/saved-form-sweep.js';
import { follow } from './follow.js';
import { allFollowers } from './followers.js';
import { Leases } from './lease.js';
import { MailSender } from './mail/send.js';

/** Starts everything that follows the log: read models, mail, erasure and the sweep of saved forms. */
export function startFollowers(platform: Platform): { stop(): Promise<void> } {
  const { clock, log, secrets, councils, mails: ledger, smtpUrl, logger, vault, views, handling } = platform;
  // Where this process holds the only stores there are, a holder before it is certainly gone.
  const holder = platform.alone ? 'embedded' : `${hostname()}/${process.pid}/${randomUUID()}`;
  const tools = { client: platform.events, log, leases: new Leases(vault, holder), logger };
  const report = (line: string) => logger.error(line);
  const sender = new MailSender({ log, councils, secrets, clock, ledger, smtpUrl, report });
  const sweep = new SavedFormSweep(views, handling, clock, logger);
  const stopping = new AbortController();
  const followers = allFollowers({ ...platform, ledger, wakeMail: () => sender.wake() });
  const running = followers.map((follower) => follow(follower, tools, stopping.signal));
  const ready = platform.alone ? ledger.releaseClaims() : Promise.resolve();
  // Where the ledger cannot be reached the claims run out by themselves.
  void ready.catch(() => undefined).then(() => sender.start());
  sweep.start();
  return {
    async stop() {
      stopping.abort();
      await Promise.all([...running, sender.stop(), sweep.stop()]);
    },
  };
}
