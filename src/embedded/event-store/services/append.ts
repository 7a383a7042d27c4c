import type { sendUnaryData, ServerReadableStream, ServerUnaryCall } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { ExpectedRevision, isMetastream, NO_STREAM, ProposedEvent } from '../events.js';
import { Problem, problemOf, StoreError, toRefusal } from '../problem.js';
import { AppendResult, Writer } from '../storage/writer.js';
import { OpenCalls } from './outgoing.js';
import { invalidArgument, toProposedEvent, toStreamName } from './wire.js';

const { AppendResp, DeleteResp, TombstoneResp } = streams;

/** The most bytes of event data one append may hold: EventStoreDB's default. */
export const MAX_APPEND_SIZE = 1_048_576;

interface Expectation {
  getStreamIdentifier(): shared.StreamIdentifier | undefined;
  hasRevision(): boolean;
  getRevision(): string;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
}

/** Streams/Append: the options first, then one message an event. */
export function appendHandler(writer: Writer, openCalls: OpenCalls) {
  return (
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    callback: sendUnaryData<streams.AppendResp>,
  ): void => {
    let options: streams.AppendReq.Options | undefined;
    let bytes = 0;
    const events: ProposedEvent[] = [];
    let refused = false;
    const refuse = (error: unknown) => {
      if (!refused) callback(toRefusal(error));
      refused = true;
    };
    const over = openCalls.add(() => refuse(new StoreError({ kind: 'unavailable' })));
    call.on('cancelled', over);

    call.on('data', (message: streams.AppendReq) => {
      if (refused) return;
      try {
        options ??= message.getOptions();
        const proposed = message.getProposedMessage();
        if (!proposed) return;
        const event = toProposedEvent(proposed);
        bytes += event.data.length;
        if (bytes > MAX_APPEND_SIZE) {
          throw new StoreError({ kind: 'maximum-append-size-exceeded', limit: MAX_APPEND_SIZE });
        }
        events.push(event);
      } catch (error) {
        refuse(error);
      }
    });
    call.on('end', () => {
      over(); // all of it is here: from now on it is written or refused
      if (refused) return;
      append(writer, options, events).then((response) => callback(null, response), refuse);
    });
  };
}

/** Streams/Delete: hides the events of a stream. */
export function deleteHandler(writer: Writer) {
  return (
    call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>,
    callback: sendUnaryData<streams.DeleteResp>,
  ): void => {
    remove(call.request.getOptions(), (stream, expected) => writer.softDelete(stream, expected)).then(
      (position) => {
        const reply = new DeleteResp.Position().setCommitPosition(position).setPreparePosition(position);
        callback(null, new DeleteResp().setPosition(reply));
      },
      (error: unknown) => callback(toRefusal(error)),
    );
  };
}

/** Streams/Tombstone: ends a stream for good. */
export function tombstoneHandler(writer: Writer) {
  return (
    call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
    callback: sendUnaryData<streams.TombstoneResp>,
  ): void => {
    remove(call.request.getOptions(), (stream, expected) => writer.tombstone(stream, expected)).then(
      (position) => {
        const reply = new TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position);
        callback(null, new TombstoneResp().setPosition(reply));
      },
      (error: unknown) => callback(toRefusal(error)),
    );
  };
}

async function append(
  writer: Writer,
  options: streams.AppendReq.Options | undefined,
  events: ProposedEvent[],
): Promise<streams.AppendResp> {
  if (!options) throw invalidArgument('The append names no stream.');
  try {
    return successResponse(
      await writer.append(toStreamName(options.getStreamIdentifier()), toExpected(options), events),
    );
  } catch (error) {
    const problem = problemOf(error);
    // Here a wrong version is an answer, not a failure.
    if (problem.kind === 'wrong-expected-version') return wrongVersionResponse(problem);
    throw error;
  }
}

async function remove(
  options: Expectation | undefined,
  write: (stream: string, expected: ExpectedRevision) => Promise<AppendResult>,
): Promise<string> {
  const stream = toStreamName(options?.getStreamIdentifier());
  if (!options || isMetastream(stream)) throw invalidArgument('A metadata stream goes with its stream.');
  const { position } = await write(stream, toExpected(options));
  return String(position);
}

function toExpected(options: Expectation): ExpectedRevision {
  if (options.hasRevision()) return BigInt(options.getRevision());
  if (options.hasNoStream()) return 'no_stream';
  return options.hasStreamExists() ? 'stream_exists' : 'any';
}

function successResponse({ revision, position }: AppendResult): streams.AppendResp {
  const success = new AppendResp.Success();
  if (revision === NO_STREAM) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) success.setNoPosition(new shared.Empty());
  else {
    const text = String(position);
    success.setPosition(new AppendResp.Position().setCommitPosition(text).setPreparePosition(text));
  }
  return new AppendResp().setSuccess(success);
}

function wrongVersionResponse({
  expected,
  actual,
}: Extract<Problem, { kind: 'wrong-expected-version' }>): streams.AppendResp {
  const wrong = new AppendResp.WrongExpectedVersion();
  if (actual === NO_STREAM) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(actual));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(expected.toString());
  return new AppendResp().setWrongExpectedVersion(wrong);
}
