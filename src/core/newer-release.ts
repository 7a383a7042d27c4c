import type { DomainEvent, StreamKind } from './decider.js';
import type { StoredMetadata, StoredRecord } from './event-log.js';

/** Thrown where a release meets what only a newer one knows: it waits for that one. */
export class OfNewerRelease extends Error {
  override name = 'OfNewerRelease';

  static event({ type, streamId, revision }: Pick<StoredRecord, 'type' | 'streamId' | 'revision'>): OfNewerRelease {
    return new OfNewerRelease(`This release does not know ${type}, event ${revision} of ${streamId}.`);
  }
}

/**
 * Whether a newer release of the product appended an event: its type is unknown here, and it has a hash, which no foreign
 * event has.
 */
export function isOfNewerRelease(
  { clear }: Pick<StreamKind<DomainEvent>, 'clear'>,
  { type, metadata }: Pick<StoredRecord, 'type' | 'metadata'>,
): boolean {
  return !Object.hasOwn(clear, type) && typeof (metadata as Partial<StoredMetadata>)?.hash === 'string';
}
