import { ErrorType, FORWARDS, START, type EventStoreDBClient } from '@eventstore/db-client';
import type { StoredRecord } from './event-log.js';
import { PATIENCE, patiently } from './patience.js';
import { asProblem, storeErrorType } from './store-errors.js';

/**
 * A record of one of our streams, as the official client gave it: the client cannot know what they hold, and nothing but
 * EventLog appends to them.
 */
export function storedRecord(event: { streamId: string }): StoredRecord {
  return event as StoredRecord;
}

/**
 * The records of a stream as stored, oldest first, from a revision on; none where there is no such stream. Throws
 * DomainError UNAVAILABLE where the store does not answer.
 */
export async function* streamRecords(
  client: EventStoreDBClient,
  stream: string,
  from = 0,
  patience = PATIENCE,
): AsyncGenerator<StoredRecord> {
  const fromRevision = from === 0 ? START : BigInt(from);
  try {
    for await (const { event } of patiently(
      client.readStream(stream, { fromRevision, requiresLeader: true }),
      patience,
    )) {
      if (event) yield storedRecord(event);
    }
  } catch (error) {
    if (storeErrorType(error) === ErrorType.STREAM_NOT_FOUND) return;
    throw asProblem(error);
  }
}

/** All records of the log in its order, the store's own among them, from a position on (0: from the first); throws likewise. */
export async function* logRecords(
  client: EventStoreDBClient,
  from = 0n,
  patience = PATIENCE,
): AsyncGenerator<StoredRecord> {
  const fromPosition = from === 0n ? START : { commit: from, prepare: from };
  try {
    for await (const { event } of patiently(
      client.readAll({ direction: FORWARDS, fromPosition, requiresLeader: true }),
      patience,
    )) {
      if (event) yield storedRecord(event);
    }
  } catch (error) {
    throw asProblem(error);
  }
}
