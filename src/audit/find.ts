import { emailReservationDecider, emailStream } from '../account/email-reservation.js';
import type { Council } from '../council/council.js';
import type { CommandHandling } from '../core/handle-command.js';
import { isUuid } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import { readReference, referenceDecider, referenceStream } from '../referral/reference.js';

export interface FindTools {
  handling: CommandHandling;
  secrets: Secrets;
}

/** The account of an address, or of its own id (an erased account is found by that alone); throws NOT_FOUND. */
export async function findAccount({ handling, secrets }: FindTools, council: Council, typed: string): Promise<string> {
  if (isUuid(typed)) return typed.toLowerCase();
  const stream = emailStream(secrets, council.id, typed);
  const { accountId } = (await handling.state(emailReservationDecider, stream, true)).state;
  if (!accountId) throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
  return accountId;
}

/** The referral of a reference as typed, of whichever of these councils; throws NOT_FOUND. */
export async function findReferral(
  { handling }: Pick<FindTools, 'handling'>,
  councils: readonly Council[],
  typed: string,
): Promise<{ id: string; reference: string; council: Council }> {
  for (const council of councils) {
    const reference = readReference(council.referencePrefix, typed);
    const found =
      reference && (await handling.state(referenceDecider, referenceStream(reference), true)).state.referralId;
    if (found) return { id: found, reference, council };
  }
  throw new DomainError('NOT_FOUND', 'There is no referral with this reference.', 'reference');
}
