import { accountKind } from '../account/account.events.js';
import type { StoredRecord } from '../core/event-log.js';
import { referralKind } from '../referral/referral.events.js';

/** Whether the stream's personal data was erased with this record. */
export function erasesStream(record: Pick<StoredRecord, 'type' | 'data'>): boolean {
  return [referralKind, accountKind].some(({ isErasure }) => isErasure!(record));
}
