import { LRUCache } from 'lru-cache';
import type { Clock } from '../../src/core/clock.js';
import { DAY, isoPlus } from '../../src/core/clock.js';
import type { EventLog } from '../../src/core/event-log.js';
import { referralIdOf } from '../../src/referral/referral.events.js';
import { maskedAddress } from './address.js';
import { choose, mayCallForMail } from './choose.js';
import { evolveContext, noContext, REMEMBERED, type MailContext } from './context.js';
import type { MailEntry, MailLedger } from './ledger.js';
import type { MailFact } from './mail.js';
import { factsOf, isAccount } from './stream-facts.js';

/** A mail about what happened longer ago is not queued: after a long outage, or a replay, it would only confuse. */
const TOO_OLD = 7 * DAY;
/** Facts after which nothing of an address may be left. */
const ENDS: ReadonlySet<MailFact['type']> = new Set(['ReferralErased', 'AccountClosed', 'AccountErased']);

export interface QueueMailsDeps {
  log: EventLog;
  ledger: MailLedger;
  clock: Clock;
  contexts: RememberedContexts;
  /** Called once so many mails were queued: MailSender.wake where the sender is in this process. */
  wake?: (queued: number) => void;
}

/** Queues the mails that a batch of facts calls for. Given the same facts again, it queues nothing again. */
export async function queueMails(deps: QueueMailsDeps, facts: readonly MailFact[]): Promise<void> {
  const entries: MailEntry[] = [];
  const erased: string[] = [];
  const now = deps.clock.now().toISOString();
  for (const fact of facts) {
    if (ENDS.has(fact.type)) erased.push(fact.stream);
    const context = await deps.contexts.at(deps.log, fact);
    const choice = context && isoPlus(fact.at, TOO_OLD) > now ? choose(fact, context) : null;
    if (!choice || (choice.expiresAt !== null && choice.expiresAt <= now)) continue;
    const { id: factId, stream, revision, council, at } = fact;
    entries.push({
      factId,
      stream,
      revision,
      council,
      kind: choice.mail.kind,
      to: maskedAddress(choice.to),
      referralId: isAccount(stream) ? null : referralIdOf(stream),
      at,
      urgent: fact.type === 'CodeIssued',
    });
  }
  await deps.ledger.queue(entries);
  // After queueing: what a batch both queues and erases is forgotten too.
  for (const stream of erased) await deps.ledger.forget(stream);
  if (entries.length > 0) deps.wake?.(entries.length);
}

/**
 * The contexts of streams that were followed lately: a stream whose facts come one after the other is never read. Only
 * one at exactly the revision before is taken for the next, so facts that come again are read from their stream.
 */
export class RememberedContexts {
  private readonly remembered = new LRUCache<string, { revision: number; context: MailContext }>(REMEMBERED);

  /** The context at a fact; undefined where it would have to be read and the fact calls for no mail anyway. */
  async at(log: EventLog, fact: MailFact): Promise<MailContext | undefined> {
    const before = this.before(fact);
    if (!before && !mayCallForMail(fact)) return undefined;
    const context = before ? evolveContext(before, fact) : await readContext(log, fact);
    this.remembered.set(fact.stream, { revision: fact.revision, context });
    return context;
  }

  private before({ stream, revision }: MailFact): MailContext | undefined {
    if (revision === 0) return noContext;
    const last = this.remembered.get(stream);
    return last?.revision === revision - 1 ? last.context : undefined;
  }
}

/** The context at a fact of a stream, read from the stream. */
export async function readContext(
  log: EventLog,
  { stream, revision }: Pick<MailFact, 'stream' | 'revision'>,
): Promise<MailContext> {
  let context = noContext;
  for await (const fact of factsOf(log, stream)) {
    // Read to the end: a read that is left early stays open, and the client can then not be disposed of.
    if (fact.revision <= revision) context = evolveContext(context, fact);
  }
  return context;
}
