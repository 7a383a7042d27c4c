import type { Decider } from '../core/decider.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import { referenceReservationKind, type ReferenceReservationEvent } from './referral.events.js';

/**
 * References are read over telephones: no O/0, no I/L/1. 31 characters, a prime, so that the check character finds
 * every single wrong character and every two neighbours swapped.
 */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
/** Of the twelve characters behind the council's prefix the last is the check (shapes: guides S and L, 2-4-6). */
const DRAWN = 11;

/**
 * The reference of a referral: prefix, then 2, 4 and 6 characters. Derived from the referral's id by a secret, so that
 * a submission asked for again reserves the same; `attempt` gives another where one is taken already.
 */
export function deriveReference(secrets: Secrets, prefix: string, referralId: string, attempt: number): string {
  let number = BigInt(`0x${secrets.lookup('reference', `${referralId}/${attempt}`).toString('hex')}`);
  let drawn = '';
  while (drawn.length < DRAWN) {
    drawn += ALPHABET[Number(number % 31n)];
    number /= 31n;
  }
  const all = drawn + checkCharacter(drawn);
  return `${prefix}${all.slice(0, 2)}-${all.slice(2, 6)}-${all.slice(6)}`;
}

/** A reference as typed or read out, in its one spelling; undefined where it cannot be one of this prefix. */
export function readReference(prefix: string, typed: string): string | undefined {
  const plain = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const given = plain(typed);
  const start = plain(prefix);
  const all = given.slice(start.length);
  if (!given.startsWith(start) || all.length !== DRAWN + 1) return undefined;
  if ([...all].some((character) => !ALPHABET.includes(character))) return undefined;
  if (checkCharacter(all.slice(0, DRAWN)) !== all[DRAWN]) return undefined;
  return `${prefix}${all.slice(0, 2)}-${all.slice(2, 6)}-${all.slice(6)}`;
}

/** Weighted sum modulo the prime 31, the weights being the places: as ISBN-10 does it modulo 11. */
function checkCharacter(drawn: string): string {
  const sum = [...drawn].reduce((total, character, place) => total + ALPHABET.indexOf(character) * (place + 1), 0);
  return ALPHABET[sum % 31]!;
}

type ReserveReference = { type: 'ReserveReference'; referralId: string };

/** One reference, one referral: the first append to its stream decides. */
export const referenceDecider: Decider<ReserveReference, { referralId?: string }, ReferenceReservationEvent> = {
  kind: referenceReservationKind,
  initialState: {},
  decide({ referralId }, state) {
    if (state.referralId === undefined) return [{ type: 'ReferenceReserved', data: { referralId } }];
    if (state.referralId === referralId) return [];
    throw new DomainError('NOT_ALLOWED_NOW', 'This reference belongs to another referral.', 'reference');
  },
  evolve: (_state, fact) => ({ referralId: fact.data.referralId }),
};

export function referenceStream(reference: string): string {
  return `reference-${reference}`;
}
