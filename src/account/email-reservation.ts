import type { Decider } from '../core/decider.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import { emailReservationKind, type EmailReservationEvent } from './account.events.js';

type ReservationCommand =
  /** `closed` is an account that was closed or erased for good: the address is no longer its. */
  { type: 'ReserveEmail'; accountId: string; closed?: string } | { type: 'ReleaseEmail'; accountId: string };

/** One address, one account: the stream's first append decides, however many race for it. */
export const emailReservationDecider: Decider<
  ReservationCommand,
  {
    accountId?: string;
    /** The account that it was last taken from. */
    released?: string;
  },
  EmailReservationEvent
> = {
  kind: emailReservationKind,
  initialState: {},
  decide(command, state) {
    const { accountId } = command;
    if (command.type === 'ReleaseEmail') {
      return state.accountId === accountId ? [{ type: 'EmailReleased', data: { accountId } }] : [];
    }
    if (state.accountId === accountId) return [];
    const isFree = state.accountId === undefined || state.accountId === command.closed;
    if (isFree) return [{ type: 'EmailReserved', data: { accountId } }];
    throw new DomainError('NOT_ALLOWED_NOW', 'This email address has an account already. Please log in.', 'email');
  },
  evolve: (state, fact) =>
    fact.type === 'EmailReserved' ? { ...state, accountId: fact.data.accountId } : { released: fact.data.accountId },
};

/** The stream of an address: named by a keyed hash, so that the name tells nothing of the address. */
export function emailStream(secrets: Secrets, council: string, email: string): string {
  return `email-${council}-${secrets.lookup('email', `${council}/${normalEmail(email)}`).toString('hex')}`;
}

/** Two spellings of one mailbox: mail systems in practice tell no case apart. */
function normalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}
