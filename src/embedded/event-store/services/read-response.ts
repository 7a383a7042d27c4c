import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { RecordedEvent, ResolvedEvent, revisionText } from '../events.js';
import { toStreamIdentifier, toUuid } from './wire.js';

const { ReadResp } = streams;

export function eventResponse({ event, link }: ResolvedEvent, structuredIds: boolean): streams.ReadResp {
  const read = new ReadResp.ReadEvent();
  if (event) read.setEvent(fillRecord(new ReadResp.ReadEvent.RecordedEvent(), event, structuredIds));
  if (link) read.setLink(fillRecord(new ReadResp.ReadEvent.RecordedEvent(), link, structuredIds));
  const original = link ?? event;
  if (original) read.setCommitPosition(String(original.position));
  return new ReadResp().setEvent(read);
}

export function confirmationResponse(subscriptionId: string): streams.ReadResp {
  return new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId));
}

export function checkpointResponse(position: number): streams.ReadResp {
  const text = String(position);
  return new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(text).setPreparePosition(text));
}

export function caughtUpResponse(): streams.ReadResp {
  return new ReadResp().setCaughtUp(new ReadResp.CaughtUp());
}

export function streamNotFoundResponse(stream: string): streams.ReadResp {
  return new ReadResp().setStreamNotFound(
    new ReadResp.StreamNotFound().setStreamIdentifier(toStreamIdentifier(stream)),
  );
}

interface RecordMessage {
  setId(id: shared.UUID): unknown;
  setStreamIdentifier(identifier: shared.StreamIdentifier): unknown;
  setStreamRevision(revision: string): unknown;
  setCommitPosition(position: string): unknown;
  setPreparePosition(position: string): unknown;
  getMetadataMap(): { set(key: string, value: string): unknown };
  setCustomMetadata(metadata: Uint8Array): unknown;
  setData(data: Uint8Array): unknown;
}

/** Fills in a recorded event; ordinary and persistent reads have the same message under two names. */
export function fillRecord<Message extends RecordMessage>(
  message: Message,
  event: RecordedEvent,
  structuredIds: boolean,
): Message {
  const position = String(event.position);
  message.setId(toUuid(event.id, structuredIds));
  message.setStreamIdentifier(toStreamIdentifier(event.stream));
  message.setStreamRevision(revisionText(event.revision));
  message.setCommitPosition(position);
  message.setPreparePosition(position);
  const map = message.getMetadataMap();
  map.set('type', event.type);
  map.set('content-type', event.isJson ? 'application/json' : 'application/octet-stream');
  map.set('created', `${event.created}0000`); // ticks of 100 ns
  message.setCustomMetadata(event.metadata);
  message.setData(event.data);
  return message;
}
