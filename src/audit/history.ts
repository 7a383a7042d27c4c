import type { DomainEvent, Recorded, StreamKind } from '../core/decider.js';
import type { EventLog, StoredRecord } from '../core/event-log.js';
import { verifyChain, type ChainVerification } from './verify-chain.js';

/** Which facts of a history are asked for; each absent member lets all pass. Instants are ISO text. */
export interface HistoryFilter {
  types?: readonly string[] | null;
  /** The actor's id. */
  actor?: string | null;
  from?: string | null;
  /** Before this instant. */
  to?: string | null;
}

/** So many facts behind a revision; absent: all of them. */
export interface HistoryPage {
  first?: number | null;
  after?: number | null;
}

export interface WholeHistory<E extends DomainEvent> {
  records: StoredRecord[];
  facts: Recorded<E>[];
}

/** A stream as it is stored, and as it opens to whoever may read it. */
export async function wholeHistory<E extends DomainEvent>(
  log: EventLog,
  kind: StreamKind<E>,
  stream: string,
): Promise<WholeHistory<E>> {
  const records: StoredRecord[] = [];
  const facts: Recorded<E>[] = [];
  for await (const record of log.records(stream)) {
    records.push(record);
    facts.push(await log.open(kind, record));
  }
  return { records, facts };
}

export interface History {
  entries: ReturnType<typeof historyEntry>[];
  /** That the filter lets pass, on all pages. */
  totalEntries: number;
  /** Of the whole stream, whatever was asked for. */
  verification: ChainVerification;
}

export function historyOf<E extends DomainEvent>(
  { records, facts }: WholeHistory<E>,
  filter: HistoryFilter = {},
  { first, after }: HistoryPage = {},
): History {
  const wanted = facts.filter((fact) => passes(fact, filter));
  const behind = wanted.filter(({ revision }) => revision > (after ?? -1));
  const entries = behind.slice(0, first ?? undefined).map(historyEntry);
  return { entries, totalEntries: wanted.length, verification: verifyChain(records) };
}

function passes({ type, at, by }: Recorded<DomainEvent>, { types, actor, from, to }: HistoryFilter): boolean {
  return (!types || types.includes(type)) && (!actor || by.id === actor) && (!from || at >= from) && (!to || at < to);
}

/** The contract's HistoryEntry. A password's hash is no auditor's business: it is left out. */
function historyEntry(fact: Recorded<DomainEvent>) {
  const { revision, at, type, by, commandId, hash, previousHash, erased } = fact;
  const { hash: _secret, ...shown } = fact.data as Record<string, unknown>;
  const data = erased ? { ...shown, erased: true } : shown;
  return { revision, at, type, actor: by, data, commandId, hash, previousHash };
}
