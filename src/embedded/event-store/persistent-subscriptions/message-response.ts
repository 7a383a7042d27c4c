import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import { ResolvedEvent } from '../events.js';
import { fillRecord } from '../services/read-response.js';

const { ReadResp } = persistent;

/** A message as a consumer gets it. The client always asks for ids as text here. */
export function messageResponse({ event, link }: ResolvedEvent, retryCount: number): persistent.ReadResp {
  const read = new ReadResp.ReadEvent().setRetryCount(retryCount);
  if (event) read.setEvent(fillRecord(new ReadResp.ReadEvent.RecordedEvent(), event, false));
  if (link) read.setLink(fillRecord(new ReadResp.ReadEvent.RecordedEvent(), link, false));
  const original = link ?? event;
  if (original) read.setCommitPosition(String(original.position));
  return new ReadResp().setEvent(read);
}

export function confirmationResponse(subscriptionId: string): persistent.ReadResp {
  return new ReadResp().setSubscriptionConfirmation(
    new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId),
  );
}
