import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { RecordedEvent, ResolvedEvent, revisionText } from '../events.js';
import { toStreamIdentifier, toUuid } from '../services/wire.js';

const { ReadResp } = persistent;

type Recorded = persistent.ReadResp.ReadEvent.RecordedEvent;

/** A message as a consumer gets it. The client always asks for ids as text here. */
export function messageResponse({ event, link }: ResolvedEvent, retryCount: number): persistent.ReadResp {
  const read = new ReadResp.ReadEvent().setRetryCount(retryCount);
  if (event) read.setEvent(fillRecord(new ReadResp.ReadEvent.RecordedEvent(), event));
  if (link) read.setLink(fillRecord(new ReadResp.ReadEvent.RecordedEvent(), link));
  const original = link ?? event;
  if (original) read.setCommitPosition(String(original.position));
  return new ReadResp().setEvent(read);
}

export function confirmationResponse(subscriptionId: string): persistent.ReadResp {
  return new ReadResp().setSubscriptionConfirmation(
    new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId),
  );
}

function fillRecord(message: Recorded, event: RecordedEvent): Recorded {
  const position = String(event.position);
  message.setId(toUuid(event.id));
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
