import streams from '@eventstore/db-client/generated/streams_pb.js';
import { toStreamIdentifier } from './wire.js';

const { ReadResp } = streams;

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
