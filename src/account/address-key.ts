import { derivedId } from '../core/ids.js';
import type { Secrets } from '../core/secrets.js';
import { emailStream } from './email-reservation.js';

/**
 * The id that stands for an address in one council's service, whether or not it has an account: limits are counted by
 * it, and it names the shadow of an address without an account. Derived by a keyed hash: it tells nothing of the address.
 *
 * A shadow is an account stream that no registration began. What is asked for an unknown address (a log-in, a reset) is
 * decided and recorded there just as it would be for a known one: the same work, the same tries, the same ends; only
 * that no mail has anywhere to go and no code is ever right.
 */
export function addressKey(secrets: Secrets, council: string, email: string): string {
  return derivedId('address', emailStream(secrets, council, email));
}
