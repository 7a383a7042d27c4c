import type { Recorded } from '../src/core/decider.js';
import type { ReferralEvent } from '../src/referral/referral.events.js';

/** Facts with which files may come to belong to nothing any more. */
export function mayLeaveFiles(fact: ReferralEvent): boolean {
  switch (fact.type) {
    case 'AttachmentRemoved':
    case 'InformationRequestRetracted':
    case 'LegalHoldLifted':
      return true;
    case 'FormDiscarded':
    case 'SavedFormExpired':
      return fact.data.requestId !== null;
    default:
      return false;
  }
}

/**
 * Files of a referral that are part of no version that was sent, nor of what is being written: those of answers that
 * were discarded, expired or not asked for any more. None while it is on legal hold, or where its key is gone.
 */
export function unsentFiles(facts: readonly Recorded<ReferralEvent>[]): string[] {
  const announced = new Set<string>();
  const sent = new Set<string>();
  let draft = new Set<string>();
  let held = false;
  for (const fact of facts) {
    if (fact.erased) return [];
    switch (fact.type) {
      case 'AttachmentAnnounced':
        announced.add(fact.data.attachmentId);
        draft.add(fact.data.attachmentId);
        break;
      case 'AttachmentRemoved':
        draft.delete(fact.data.attachmentId);
        break;
      case 'AmendmentStarted':
        draft = new Set(fact.data.attachments.map(({ id }) => id));
        break;
      case 'FormSubmitted':
        for (const { id } of fact.data.attachments) sent.add(id);
        draft = new Set();
        break;
      case 'FormDiscarded':
      case 'SavedFormExpired':
      case 'InformationRequestRetracted':
        draft = new Set();
        break;
      case 'LegalHoldPlaced':
      case 'LegalHoldLifted':
        held = fact.type === 'LegalHoldPlaced';
        break;
      default:
    }
  }
  return held ? [] : [...announced].filter((id) => !sent.has(id) && !draft.has(id));
}
