import { Long } from 'bson';
import { write, type Doc } from '../bson/document.js';
import { inner } from '../bson/elements.js';
import { Fault } from '../errors.js';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;

/** The most a message may hold, as announced in hello. */
export const MAX_MESSAGE = 48_000_000;

/** A command off the wire: its body still BSON, and the documents that came beside it. */
export interface Message {
  requestId: number;
  /** Asked in the old way (OP_QUERY), so answered in the old way. */
  legacy: boolean;
  /** The sender wants no answer. */
  silent: boolean;
  body: Buffer;
  sequences: Map<string, Buffer[]>;
}

function documentAt(bytes: Buffer, at: number): Buffer {
  const size = bytes.readInt32LE(at);
  if (size < 5 || at + size > bytes.length)
    throw new Fault('InvalidLength', 'a BSON document reaches beyond its message');
  return bytes.subarray(at, at + size);
}

function readMsg(bytes: Buffer, requestId: number): Message {
  const flags = bytes.readUInt32LE(16);
  const end = bytes.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  const sequences = new Map<string, Buffer[]>();
  let body: Buffer | undefined;
  for (let at = 20; at < end;) {
    const kind = bytes[at++];
    if (kind === 0) {
      body = documentAt(bytes, at);
      at += body.length;
      continue;
    }
    if (kind !== 1) throw new Fault('FailedToParse', `Unknown section kind ${kind}`);
    const sectionEnd = at + bytes.readInt32LE(at);
    if (sectionEnd > end || sectionEnd <= at)
      throw new Fault('InvalidLength', 'a document sequence reaches beyond its message');
    const nameEnd = bytes.indexOf(0, at + 4);
    const documents: Buffer[] = [];
    for (let next = nameEnd + 1; next < sectionEnd; next += documents.at(-1)?.length ?? 0)
      documents.push(documentAt(bytes, next));
    sequences.set(bytes.toString('utf8', at + 4, nameEnd), documents);
    at = sectionEnd;
  }
  if (body === undefined) throw new Fault('FailedToParse', 'OP_MSG without a body');
  return { requestId, legacy: false, silent: (flags & MORE_TO_COME) !== 0, body, sequences };
}

/** Reads one whole message, header included. */
export function readMessage(bytes: Buffer): Message {
  const requestId = bytes.readInt32LE(4);
  const opCode = bytes.readInt32LE(12);
  if (opCode === OP_MSG) return readMsg(bytes, requestId);
  if (opCode !== OP_QUERY) throw new Fault('FailedToParse', `Unsupported OP code ${opCode}`);
  const nameEnd = bytes.indexOf(0, 20);
  return { requestId, legacy: true, silent: false, body: documentAt(bytes, nameEnd + 9), sequences: new Map() };
}

let nextId = 1;

/** Frames the BSON of an answer. */
export function frameReply(message: Pick<Message, 'requestId' | 'legacy'>, document: Buffer): Buffer {
  const head = Buffer.alloc(message.legacy ? 36 : 21);
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE((nextId = (nextId + 1) & 0x7fffffff), 4);
  head.writeInt32LE(message.requestId, 8);
  head.writeInt32LE(message.legacy ? OP_REPLY : OP_MSG, 12);
  if (message.legacy) {
    head.writeInt32LE(8, 16); // AwaitCapable, as every server since 1.6
    head.writeInt32LE(1, 32); // one document follows
  }
  return Buffer.concat([head, document]);
}

const CLOSED = Buffer.alloc(1);
const OK = inner(write({ ok: 1 }));

/**
 * `{cursor: {firstBatch: […], id, ns}, ok: 1}` around documents that stay the bytes they are stored as, written into its
 * place in one go.
 */
export function cursorReply(
  batch: 'firstBatch' | 'nextBatch',
  documents: readonly Buffer[],
  id: bigint,
  namespace: string,
): Buffer {
  const tail = inner(write({ id: Long.fromBigInt(id), ns: namespace } satisfies Doc));
  let list = 5;
  documents.forEach((document, at) => (list += 2 + String(at).length + document.length));
  const cursor = 4 + 2 + batch.length + list + tail.length + 1;
  const reply = Buffer.allocUnsafe(4 + 8 + cursor + OK.length + 1);
  let end = reply.writeInt32LE(reply.length, 0);
  end += reply.write('\u0003cursor\0', end, 'latin1');
  end = reply.writeInt32LE(cursor, end);
  end += reply.write(`\u0004${batch}\0`, end, 'latin1');
  end = reply.writeInt32LE(list, end);
  documents.forEach((document, at) => {
    end += reply.write(`\u0003${at}\0`, end, 'latin1');
    end += document.copy(reply, end);
  });
  for (const part of [CLOSED, tail, CLOSED, OK, CLOSED]) end += part.copy(reply, end);
  return reply;
}
