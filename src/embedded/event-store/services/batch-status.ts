import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { NO_STREAM } from '../events.js';
import { Problem, problemOf, StoreError, toRefusal } from '../problem.js';
import { toStreamIdentifier } from './wire.js';

interface Detail {
  name: string;
  message: { serializeBinary(): Uint8Array };
  /** A google.rpc.Code. */
  code: number;
}

/** A problem as BatchAppend answers it. The client reads `details`, which therefore must always be there. */
export function toBatchStatus(error: unknown): statusPb.Status {
  const { name, message, code } = detailOf(problemOf(error));
  const details = new any.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  return new statusPb.Status().setCode(code).setMessage(toRefusal(error).details).setDetails(details);
}

function detailOf(problem: Problem): Detail {
  switch (problem.kind) {
    case 'wrong-expected-version':
      return { name: 'WrongExpectedVersion', message: wrongExpectedVersion(problem), code: 6 };
    case 'stream-deleted': {
      const message = new shared.StreamDeleted().setStreamIdentifier(toStreamIdentifier(problem.stream));
      return { name: 'StreamDeleted', message, code: 5 };
    }
    case 'maximum-append-size-exceeded': {
      const message = new shared.MaximumAppendSizeExceeded().setMaxappendsize(problem.limit);
      return { name: 'MaximumAppendSizeExceeded', message, code: 3 };
    }
    case 'access-denied':
      return { name: 'AccessDenied', message: new shared.AccessDenied(), code: 7 };
    case 'timeout':
      return { name: 'Timeout', message: new shared.Timeout(), code: 4 };
    case 'invalid-argument':
    case 'missing-required-metadata-property': {
      const message = new shared.BadRequest().setMessage(toRefusal(new StoreError(problem)).details);
      return { name: 'BadRequest', message, code: 3 };
    }
    case 'storage-failed':
    case 'damaged':
      // Of Unknown the client keeps nothing; of what it does not know, the message. Both become its UnknownError.
      return { name: 'StorageFailed', message: new shared.Unknown(), code: 13 };
    default:
      return { name: 'Unknown', message: new shared.Unknown(), code: 2 };
  }
}

function wrongExpectedVersion({
  expected,
  actual,
}: Extract<Problem, { kind: 'wrong-expected-version' }>): shared.WrongExpectedVersion {
  const message = new shared.WrongExpectedVersion();
  if (actual === NO_STREAM) message.setCurrentNoStream(new empty.Empty());
  else message.setCurrentStreamRevision(String(actual));
  if (expected === 'any') return message.setExpectedAny(new empty.Empty());
  if (expected === 'no_stream') return message.setExpectedNoStream(new empty.Empty());
  if (expected === 'stream_exists') return message.setExpectedStreamExists(new empty.Empty());
  return message.setExpectedStreamPosition(expected.toString());
}
