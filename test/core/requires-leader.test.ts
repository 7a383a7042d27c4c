import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { appendBy } from '../../src/core/appending.js';
import { LogFeed } from '../../src/core/log-feed.js';
import { readLogPage } from '../../src/core/read-log.js';
import { logRecords, streamRecords } from '../../src/core/records.js';
import { holdsPosition, newestPosition } from '../../src/core/watchdog.js';

let server: Server;
let client: EventStoreDBClient;
/** How each call asked for the leader. */
let asked: string[] = [];

type Call = { metadata: Metadata; end(): void; emit(name: string, error: object): void };
/** A node that is none: says so to whoever asks for the leader, and is empty to everybody else, as one that lags is. */
beforeAll(async () => {
  const notLeader = new Metadata();
  const refusal = { code: status.NOT_FOUND, details: 'Leader info available', metadata: notLeader };
  const noted = ({ metadata }: Call) => asked.push(String(metadata.get('requires-leader')[0]));
  const read = (call: Call) => (noted(call) && asked.at(-1) === 'true' ? call.emit('error', refusal) : call.end());
  const append = (call: Call, answer: (error: object) => void) => noted(call) && answer(refusal);
  server = new Server();
  const { StreamsService } = streams;
  server.addService({ read: StreamsService.read, append: StreamsService.append }, { read, append } as never);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  // The client goes where the leader is said to be: here again.
  const trailer = { exception: 'not-leader', 'leader-endpoint-host': '127.0.0.1', 'leader-endpoint-port': `${port}` };
  for (const [key, value] of Object.entries(trailer)) notLeader.set(key, value);
  client = EventStoreDBClient.connectionString`esdb://127.0.0.1:${port}?tls=false`;
});
afterAll(async () => {
  server.forceShutdown();
  await client.dispose();
});

const all = async (records: AsyncIterable<unknown>) => {
  for await (const record of records) void record;
};
const event = jsonEvent({ type: 'A', data: {}, metadata: {} });
const calls: [string, () => Promise<unknown>][] = [
  ['an append', () => appendBy(client)({ stream: 'a', expectedRevision: NO_STREAM, events: [event] })],
  ['the read that a decision stands on', () => all(streamRecords(client, 'a'))],
  ['the read of the whole log', () => all(logRecords(client))],
  ['a page of the log', () => readLogPage(client, 0n, 10)],
  ['whether the log holds a position', () => holdsPosition(client, 5n)],
  ['where the log ends', () => newestPosition(client)],
  ['what follows the log', () => new LogFeed(client, ['a']).after(0n, AbortSignal.timeout(5_000))],
];

test.each(calls)('%s is asked of the leader: a node that lags answers nothing', async (_what, call) => {
  asked = [];
  await expect(call()).rejects.toThrow();
  expect(asked).not.toHaveLength(0);
  expect(new Set(asked)).toEqual(new Set(['true']));
});
