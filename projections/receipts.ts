import type { Recorded } from '../src/core/decider.js';
import { referralKind, type ReferralEvent } from '../src/referral/referral.events.js';
import type { Projection, ViewDocument } from './projection.js';

/** One version of a referral, and whether a system of the council has acknowledged it. */
export interface ReceiptDocument extends ViewDocument {
  council: string;
  reference: string;
  version: number;
  submittedAt: string;
  /** When a system acknowledged this version or a later one; null while none has. */
  acknowledgedAt: string | null;
}

/** What case-management systems were sent, and what they say they hold. */
export const receipts: Projection<ReceiptDocument, ReferralEvent> = {
  name: 'receipts',
  kind: referralKind,
  takes: new Set(['FormSubmitted', 'ReceiptAcknowledged', 'ReferralErased']),
  indexes: [{ key: { council: 1, acknowledgedAt: 1, submittedAt: 1 } }, { key: { stream: 1 } }],
  fold(documents, fact) {
    switch (fact.type) {
      case 'FormSubmitted':
        return [...documents, sent(fact)];
      case 'ReceiptAcknowledged':
        return documents.map((document) => acknowledged(document, fact));
      // There is nothing left that a system could fetch.
      case 'ReferralErased':
        return [];
      default:
        return documents;
    }
  },
};

function sent(fact: Recorded<Extract<ReferralEvent, { type: 'FormSubmitted' }>>): ReceiptDocument {
  const { stream, revision, council, at: submittedAt } = fact;
  const { reference, version } = fact.data;
  const _id = `${stream}/${version}`;
  return { _id, stream, revision, council, reference, version, submittedAt, acknowledgedAt: null };
}

/** Who holds a version needs no earlier one any more. */
function acknowledged(
  document: ReceiptDocument,
  { at, data }: Recorded<Extract<ReferralEvent, { type: 'ReceiptAcknowledged' }>>,
): ReceiptDocument {
  if (document.version > data.version || document.acknowledgedAt !== null) return document;
  return { ...document, acknowledgedAt: at };
}
