import { ErrorType, FORWARDS, isCommandError, START, type EventStoreDBClient } from '@eventstore/db-client';
import { storedRecord, type StoredRecord } from '../core/event-log.js';
import type { LogRecord } from './verify-log.js';

/** The records of a running event store, in the order of its log, from a position on (0: from the first). */
export async function* liveRecords(client: EventStoreDBClient, from = 0n): AsyncGenerator<LogRecord> {
  const fromPosition = from === 0n ? START : { commit: from, prepare: from };
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition })) {
    if (event && !event.streamId.startsWith('$')) yield recordOf(storedRecord(event));
  }
}

/** The records of one stream of a running event store; none where there is no such stream. */
export async function* liveStream(client: EventStoreDBClient, name: string): AsyncGenerator<LogRecord> {
  try {
    for await (const { event } of client.readStream(name)) {
      if (event) yield recordOf(storedRecord(event));
    }
  } catch (error) {
    if (error instanceof Error && isCommandError(error) && error.type === ErrorType.STREAM_NOT_FOUND) return;
    throw error;
  }
}

export function recordOf(record: StoredRecord): LogRecord {
  const { position, streamId: stream, revision, id, type, isJson } = record;
  return {
    position: position?.commit ?? null,
    stream,
    revision: Number(revision),
    id,
    type,
    isJson,
    // Stored data and metadata are JSON that JSON.stringify wrote: parsed and written again they are the same text.
    data: JSON.stringify(record.data),
    metadata: JSON.stringify(record.metadata),
  };
}
