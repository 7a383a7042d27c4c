import { afterEach, expect, test } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { holdsPosition } from '../../src/core/watchdog.js';
import { Feed } from '../../src/integration/feed.js';

const logger = { error: () => undefined };

/** How a read from a position is answered: by an error, or by nothing. */
type Answer = { code: status; details: string } | 'nothing';

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A node whose answers are these; a read backwards from the end finds nothing, or fails where `broken`. */
async function node(answer: Answer, broken = false): Promise<EventStoreDBClient> {
  const server = new Server();
  const read = (call: { request: ReadReq; end(): void; emit(name: string, error: object): void }) => {
    const backwards = Number(call.request.getOptions()!.getReadDirection()) === 1;
    const failure = backwards && broken ? { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' } : answer;
    if (failure === 'nothing' || (backwards && !broken)) return call.end();
    call.emit('error', { ...failure, metadata: new Metadata() });
  };
  server.addService({ read: streams.StreamsService.read }, { read });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = EventStoreDBClient.connectionString`esdb://127.0.0.1:${port}?tls=false`;
  close = async () => {
    server.forceShutdown();
    await client.dispose();
  };
  return client;
}

const feedOf = (events: EventStoreDBClient) => new Feed({ events, logger } as never).page({} as never, 7n, 10);

/** As recorded of real servers: reference/eventstoredb-golden in the project's shared folder. */
const foreign: [string, Answer][] = [
  ['INVALID_ARGUMENT', { code: status.INVALID_ARGUMENT, details: 'Trying to read from an invalid position.' }],
  ['UNKNOWN of 24.10', { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: InvalidPosition' }],
  ['UNKNOWN of 23.10', { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' }],
  ['nothing, for a position beyond the end', 'nothing'],
];

test.each(foreign)('a position that the log never gave out is known by %s', async (_what, answer) => {
  const client = await node(answer);
  expect(await holdsPosition(client, 7n)).toBe(false);
  await expect(feedOf(client)).rejects.toMatchObject({ code: 'BAD_INPUT', field: 'after' });
});

const away: [string, Answer, boolean][] = [
  ['cannot read its files', { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' }, true],
  ['is away', { code: status.UNAVAILABLE, details: 'x' }, false],
  ['fails otherwise', { code: status.UNKNOWN, details: 'Exception was thrown by handler.' }, false],
];

test.each(away)('a node that %s says nothing of a position', async (_what, answer, broken) => {
  const client = await node(answer, broken);
  await expect(holdsPosition(client, 7n)).rejects.toThrow();
  await expect(feedOf(client)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
