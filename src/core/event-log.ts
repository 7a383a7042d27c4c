import {
  ErrorType,
  jsonEvent,
  NO_STREAM,
  type EventStoreDBClient,
  type JSONEventType,
  type RecordedEvent,
} from '@eventstore/db-client';
import { appendBy, type Append, type Appending } from './appending.js';
import type { Actor, DomainEvent, Recorded, StreamKind } from './decider.js';
import { linkHash, NO_HASH } from './hash-chain.js';
import { derivedId } from './ids.js';
import { concernsOneKey, type DataKeys } from './keys.js';
import { appendSeconds } from './metrics.js';
import { answered, PATIENCE } from './patience.js';
import { streamRecords } from './records.js';
import { seal, unseal } from './seal.js';
import { asProblem, storeErrorType } from './store-errors.js';
import { inSpan } from './tracing.js';

/** The name under which the sealed members of a fact's data are stored. */
export const SEALED = 'sealed';

/** A type, not an interface: the client asks for an implicit index signature. */
export type StoredMetadata = {
  council: string;
  actor: { kind: Actor['kind']; id: string };
  commandId: string;
  /** A keyed hash of what the caller said: tells a repeated command from a reused id. */
  commandHash: string;
  correlationId: string;
  /** The fact or command that led to this one. */
  causationId: string;
  at: string;
  previousHash: string;
  hash: string;
};

type StoredEvent = JSONEventType<string, Record<string, unknown>, StoredMetadata>;
export type StoredRecord = RecordedEvent<StoredEvent>;

/** Where a stream stands: what the next append must follow. */
export interface Head {
  /** The last fact's revision; −1 where there is none. */
  revision: number;
  hash: string;
}
export const noHead: Head = { revision: -1, hash: NO_HASH };

/** Who commands, and what is recorded of it with every fact it leads to. */
export interface CommandContext {
  commandId: string;
  commandHash: string;
  council: string;
  actor: Actor;
  correlationId: string;
  /** The application's now, ISO text. */
  at: string;
}

export interface Appended<E extends DomainEvent> {
  facts: Recorded<E>[];
  head: Head;
  /** Where in the log the last fact stands. */
  position: bigint;
  /** Bytes stored. */
  size: number;
}

/** Opens the records of one stream. */
export type Opener<E extends DomainEvent> = (record: StoredRecord) => Recorded<E>;

/** How long a record that was opened is remembered, in milliseconds. */
const REMEMBERED = 5_000;

/** Thrown where the stream was not at the revision an append expected. */
export class RevisionMoved extends Error {}

/**
 * Reads and appends facts through the event store's official client: seals and opens personal data, links every fact
 * to the one before, and turns the client's errors into the product's.
 */
export class EventLog {
  private opened = new WeakMap<StoredRecord, Recorded<DomainEvent>>();
  private forgetting?: NodeJS.Timeout;
  private readonly patience: number;
  private readonly appendTo: Append;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly keys: DataKeys,
    { patience = PATIENCE, append = appendBy(client) }: { patience?: number; append?: Append } = {},
  ) {
    this.patience = patience;
    this.appendTo = append;
  }

  /** The records of a stream as stored, oldest first, from a revision on; none where there is no such stream. */
  records(stream: string, from = 0): AsyncGenerator<StoredRecord> {
    return streamRecords(this.client, stream, from, this.patience);
  }

  /** The facts of a stream, opened, oldest first, from a revision on. */
  async *facts<E extends DomainEvent>(kind: StreamKind<E>, stream: string, from = 0): AsyncGenerator<Recorded<E>> {
    let open: Opener<E> | undefined;
    for await (const record of this.records(stream, from)) {
      open ??= await this.opener(kind, stream);
      yield open(record);
    }
  }

  /**
   * Opens one stored record. Where its key was destroyed, only what was stored in the clear is left; throws
   * KeyUnavailable where the key cannot be had although nobody destroyed it. The same record is opened once: several
   * followers are given it.
   */
  async open<E extends DomainEvent>(kind: StreamKind<E>, record: StoredRecord): Promise<Recorded<E>> {
    const asks = !this.opened.has(record) && isSealed(record);
    const key = asks ? await this.keyOf(kind, record.streamId) : undefined;
    // Of one record there is one kind, its stream's. Somebody else may have opened it while the key was looked up.
    const known = this.opened.get(record) as unknown as Recorded<E> | undefined;
    if (known) return known;
    const fact = openRecord(kind, record, key);
    this.opened.set(record, fact);
    // No longer than it takes all followers to be given it: what was opened is not to outlive its key.
    this.forgetting ??= setTimeout(() => {
      this.forgetting = undefined;
      this.opened = new WeakMap();
    }, REMEMBERED).unref();
    return fact;
  }

  /** Whether the key of a stream's owner is there: what was opened with it is not to outlive it. */
  async isOpenable(kind: StreamKind<DomainEvent>, stream: string): Promise<boolean> {
    return !kind.keyOwner || this.keys.isHeld(kind.keyOwner(stream));
  }

  /**
   * What opens the records of one stream, its key looked up once. Asked for when a record was read, never before: the
   * key of a stream that is begun meanwhile would be taken for destroyed.
   */
  async opener<E extends DomainEvent>(kind: StreamKind<E>, stream: string): Promise<Opener<E>> {
    const key = await this.keyOf(kind, stream);
    return (record) => openRecord(kind, record, key);
  }

  /** The key of a stream's owner; undefined where nothing is sealed, and where the owner is known to be erased. */
  private async keyOf(kind: Owned, stream: string): Promise<Buffer | undefined> {
    if (!kind.keyOwner) return undefined;
    const owner = kind.keyOwner(stream);
    try {
      return await this.keys.find(owner);
    } catch (error) {
      // A vault older than the log may not know the key, or hold another: the log tells whether its owner was erased since.
      if (concernsOneKey(error) && (await this.isErased(kind, owner))) return undefined;
      throw error;
    }
  }

  /** Whether an erasing event stands in the owner's stream. */
  private async isErased({ isErasure }: Owned, owner: string): Promise<boolean> {
    for await (const record of this.records(owner)) if (isErasure?.(record)) return true;
    return false;
  }

  /**
   * Appends facts behind `head`. Throws RevisionMoved where the stream has moved on, and DomainError UNAVAILABLE where
   * the key cannot be had or the outcome is unknown: the same command may then be given again.
   */
  async append<E extends DomainEvent>(
    kind: StreamKind<E>,
    stream: string,
    head: Head,
    events: readonly E[],
    context: CommandContext,
  ): Promise<Appended<E>> {
    const key = await this.keyFor(kind, stream, head, events);
    const facts: Recorded<E>[] = [];
    const stored: Appending['events'] = [];
    let { revision, hash: previousHash } = head;
    let size = 0;
    for (const event of events) {
      revision += 1;
      const data = sealData(kind, event, context.actor.name, key, sealContext(stream, revision, event.type));
      const { actor, at, council, commandId, commandHash, correlationId } = context;
      const unlinked = {
        council,
        actor: { kind: actor.kind, id: actor.id },
        commandId,
        commandHash,
        correlationId,
        causationId: commandId,
        at,
        previousHash,
      };
      const dataText = JSON.stringify(data);
      const metadataText = JSON.stringify(unlinked);
      const hash = linkHash({
        previousHash,
        stream,
        revision,
        type: event.type,
        data: dataText,
        metadata: metadataText,
      });
      // The hash is part of the id: an append that is not ours, byte for byte, never passes for a repeated one.
      const id = derivedId(commandId, facts.length, hash);
      size += dataText.length + metadataText.length;
      stored.push(jsonEvent({ id, type: event.type, data, metadata: { ...unlinked, hash } }));
      const recording = { id, stream, revision, position: 0n, at, council, by: actor, commandId, correlationId };
      facts.push({ ...event, ...recording, hash, previousHash, erased: false });
      previousHash = hash;
    }
    const position = await this.write(stream, head.revision, stored);
    return { facts, head: { revision, hash: previousHash }, position, size };
  }

  /** The key that seals what is appended; undefined where nothing is sealed, or the log holds the owner's erasure. */
  private async keyFor(kind: Owned, stream: string, head: Head, events: readonly DomainEvent[]) {
    if (!kind.keyOwner) return undefined;
    const owner = kind.keyOwner(stream);
    // Only the first fact of the owner's own stream makes a key: a key destroyed later is never made again.
    const isFirst = owner === stream && head.revision < 0;
    const key = await (isFirst ? this.keys.create(owner) : this.keyOf(kind, stream));
    if (key) return key;
    const erasesNow = owner === stream && events.some((event) => kind.isErasure?.(event));
    if (erasesNow || (await this.isErased(kind, owner))) return undefined;
    throw this.keys.unavailable(owner, 'not-erased');
  }

  private async write(stream: string, expected: number, events: Appending['events']): Promise<bigint> {
    const took = appendSeconds.startTimer();
    try {
      const expectedRevision = expected < 0 ? NO_STREAM : BigInt(expected);
      const append = () => this.appendTo({ stream, expectedRevision, events });
      const appending = inSpan('append', undefined, { events: events.length }, append);
      const position = await answered(appending, this.patience);
      took({ outcome: 'ok' });
      return position;
    } catch (error) {
      const moved = storeErrorType(error) === ErrorType.WRONG_EXPECTED_VERSION;
      took({ outcome: moved ? 'conflict' : 'failed' });
      if (moved) throw new RevisionMoved(stream);
      throw asProblem(error);
    }
  }
}

/** Names the owner of the key that seals the events of a kind, and the events that erase that owner. */
type Owned = Pick<StreamKind<DomainEvent>, 'keyOwner' | 'isErasure'>;

/** Whether a record has a sealed part. One without is of an erased owner, or was never ours: no key is asked for. */
function isSealed({ data }: StoredRecord): boolean {
  return typeof (data as Record<string, unknown> | null)?.[SEALED] === 'string';
}

function sealContext(stream: string, revision: number, type: string): string {
  return `${stream}|${revision}|${type}`;
}

function sealData<E extends DomainEvent>(
  kind: StreamKind<E>,
  event: E,
  by: string,
  key: Buffer | undefined,
  context: string,
): Record<string, unknown> {
  const named = kind.clear[event.type as E['type']];
  const clear: Record<string, unknown> = {};
  const personal: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event.data)) (named.includes(name) ? clear : personal)[name] = value;
  if (!kind.keyOwner) {
    if (Object.keys(personal).length > 0)
      throw new Error(`${kind.category}: ${event.type} holds data that must be sealed`);
    return clear;
  }
  // Without a key the owner is erased: nothing personal may be written for it any more.
  if (!key) return clear;
  const plain = Buffer.from(JSON.stringify({ data: personal, by }));
  return { ...clear, [SEALED]: seal(key, plain, context).toString('base64url') };
}

function openRecord<E extends DomainEvent>(
  kind: StreamKind<E>,
  record: StoredRecord,
  key: Buffer | undefined,
): Recorded<E> {
  const { [SEALED]: sealed, ...clear } = record.data;
  const { actor, at, council, commandId, correlationId, hash, previousHash } = record.metadata;
  const revision = Number(record.revision);
  // A kind that seals always seals the actor's name at least: where nothing is sealed, the key was gone already.
  let personal: { data?: object; by?: string } | undefined = kind.keyOwner ? undefined : {};
  if (typeof sealed === 'string') {
    personal = key && openSealed(key, sealed, sealContext(record.streamId, revision, record.type));
  }
  const data = { ...clear, ...personal?.data };
  return {
    type: record.type,
    data: kind.upcast ? kind.upcast(record.type, data) : data,
    id: record.id,
    stream: record.streamId,
    revision,
    position: record.position?.commit ?? 0n,
    at,
    council,
    by: { kind: actor.kind, id: actor.id, name: personal?.by ?? '' },
    commandId,
    correlationId,
    hash,
    previousHash,
    erased: personal === undefined,
    // The stored type is one of the kind's: nothing else is ever appended to its streams.
  } as unknown as Recorded<E>;
}

function openSealed(key: Buffer, sealed: string, context: string): { data: object; by: string } {
  const plain = unseal(key, Buffer.from(sealed, 'base64url'), context);
  return JSON.parse(plain.toString('utf8')) as { data: object; by: string };
}
