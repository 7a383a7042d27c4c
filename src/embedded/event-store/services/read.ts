import { randomUUID } from 'node:crypto';
import type { ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { NO_STREAM, RecordedEvent } from '../events.js';
import { EventStore } from '../storage/event-store.js';
import { PageSize } from '../storage/page-size.js';
import { Direction, isInternal } from '../storage/reader.js';
import { encodeEvent } from './encode.js';
import { checkpointInterval, EventFilter, filterSettings, toFilter } from './filter.js';
import { allSource, follow, Source, streamSource } from './follow.js';
import { OpenCalls, Outgoing } from './outgoing.js';
import { caughtUpResponse, checkpointResponse, confirmationResponse, streamNotFoundResponse } from './read-response.js';
import { invalidArgument, toNumber, toStreamName } from './wire.js';

type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
type Options = streams.ReadReq.Options;

/** Streams/Read: reads of a stream or of $all, and subscriptions to either. */
export function readHandler(store: EventStore, openCalls: OpenCalls): (call: ReadCall) => void {
  return (call) => {
    const out = new Outgoing<streams.ReadResp>(call as ServerWritableStream<never, streams.ReadResp>, openCalls);
    answer(store, call.request.getOptions(), out).then(
      () => out.end(),
      (error: unknown) => out.fail(error),
    );
  };
}

async function answer(store: EventStore, options: Options | undefined, out: Outgoing<streams.ReadResp>): Promise<void> {
  if (!options || !(options.hasStream() || options.hasAll())) throw invalidArgument('The read names no stream.');
  if (options.hasSubscription()) return subscribe(store, options, out);
  return options.hasAll() ? readAll(store, options, out) : readStream(store, options, out);
}

async function readStream(store: EventStore, options: Options, out: Outgoing<streams.ReadResp>): Promise<void> {
  const streamOptions = options.getStream()!;
  const stream = toStreamName(streamOptions.getStreamIdentifier());
  if (!store.reader.visibleRange(stream)) {
    await out.send(streamNotFoundResponse(stream));
    return;
  }
  const direction = directionOf(options);
  const from = streamOptions.hasEnd()
    ? store.reader.lastRevision(stream) + (direction === 'forward' ? 1 : 0)
    : toNumber(streamOptions.getRevision());
  await sendPages(store, options, out, from, (next, limit) => {
    const range = store.reader.visibleRange(stream);
    const page = range ? store.reader.streamPage(range, next, direction, limit) : [];
    return { page, next: (page.at(-1)?.revision ?? 0) + (direction === 'forward' ? 1 : -1) };
  });
}

async function readAll(store: EventStore, options: Options, out: Outgoing<streams.ReadResp>): Promise<void> {
  const direction = directionOf(options);
  const filter = options.hasFilter() ? toFilter(filterSettings(options.getFilter()!)) : undefined;
  await sendPages(store, options, out, allPosition(store, options), (next, limit) => {
    const page = store.reader.allPage(next, direction, limit);
    const visible = page.filter((event) => !isInternal(event) && (!filter || filter(event)));
    return { page, visible, next: (page.at(-1)?.position ?? 0) + (direction === 'forward' ? 1 : 0) };
  });
}

interface Page {
  page: RecordedEvent[];
  visible?: RecordedEvent[];
  next: number;
}

async function sendPages(
  { reader }: EventStore,
  options: Options,
  out: Outgoing<streams.ReadResp>,
  from: number,
  read: (from: number, limit: number) => Page,
): Promise<void> {
  const pages = new PageSize();
  const structuredIds = asksForStructuredIds(options);
  let wanted = toNumber(options.getCount());
  for (let next = from; wanted > 0 && out.open;) {
    const limit = options.hasFilter() ? pages.size : Math.min(pages.size, wanted);
    const { page, visible = page, next: following } = read(next, limit);
    for (const event of visible.slice(0, wanted)) {
      const blocked = out.collect(
        encodeEvent(options.getResolveLinks() ? reader.resolve(event) : { event }, structuredIds),
      );
      if (blocked) await blocked;
    }
    await out.flush();
    if (page.length < limit) return;
    pages.adapt(page);
    wanted -= visible.length;
    next = following;
  }
}

async function subscribe(store: EventStore, options: Options, out: Outgoing<streams.ReadResp>): Promise<void> {
  const { source, start } = subscriptionStart(store, options);
  const structuredIds = asksForStructuredIds(options);
  const resolve = options.getResolveLinks();
  const filterOptions = options.hasAll() ? options.getFilter() : undefined;
  const filter: EventFilter = filterOptions ? toFilter(filterSettings(filterOptions)) : () => true;
  const interval = filterOptions ? checkpointInterval(filterOptions) : Number.POSITIVE_INFINITY;
  let considered = 0;

  await out.send(confirmationResponse(randomUUID()));
  await follow(source, store.feed, start, {
    deliver(event, cursor) {
      considered += 1;
      const blocked = filter(event)
        ? out.collect(encodeEvent(resolve ? store.reader.resolve(event) : { event }, structuredIds))
        : undefined;
      if (considered < interval) return blocked;
      considered = 0;
      return inTurn(blocked, () => out.send(checkpointResponse(cursor)));
    },
    delivered: () => out.flush(),
    caughtUp(cursor) {
      if (!filterOptions) return out.send(caughtUpResponse());
      considered = 0;
      return inTurn(out.send(checkpointResponse(cursor)), () => out.send(caughtUpResponse()));
    },
    get open() {
      return out.open;
    },
    onClose: (listener) => out.onClose(listener),
  });
}

/** Where a subscription begins: its cursor is the last event it does not get. */
function subscriptionStart(store: EventStore, options: Options): { source: Source; start: number } {
  if (options.hasAll()) {
    const all = options.getAll()!;
    const source = allSource(store.reader);
    return { source, start: all.hasEnd() ? source.end() : allPosition(store, options) };
  }
  const { reader } = store;
  const streamOptions = options.getStream()!;
  const source = streamSource(reader, toStreamName(streamOptions.getStreamIdentifier()));
  if (streamOptions.hasEnd()) return { source, start: source.end() };
  return { source, start: streamOptions.hasRevision() ? toNumber(streamOptions.getRevision()) : NO_STREAM };
}

/** The position a read of $all starts from. Only those that the log has handed out are valid. */
function allPosition({ reader }: EventStore, options: Options): number {
  const all = options.getAll()!;
  if (all.hasEnd()) return reader.lastPosition + 1;
  const position = toNumber(all.getPosition()?.getCommitPosition() ?? '0');
  if (position > 0 && !reader.isPosition(position)) throw invalidArgument('Trying to read from an invalid position.');
  return position;
}

function directionOf(options: Options): Direction {
  return options.getReadDirection() === streams.ReadReq.Options.ReadDirection.FORWARDS ? 'forward' : 'backward';
}

function asksForStructuredIds(options: Options): boolean {
  return options.getUuidOption()?.hasStructured() ?? false;
}

function inTurn(blocked: Promise<void> | undefined, next: () => Promise<void> | undefined): Promise<void> | undefined {
  return blocked ? blocked.then(next) : next();
}
