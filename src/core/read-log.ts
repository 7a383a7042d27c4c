import { BACKWARDS, END, START, type EventStoreDBClient } from '@eventstore/db-client';
import type { StoredRecord } from './event-log.js';
import { takePatiently } from './patience.js';
import { storedRecord } from './records.js';

export interface LogPage {
  records: StoredRecord[];
  /** False where the log goes on behind them. */
  ended: boolean;
  /** False where the log does not go as far as the position: it is of another log, or of a later state of this one. */
  reached: boolean;
}

/** A page ends with the record that brings it to so many characters: long answers must not fill the memory. */
const MOST_WEIGHT = 16 * 1024 * 1024;

/**
 * Up to `most` records behind a position (0: from the first on), fewer where they are heavy, whatever stream they are of.
 */
export async function readLogPage(client: EventStoreDBClient, after: bigint, most: number): Promise<LogPage> {
  // What is read from a position on begins with the record at that position.
  const fromPosition = after === 0n ? START : { commit: after, prepare: after };
  const records: StoredRecord[] = [];
  let [read, weight] = [0, 0];
  await takePatiently(client.readAll({ fromPosition, maxCount: most + 1, requiresLeader: true }), ({ event }) => {
    read += 1;
    if (!event || event.position.commit <= after) return true;
    const record = storedRecord(event);
    records.push(record);
    weight += weightOf(record);
    return weight < MOST_WEIGHT;
  });
  // The page includes the event at the position.
  const reached = after === 0n || read > 0;
  return { records, ended: read <= most && weight < MOST_WEIGHT, reached };
}

/** Where the newest event of these categories' streams stands, by the leader's word; 0 where there is none. */
export async function newestPositionOf(client: EventStoreDBClient, categories: readonly string[]): Promise<bigint> {
  let newest = 0n;
  // Read until the first that is theirs: nearly always among the very first.
  const reading = client.readAll({ direction: BACKWARDS, fromPosition: END, requiresLeader: true });
  await takePatiently(reading, ({ event }) => {
    const found = event && categories.some((category) => event.streamId.startsWith(`${category}-`));
    if (found) newest = event.position.commit;
    return !found;
  });
  return newest;
}

/** Characters, roughly: what is sealed makes up nearly all of a record. */
export function weightOf({ data }: StoredRecord): number {
  return 1_000 + (typeof data.sealed === 'string' ? data.sealed.length : 0);
}

export function positionOf({ position }: StoredRecord): bigint {
  return position!.commit;
}
