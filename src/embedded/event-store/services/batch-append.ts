import type { ServerDuplexStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { ExpectedRevision, ProposedEvent } from '../events.js';
import { StoreError } from '../problem.js';
import { Writer } from '../storage/writer.js';
import { MAX_APPEND_SIZE } from './append.js';
import { toBatchStatus } from './batch-status.js';
import { encodeAppended } from './encode.js';
import { OpenCalls, Outgoing } from './outgoing.js';
import { invalidArgument, toProposedEvent, toStreamIdentifier, toStreamName } from './wire.js';

const { BatchAppendResp } = streams;

type BatchAppendCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

/** An append whose chunks are still coming. */
interface Batch {
  stream: string;
  expected: ExpectedRevision;
  events: ProposedEvent[];
  bytes: number;
  deadline: number;
  timer?: NodeJS.Timeout;
}

/** However far off its deadline, an append is answered within this time. */
const LONGEST_WAIT_MS = 2_000;

/** What one call may hold in appends whose last chunk has not come, before it is ended. */
const MAX_OPEN_BATCHES = 10_000;

/** Streams/BatchAppend: many appends over one call, each in one or more chunks under a correlation id. */
export function batchAppendHandler(writer: Writer, openCalls: OpenCalls): (call: BatchAppendCall) => void {
  return (call) => new BatchAppendSession(writer, call, openCalls).start();
}

class BatchAppendSession {
  /** By correlation id; `answered` marks one that is over although chunks of it still come. */
  readonly #batches = new Map<string, Batch | 'answered'>();
  readonly #out: Outgoing<streams.BatchAppendResp>;
  #flushing = false;

  constructor(
    private readonly writer: Writer,
    private readonly call: BatchAppendCall,
    openCalls: OpenCalls,
  ) {
    this.#out = new Outgoing(call as unknown as ServerDuplexStream<never, streams.BatchAppendResp>, openCalls);
  }

  start(): void {
    this.call.on('data', (request: streams.BatchAppendReq) => this.#receive(request));
    this.call.on('end', () => {
      this.writer.flush();
      setImmediate(() => this.#out.end()); // after the answers to what was flushed
    });
    this.#out.onClose(() => {
      for (const batch of this.#batches.values()) if (batch !== 'answered') clearTimeout(batch.timer);
      this.#batches.clear();
    });
  }

  #receive(request: streams.BatchAppendReq): void {
    const correlation = request.getCorrelationId();
    const key = correlation?.getString() || String(correlation?.getStructured()?.toArray());
    const known = this.#batches.get(key);
    if (known === 'answered') {
      if (request.getIsFinal()) this.#batches.delete(key);
      return;
    }
    const answer = (response: streams.BatchAppendResp) => this.#answer(response.setCorrelationId(correlation));
    let stream = known?.stream ?? '';
    const refuse = (error: unknown) => {
      if (known) clearTimeout(known.timer);
      if (request.getIsFinal()) this.#batches.delete(key);
      else this.#batches.set(key, 'answered');
      answer(refusedResponse(stream, error));
    };

    try {
      const batch = known ?? open(request.getOptions());
      stream = batch.stream;
      for (const message of request.getProposedMessagesList()) {
        const event = toProposedEvent(message);
        batch.bytes += event.data.length;
        if (batch.bytes > MAX_APPEND_SIZE) {
          throw new StoreError({ kind: 'maximum-append-size-exceeded', limit: MAX_APPEND_SIZE });
        }
        batch.events.push(event);
      }
      if (!request.getIsFinal()) {
        if (this.#batches.size >= MAX_OPEN_BATCHES) {
          this.#out.fail(invalidArgument('Too many appends are unfinished.'));
          return;
        }
        this.#batches.set(key, batch);
        batch.timer ??= setTimeout(() => {
          this.#batches.set(key, 'answered');
          answer(refusedResponse(stream, new StoreError({ kind: 'timeout' })));
        }, batch.deadline - Date.now());
        return;
      }
      clearTimeout(batch.timer);
      this.#batches.delete(key);
      this.writer.append(stream, batch.expected, batch.events, batch.deadline).then(
        (result) => this.#appended(encodeAppended(correlation, stream, result)),
        (error: unknown) => answer(refusedResponse(stream, error)),
      );
    } catch (error) {
      refuse(error);
    }
  }

  #answer(response: streams.BatchAppendResp): void {
    this.#respect(this.#out.send(response));
  }

  /** Collects answers: all of one commit are there by the time that promises have told of it. */
  #appended(response: Buffer): void {
    this.#respect(this.#out.collect(response));
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#respect(this.#out.flush());
    });
  }

  /** A caller that does not take its answers is not read until it does. */
  #respect(blocked: Promise<void> | undefined): void {
    if (!blocked) return;
    this.call.pause();
    void blocked.then(() => this.call.resume());
  }
}

function open(options: streams.BatchAppendReq.Options | undefined): Batch {
  if (!options) throw invalidArgument('The append names no stream.');
  const asked = options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
  return {
    stream: toStreamName(options.getStreamIdentifier()),
    expected: toExpected(options),
    events: [],
    bytes: 0,
    deadline: Math.min(asked, Date.now() + LONGEST_WAIT_MS),
  };
}

function toExpected(options: streams.BatchAppendReq.Options): ExpectedRevision {
  if (options.hasStreamPosition()) return BigInt(options.getStreamPosition());
  if (options.hasNoStream()) return 'no_stream';
  return options.hasStreamExists() ? 'stream_exists' : 'any';
}

function refusedResponse(stream: string, error: unknown): streams.BatchAppendResp {
  return new BatchAppendResp().setStreamIdentifier(toStreamIdentifier(stream)).setError(toBatchStatus(error));
}
