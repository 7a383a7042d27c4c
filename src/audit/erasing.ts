import type { StoredRecord } from '../core/event-log.js';

/** Facts that end what a stream holds: its key is destroyed. Told from what is stored in the clear. */
const always = new Set(['ReferralErased', 'AccountErased']);
const unlessAnswer = new Set(['FormDiscarded', 'SavedFormExpired']);

/** Whether the stream's personal data was erased with this record. */
export function erasesStream({ type, data }: Pick<StoredRecord, 'type' | 'data'>): boolean {
  // The answer to a request for information ends alone: the referral goes on.
  return always.has(type) || (unlessAnswer.has(type) && (data as { requestId?: unknown }).requestId === null);
}
