import { START, type EventStoreDBClient } from '@eventstore/db-client';
import type { StoredRecord } from './event-log.js';
import { patiently } from './patience.js';
import { storedRecord } from './records.js';

export interface LogPage {
  records: StoredRecord[];
  /** False where the log goes on behind them. */
  ended: boolean;
}

/** Up to `most` records behind a position (0: from the first on), whatever stream they are of. */
export async function readLogPage(client: EventStoreDBClient, after: bigint, most: number): Promise<LogPage> {
  // What is read from a position on begins with the record at that position.
  const fromPosition = after === 0n ? START : { commit: after, prepare: after };
  const records: StoredRecord[] = [];
  let read = 0;
  for await (const { event } of patiently(client.readAll({ fromPosition, maxCount: most + 1 }))) {
    read += 1;
    if (event && event.position.commit > after) records.push(storedRecord(event));
  }
  return { records, ended: read <= most };
}

export function positionOf({ position }: StoredRecord): bigint {
  return position!.commit;
}
