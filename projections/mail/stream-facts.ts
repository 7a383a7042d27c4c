import { accountKind } from '../../src/account/account.events.js';
import type { EventLog } from '../../src/core/event-log.js';
import { referralKind } from '../../src/referral/referral.events.js';
import type { MailFact } from './mail.js';

/** The facts of an account's or a referral's stream, oldest first, from a revision on. */
export function factsOf(log: EventLog, stream: string, from = 0): AsyncIterable<MailFact> {
  return isAccount(stream) ? log.facts(accountKind, stream, from) : log.facts(referralKind, stream, from);
}

export function isAccount(stream: string): boolean {
  return stream.startsWith(`${accountKind.category}-`);
}

/** False for an event of a type that only a newer release knows. */
export function isKnown({ stream, type }: MailFact): boolean {
  return Object.hasOwn(isAccount(stream) ? accountKind.clear : referralKind.clear, type);
}
