import type shared from '@eventstore/db-client/generated/shared_pb.js';
import { DELETED, EMPTY, NO_STREAM, RecordedEvent, ResolvedEvent } from '../events.js';
import type { AppendResult } from '../storage/writer.js';
import { BackwardWriter } from './protobuf.js';

/** More than the parts of an event take that have no length of their own: numbers, names of metadata, frames. */
const OVERHEAD = 300;

/** The revision of a tombstone. */
const LAST_REVISION = 9223372036854775807n;

const [JSON_TYPE, OTHER_TYPE] = ['application/json', 'application/octet-stream'];

/** ReadResp.event: an event as readers of streams and subscribers get it. */
export function encodeEvent({ event, link }: ResolvedEvent, structuredIds: boolean): Buffer {
  const plain = link === undefined && !structuredIds;
  if (plain && event?.encoded !== undefined) return event.encoded;
  const writer = new BackwardWriter(sizeOf(event) + sizeOf(link) + OVERHEAD);
  const whole = writer.place;
  const original = link ?? event;
  if (original) writer.number(3, original.position);
  if (link) writeRecord(writer, 2, link, structuredIds);
  if (event) writeRecord(writer, 1, event, structuredIds);
  writer.nest(1, whole);
  const encoded = writer.take();
  if (plain && event) event.encoded = encoded;
  return encoded;
}

function sizeOf(event: RecordedEvent | undefined): number {
  if (event === undefined) return 0;
  const { stream, type, data, metadata } = event;
  return 3 * (stream.length + type.length) + data.length + metadata.length + OVERHEAD;
}

/** RecordedEvent, last field first. */
function writeRecord(writer: BackwardWriter, field: number, event: RecordedEvent, structuredIds: boolean): void {
  const whole = writer.place;
  writer.bytes(8, event.data);
  writer.bytes(7, event.metadata);
  writeEntry(writer, 'created', `${event.created}0000`); // ticks of 100 ns
  writeEntry(writer, 'content-type', event.isJson ? JSON_TYPE : OTHER_TYPE);
  writeEntry(writer, 'type', event.type);
  writer.number(5, event.position);
  writer.number(4, event.position);
  if (event.revision === DELETED) writer.wide(3, LAST_REVISION);
  else writer.number(3, event.revision);
  writeStream(writer, 2, event.stream);
  writeId(writer, 1, event.id, structuredIds);
  writer.nest(field, whole);
}

function writeEntry(writer: BackwardWriter, key: string, value: string): void {
  const entry = writer.place;
  writer.text(2, value);
  writer.text(1, key);
  writer.nest(6, entry);
}

function writeStream(writer: BackwardWriter, field: number, stream: string): void {
  const identifier = writer.place;
  writer.text(3, stream);
  writer.nest(field, identifier);
}

/** BatchAppendResp: what was appended, and the position of the last of it. */
export function encodeAppended(
  correlation: shared.UUID | undefined,
  stream: string,
  { revision, position }: AppendResult,
): Buffer {
  const writer = new BackwardWriter(3 * stream.length + OVERHEAD);
  writeStream(writer, 4, stream);
  const success = writer.place;
  if (position === undefined) writer.bytes(4, EMPTY);
  else {
    const place = writer.place;
    writer.number(2, position);
    writer.number(1, position);
    writer.nest(3, place);
  }
  if (revision === NO_STREAM) writer.bytes(2, EMPTY);
  else if (revision === DELETED) writer.wide(1, LAST_REVISION);
  else writer.number(1, revision);
  writer.nest(3, success);
  const structured = correlation?.getStructured();
  const id = writer.place;
  if (structured)
    writeBits(writer, BigInt(structured.getMostSignificantBits()), BigInt(structured.getLeastSignificantBits()));
  else writer.text(2, correlation?.getString() ?? '');
  writer.nest(1, id);
  return writer.take();
}

/** A UUID as the text or the two numbers that the caller asked for. */
function writeId(writer: BackwardWriter, field: number, id: string, structured: boolean): void {
  const whole = writer.place;
  if (structured) {
    const bits = id.replaceAll('-', '');
    writeBits(writer, BigInt(`0x${bits.slice(0, 16)}`), BigInt(`0x${bits.slice(16)}`));
  } else writer.text(2, id);
  writer.nest(field, whole);
}

function writeBits(writer: BackwardWriter, most: bigint, least: bigint): void {
  const whole = writer.place;
  writer.wide(2, least);
  writer.wide(1, most);
  writer.nest(1, whole);
}
