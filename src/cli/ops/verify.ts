import { FORWARDS, START, type EventStoreDBClient } from '@eventstore/db-client';
import { verifyChain } from '../../audit/verify-chain.js';
import { storedRecord, type StoredRecord } from '../../core/event-log.js';

/** Streams read at once. */
const ABREAST = 16;

export interface Verified {
  events: number;
  streams: number;
  /** The position of the last event. */
  end: bigint;
  /** Of each stream whose hash chain does not hold, where. */
  broken: string[];
}

/** Reads the whole log, which checks every event's checksum, then verifies the hash chain of every stream. */
export async function verifyLog(client: EventStoreDBClient): Promise<Verified> {
  const streams = new Set<string>();
  let events = 0;
  let end = 0n;
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
    if (!event) continue;
    events += 1;
    end = event.position.commit;
    if (!event.streamId.startsWith('$')) streams.add(event.streamId);
  }
  const names = streams.values();
  const broken: string[] = [];
  const verifySome = async () => {
    for (const stream of names) {
      const records: StoredRecord[] = [];
      for await (const { event } of client.readStream(stream)) records.push(storedRecord(event!));
      const { firstBrokenRevision } = verifyChain(records);
      if (firstBrokenRevision !== null) broken.push(`${stream} at revision ${firstBrokenRevision}`);
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, verifySome));
  return { events, streams: streams.size, end, broken };
}
