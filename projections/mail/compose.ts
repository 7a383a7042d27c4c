import type { LRUCache } from 'lru-cache';
import type { Councils } from '../../src/council/councils.js';
import type { Council } from '../../src/council/council.js';
import type { Clock } from '../../src/core/clock.js';
import type { EventLog } from '../../src/core/event-log.js';
import { deriveCode } from '../../src/core/one-time-code.js';
import type { Secrets } from '../../src/core/secrets.js';
import { isMailAddress } from './address.js';
import { choose, isReplaced, remind } from './choose.js';
import { evolveContext, noContext, type MailContext } from './context.js';
import type { MailJob } from './ledger.js';
import { isReminder, type MailFact } from './mail.js';
import { factsOf, isKnown } from './stream-facts.js';
import { render, type Rendered } from './templates/render.js';

export interface ComposeDeps {
  log: EventLog;
  councils: Pick<Councils, 'byId'>;
  secrets: Secrets;
  clock: Clock;
  /**
   * What the facts before the last mail of a stream told, by stream: the next mail is made of it and what follows. With
   * every log-in an account's stream grows, and reading it whole would slow each log-in down a little more.
   */
  earlier: LRUCache<string, Earlier>;
}

export interface Earlier {
  /** Of the last fact that is in the context. */
  revision: number;
  context: MailContext;
}

/** A mail ready to be sent. */
export interface ComposedMail extends Rendered {
  to: string;
  council: Council;
  messageId: string;
  date: Date;
}

/** Why a mail will never be sent: kept in the ledger. */
export type Undeliverable =
  | 'erased'
  | 'expired'
  | 'replaced by a newer code'
  | 'not called for any more'
  | 'address not valid'
  | 'council unknown';

/** Thrown for a mail that only a newer release can compose: the mail stays queued for it. */
export const ofNewerRelease = Symbol('of a newer release');

/** Makes a mail anew from its stream, as it stands at this moment. Throws where the stream cannot be read just now. */
export async function compose(
  deps: ComposeDeps,
  job: MailJob,
): Promise<ComposedMail | Undeliverable | typeof ofNewerRelease> {
  const { councils, secrets, clock } = deps;
  const council = councils.byId(job.council);
  if (!council) return 'council unknown';
  const reminder = isReminder(job.kind) ? job.kind : undefined;
  const known = reminder ? undefined : deps.earlier.get(job.stream);
  const from = known && known.revision < job.revision ? known : { revision: -1, context: noContext };
  let [context, newest] = [from.context, from.context];
  let before: Earlier = from;
  let called: MailFact | undefined;
  const later: MailFact[] = [];
  for await (const fact of factsOf(deps.log, job.stream, from.revision + 1)) {
    newest = evolveContext(newest, fact);
    if (fact.revision > job.revision) {
      later.push(fact);
      continue;
    }
    before = { revision: fact.revision - 1, context };
    context = evolveContext(context, fact);
    called = fact;
  }
  if (!reminder) deps.earlier.set(job.stream, before);
  if (called && !isKnown(called)) return ofNewerRelease;
  if (!called || called.erased || (reminder ? newest : context).email === null) return 'erased';
  const choice = reminder ? remind(reminder, job.stream, context, newest) : choose(called, context);
  // Another release of this product may have chosen by other rules.
  if (choice?.mail.kind !== job.kind) return 'not called for any more';
  const { mail, to, expiresAt } = choice;
  const date = clock.now();
  if (expiresAt !== null && expiresAt <= date.toISOString()) return 'expired';
  if (isReplaced(mail, later)) return 'replaced by a newer code';
  if (!isMailAddress(to)) return 'address not valid';
  const { digits } = council.codePolicy;
  const rendered = render(mail, council, (challengeId, issue) => deriveCode(secrets, challengeId, issue, digits));
  return {
    ...rendered,
    to,
    council,
    date,
    messageId: messageId(reminder ? job._id : called.id, job.resends, council.mail.fromAddress),
  };
}

/**
 * From the fact's id, or the reminder's own: where a try's outcome was unknown and it was made again, mailboxes know the second mail for the
 * first. One sent again on request is another, for some would hide it otherwise.
 */
function messageId(id: string, resends: number, fromAddress: string): string {
  const local = resends === 0 ? id : `${id}.${resends}`;
  return `<${local}@${fromAddress.slice(fromAddress.lastIndexOf('@') + 1)}>`;
}
