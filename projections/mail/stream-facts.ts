import { accountKind } from '../../src/account/account.events.js';
import type { EventLog } from '../../src/core/event-log.js';
import { referralKind } from '../../src/referral/referral.events.js';
import type { MailFact } from './mail.js';

/** All facts of an account's or a referral's stream, oldest first. */
export function factsOf(log: EventLog, stream: string): AsyncIterable<MailFact> {
  return isAccount(stream) ? log.facts(accountKind, stream) : log.facts(referralKind, stream);
}

export function isAccount(stream: string): boolean {
  return stream.startsWith(`${accountKind.category}-`);
}
