import type { StoredRecord } from '../core/event-log.js';

/** A record as it lies in the store: its data and metadata as the JSON text that was stored. */
export interface LogRecord {
  /** Null where the store does not tell. */
  position: bigint | null;
  stream: string;
  revision: number;
  id: string;
  type: string;
  isJson: boolean;
  data: string;
  metadata: string;
  /** What the store itself found wrong with it. */
  damage?: string;
}

/** The same of a record that a running event store gave. */
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
