import type { EventStoreDBClient } from '@eventstore/db-client';
import { recordOf } from '../../audit/log-record.js';
import { LogVerifier } from '../../audit/verify-log.js';
import { logRecords } from '../../core/records.js';

export interface Verified {
  events: number;
  streams: number;
  /** The position of the last event. */
  end: bigint;
  /** Of each stream whose hash chain does not hold, where. */
  broken: string[];
}

/** Reads the whole log, which checks every event's checksum, and verifies the hash chain of every stream on the way. */
export async function verifyLog(client: EventStoreDBClient): Promise<Verified> {
  const verifier = new LogVerifier();
  let end = 0n;
  for await (const record of logRecords(client)) {
    verifier.take(recordOf(record));
    end = record.position!.commit;
  }
  const { events, streams, broken } = verifier.end();
  return {
    events,
    streams,
    end,
    broken: broken.map(({ stream, revision, what }) => `${stream} at revision ${revision}: ${what}`),
  };
}
