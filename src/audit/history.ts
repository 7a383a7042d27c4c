import type { DomainEvent, Recorded, StreamKind } from '../core/decider.js';
import type { EventLog, Opener, StoredRecord } from '../core/event-log.js';
import { ChainVerifier, type ChainVerification } from './verify-chain.js';

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
  facts: Recorded<E>[];
  /** All of them, and in their places what does not open any more because it was altered. */
  listed: Recorded<DomainEvent>[];
  verification: ChainVerification;
}

interface Reading<E extends DomainEvent> {
  /** What was read of it before: only what came since is read. */
  known?: WholeHistory<E>;
  /** Told of the council as soon as that is known, while the rest is read. */
  begun?: (council: string | undefined) => void;
}

/** A stream as it is stored, and as it opens to whoever may read it, verified as it is read. */
export async function wholeHistory<E extends DomainEvent>(
  log: EventLog,
  kind: StreamKind<E>,
  stream: string,
  { known, begun }: Reading<E> = {},
): Promise<WholeHistory<E>> {
  if (known) begun?.(known.listed[0]?.council);
  const facts = [...(known?.facts ?? [])];
  const listed = [...(known?.listed ?? [])];
  const verifier = new ChainVerifier(known?.verification);
  let open: Opener<E> | undefined;
  for await (const record of log.records(stream, listed.length)) {
    if (listed.length === 0) begun?.(record.metadata?.council);
    open ??= await log.opener(kind, stream);
    verifier.take(record);
    const fact = opened(record, open);
    if (fact) facts.push(fact);
    listed.push(fact ?? unreadable(record));
  }
  return { facts, listed, verification: verifier.end() };
}

/** Undefined where the record is not one that was written here. */
function opened<E extends DomainEvent>(record: StoredRecord, open: Opener<E>): Recorded<E> | undefined {
  try {
    const fact = open(record);
    return Number.isNaN(Date.parse(fact.at)) ? undefined : fact;
  } catch {
    return undefined;
  }
}

/** What can be said of a record that was tampered with; the verification names the place. */
function unreadable({ type, id, streamId, revision, position, created }: StoredRecord): Recorded<DomainEvent> {
  const place = { id, stream: streamId, revision: Number(revision), position: position?.commit ?? 0n };
  const by = { kind: 'system' as const, id: '', name: '' };
  const unsaid = { council: '', by, commandId: '', correlationId: '', hash: '', previousHash: '', erased: false };
  return { type, data: { unreadable: true }, at: created.toISOString(), ...place, ...unsaid };
}

export interface History {
  entries: ReturnType<typeof historyEntry>[];
  /** That the filter lets pass, on all pages. */
  totalEntries: number;
  /** Of the whole stream, whatever was asked for. */
  verification: ChainVerification;
}

export function historyOf<E extends DomainEvent>(
  { listed, verification }: Pick<WholeHistory<E>, 'listed' | 'verification'>,
  filter: HistoryFilter = {},
  { first, after }: HistoryPage = {},
): History {
  const wanted = listed.filter((fact) => passes(fact, filter));
  const behind = wanted.filter(({ revision }) => revision > (after ?? -1));
  const entries = behind.slice(0, first ?? undefined).map(historyEntry);
  return { entries, totalEntries: wanted.length, verification };
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
