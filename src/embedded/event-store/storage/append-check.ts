import { DELETED, ExpectedRevision, isMetastream, metastreamOf, NO_STREAM } from '../events.js';
import { StoreError } from '../problem.js';
import { EventLog } from './event-log.js';
import { RecentIds } from './recent-ids.js';
import { StreamHeads } from './stream-heads.js';

export interface StreamsSoFar {
  log: EventLog;
  heads: StreamHeads;
  recentIds: RecentIds;
}

/** Whether to write, or what an identical earlier append had written. */
export type Decision = { write: true; undelete: boolean } | { write: false; revision: number; position: number };

/**
 * Holds an append or delete against the stream as it is, the way EventStoreDB does: throws wrong-expected-version or
 * stream-deleted, recognises a repetition by its event ids, else lets it be written.
 */
export function checkAppend(
  { log, heads, recentIds }: StreamsSoFar,
  stream: string,
  expected: ExpectedRevision,
  ids: string[],
): Decision {
  const { key, last } = heads.head(stream);
  const wrongVersion = () => new StoreError({ kind: 'wrong-expected-version', stream, expected, actual: last });
  const write = (): Decision => ({ write: true, undelete: !isMetastream(stream) && heads.isSoftDeleted(stream) });

  if (last === DELETED) throw new StoreError({ kind: 'stream-deleted', stream });

  if (expected === 'stream_exists') {
    if (heads.isSoftDeleted(stream)) throw new StoreError({ kind: 'stream-deleted', stream });
    if (last === NO_STREAM && heads.head(metastreamOf(stream)).last === NO_STREAM) throw wrongVersion();
  }

  if (expected === 'any' || expected === 'stream_exists') {
    const earlier = ids.map((id) => recentIds.find(id, stream));
    if (earlier[0] === undefined) return write();
    const lastEarlier = earlier.at(-1);
    if (lastEarlier === undefined || earlier.includes(undefined)) throw wrongVersion();
    return { write: false, revision: lastEarlier.revision, position: lastEarlier.position };
  }

  const revision = expected === 'no_stream' ? BigInt(NO_STREAM) : expected;
  if (revision > BigInt(last)) throw wrongVersion();
  if (revision === BigInt(last)) return write();

  let earlier: { id: string; revision: number; position: number } | undefined;
  for (const [index, id] of ids.entries()) {
    earlier = log.event(key, Number(revision) + 1 + index);
    if (earlier?.id === id) continue;
    if (index === 0 && expected === 'no_stream' && heads.isSoftDeleted(stream)) return write();
    throw wrongVersion();
  }
  if (earlier === undefined) throw wrongVersion();
  return { write: false, revision: earlier.revision, position: earlier.position };
}
