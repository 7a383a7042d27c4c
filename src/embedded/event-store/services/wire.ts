import shared from '@eventstore/db-client/generated/shared_pb.js';
import { ProposedEvent } from '../events.js';
import { StoreError } from '../problem.js';

/** The next revision or position beyond what a JavaScript number holds exactly is beyond every log. */
const FURTHEST = Number.MAX_SAFE_INTEGER;

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function invalidArgument(reason: string): StoreError {
  return new StoreError({ kind: 'invalid-argument', reason });
}

/** A uint64 that names a place in a stream or log. */
export function toNumber(uint64: string): number {
  return Math.min(Number(uint64), FURTHEST);
}

export function toStreamName(identifier: shared.StreamIdentifier | undefined): string {
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
  if (name === '' || name === '$$') throw invalidArgument('The stream name is empty.');
  return name;
}

export function toStreamIdentifier(name: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name, 'utf8'));
}

/** Reads an id in either of its two forms. */
export function toId(uuid: shared.UUID | undefined): string {
  const structured = uuid?.getStructured();
  const id = structured
    ? dashed(hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits()))
    : (uuid?.getString() ?? '').toLowerCase();
  if (!UUID_PATTERN.test(id)) throw invalidArgument('An id is not a UUID.');
  return id;
}

export function toUuid(id: string): shared.UUID {
  return new shared.UUID().setString(id);
}

interface ProposedMessage {
  getId(): shared.UUID | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getCustomMetadata_asU8(): Uint8Array;
  getData_asU8(): Uint8Array;
}

export function toProposedEvent(message: ProposedMessage): ProposedEvent {
  const map = message.getMetadataMap();
  const type = map.get('type');
  const contentType = map.get('content-type');
  if (!type || !contentType) throw new StoreError({ kind: 'missing-required-metadata-property' });
  return {
    id: toId(message.getId()),
    type,
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

function hex(int64: string): string {
  return BigInt.asUintN(64, BigInt(int64)).toString(16).padStart(16, '0');
}

function dashed(bits: string): string {
  return bits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
