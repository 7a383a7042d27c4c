import { linkHash, NO_HASH } from '../core/hash-chain.js';
import { derivedId } from '../core/ids.js';
import type { LogRecord } from './log-record.js';
import type { SignedHead, SignedHeads } from './roots/read-roots.js';

export interface Broken {
  stream: string;
  revision: number;
  /** Null where the record is not there any more. */
  position: bigint | null;
  what: string;
}

export interface LogVerification {
  intact: boolean;
  events: number;
  streams: number;
  /** Signed heads that were found as they were signed. */
  headsMatched: number;
  /** The first broken place of each stream that has one, in the order of the log; those that end too early come last. */
  broken: Broken[];
}

interface Head {
  revision: number;
  hash: string;
  commandId: string | null;
  /** Its place among the facts of its command. */
  nth: number;
  broken: boolean;
}

/** What is held against the log; without roots, its hash chains alone are verified. */
type Heads = Pick<SignedHeads, 'heads' | 'position'>;

/** The ends of stored metadata: what follows is the fact's own hash, which covers all before it. */
const ENDING = /,"previousHash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/;
const COMMAND = /"commandId":"([^"]+)"/;

/**
 * Verifies a log as it is read, in its order: the hash chain of every stream, ids, and that every signed head is where
 * it was signed, with nothing cut off behind it nor put in before the roots' end. Needs no key to anybody's data.
 */
export class LogVerifier {
  private readonly heads = new Map<string, Head>();
  private readonly broken: Broken[] = [];
  private readonly matched = new Map<string, number>();
  private events = 0;
  private headsMatched = 0;

  /** `from`: heads that are taken as they were signed, where the log is read from their position on. */
  constructor(
    private readonly signed: Heads = { heads: new Map(), position: 0n },
    from?: Heads,
  ) {
    for (const [stream, heads] of from?.heads ?? []) {
      const { revision, hash } = heads.at(-1)!;
      this.heads.set(stream, { revision, hash, commandId: null, nth: 0, broken: false });
      this.matched.set(stream, heads.length);
    }
  }

  take(record: LogRecord): void {
    const { stream, revision, position } = record;
    // The store's own bookkeeping.
    if (stream.startsWith('$')) return;
    this.events += 1;
    const head = this.heads.get(stream) ?? { revision: -1, hash: NO_HASH, commandId: '', nth: 0, broken: false };
    // Heads are gathered a page at a time: a stream may have been read further than its root's position.
    if (revision <= head.revision && head.commandId === null) return;
    const { wrong, hash, commandId, nth } = this.examine(record, head);
    const mismatch = wrong ?? this.againstRoots(record, hash);
    if (mismatch && !head.broken)
      this.broken.push({ stream, revision: Math.min(revision, head.revision + 1), position, what: mismatch });
    this.heads.set(stream, { revision, hash, commandId, nth, broken: head.broken || mismatch !== undefined });
  }

  end(): LogVerification {
    for (const [stream, signed] of this.signed.heads) {
      const head = this.heads.get(stream);
      const last = signed.at(-1)!;
      if (head?.broken || (head?.revision ?? -1) >= last.revision) continue;
      const revision = (head?.revision ?? -1) + 1;
      const what = `missing: the stream went on to revision ${last.revision} when root ${last.root} was signed on ${last.at}`;
      this.broken.push({ stream, revision, position: null, what });
    }
    const { events, headsMatched, broken } = this;
    return { intact: broken.length === 0, events, streams: this.heads.size, headsMatched, broken };
  }

  private examine(record: LogRecord, head: Head) {
    const { stream, revision, type, data, metadata, isJson, id } = record;
    const [, previousHash = '', hash = ''] = ENDING.exec(metadata) ?? [];
    const commandId = COMMAND.exec(metadata)?.[1] ?? '';
    const nth = commandId === head.commandId ? head.nth + 1 : 0;
    const found = { hash, commandId, nth };
    if (record.damage) return { ...found, wrong: record.damage };
    if (revision !== head.revision + 1) {
      const wrong =
        revision > head.revision ? `missing: it is followed by revision ${revision}` : 'there twice, or out of order';
      return { ...found, wrong };
    }
    if (hash === '' || !isJson) return { ...found, wrong: 'not a record that this product wrote' };
    if (previousHash !== head.hash) return { ...found, wrong: 'does not follow the record before it' };
    // The hash stands last in what it covers, and 76 characters are its member: ,"hash":"…" and the closing brace.
    const unlinked = `${metadata.slice(0, -75)}}`;
    if (linkHash({ previousHash, stream, revision, type, data, metadata: unlinked }) !== hash) {
      return { ...found, wrong: 'altered: its bytes are not those that its hash was made of' };
    }
    const places = head.commandId === null ? [0, 1, 2, 3] : [nth];
    const own = places.find((place) => derivedId(commandId, place, hash) === id);
    if (own === undefined) return { ...found, wrong: 'altered: its id is not its own' };
    return { ...found, nth: own, wrong: undefined };
  }

  /** What the signed heads say against a record that is sound in itself. */
  private againstRoots({ stream, revision, position }: LogRecord, hash: string): string | undefined {
    const signed = this.signed.heads.get(stream);
    const due = signed?.[this.matched.get(stream) ?? 0];
    if (due && revision === due.revision) {
      this.matched.set(stream, (this.matched.get(stream) ?? 0) + 1);
      if (hash !== due.hash) return notAsSigned(signed, due);
      this.headsMatched += 1;
    }
    const last = signed?.at(-1)?.revision ?? -1;
    if (revision > last && position !== null && position <= this.signed.position)
      return 'put in: it was not there when the roots were signed';
    return undefined;
  }
}

function notAsSigned(all: readonly SignedHead[], due: SignedHead): string {
  const before = all[all.indexOf(due) - 1];
  const since = before ? `behind revision ${before.revision}, which is as it was signed` : 'in this stream';
  return `made anew: the hash signed in root ${due.root} on ${due.at} is another; something ${since} was altered and all hashes after it recomputed`;
}
