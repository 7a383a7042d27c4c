import { accountDecider } from '../account/account.decider.js';
import { accountStream } from '../account/account.events.js';
import { emailReservationDecider, emailStream } from '../account/email-reservation.js';
import type { CommandRequest } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import type { DataKeys } from '../core/keys.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import { referralDecider } from '../referral/referral.decider.js';
import { referralStream } from '../referral/referral.events.js';
import type { Sessions } from '../session/sessions.js';
import { recordsOfAccount, type RecordsTools } from './records-of-account.js';

const MOST_REASON = 1_000;

export interface AccountErasingTools extends RecordsTools {
  secrets: Secrets;
  keys: DataKeys;
  sessions: Sessions;
}

/**
 * Erases the account of an address in the request's council, its saved forms first, and ends its sessions; throws
 * NOT_FOUND, LEGAL_HOLD where one of its referrals is held, or UNAVAILABLE where that cannot be told just now. Referrals
 * stay. Gives the account's id.
 */
export async function eraseAccount(
  tools: AccountErasingTools,
  email: string,
  reason: string,
  now: Date,
  who: Omit<CommandRequest, 'said'>,
): Promise<string> {
  if (!/\S/u.test(reason) || reason.length > MOST_REASON) {
    throw new DomainError('BAD_INPUT', `Give a reason, in up to ${MOST_REASON} characters.`, 'reason');
  }
  const { handling, secrets, keys, sessions } = tools;
  const { council, commandId } = who;
  const request = { ...who, said: { email, reason } };
  const reservation = emailStream(secrets, council, email);
  const { accountId: owner, released } = (await handling.state(emailReservationDecider, reservation, true)).state;
  const command = { type: 'EraseAccount' as const, council, reason };
  const erase = (id: string) => handling.handle(accountDecider, accountStream(id), command, request);
  // Asked again after it was done, the address may be somebody's again: it is not theirs that was meant.
  if (released && (await erase(released)).repeated) return released;
  const accountId = owner ?? released;
  if (!accountId) throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
  await endDrafts(tools, accountId, who);
  // A session that is begun in between, or that cannot be deleted, is refused.
  await sessions.announceEnding(accountId, commandId);
  await sessions.endAll(accountId);
  await erase(accountId);
  const release = { ...request, commandId: derivedId(commandId, 'release') };
  await handling.handle(emailReservationDecider, reservation, { type: 'ReleaseEmail', accountId }, release);
  // Of one that was begun in between.
  await sessions.endAll(accountId);
  // The erasure follower does this too, whatever happens here; the caller need not wait for it.
  await keys.destroy(accountStream(accountId), now);
  return accountId;
}

/** Ends what the account has begun and not sent. Throws LEGAL_HOLD, before anything ends, where one is on hold. */
async function endDrafts(
  tools: AccountErasingTools,
  accountId: string,
  who: Omit<CommandRequest, 'said'>,
): Promise<void> {
  const { handling } = tools;
  const drafts: string[] = [];
  for (const id of await recordsOfAccount(tools, who.council, accountId)) {
    const { state } = await handling.state(referralDecider, referralStream(id), true);
    if (state.held && !state.erased) {
      const message = `${state.submission!.reference} is on legal hold. Lift the hold before you erase the account.`;
      throw new DomainError('LEGAL_HOLD', message, 'email');
    }
    if (state.draft) drafts.push(id);
  }
  for (const id of drafts) {
    const request = { ...who, commandId: derivedId(who.commandId, id), said: {} };
    await handling.handle(referralDecider, referralStream(id), { type: 'EndDraft' }, request);
  }
}
