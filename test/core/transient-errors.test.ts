import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { Metadata, Server as GrpcServer, ServerCredentials, status } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Kafka, KafkaJSProtocolError, logLevel } from 'kafkajs';
import { MongoBulkWriteError, MongoClient, MongoServerError } from 'mongodb';
import { createTransport } from 'nodemailer';
import { readS3Url, S3Bucket } from '../../src/attachment/s3-bucket.js';
import { ClamdScanner } from '../../src/attachment/scanner.js';
import { WrongMasterKey } from '../../src/core/master-keys.js';
import { DomainError } from '../../src/core/problem.js';
import { asProblem } from '../../src/core/store-errors.js';
import { isTransient } from '../../src/core/transient-errors.js';
import { VaultTransit } from '../../src/core/vault-transit.js';
import { Recaptcha } from '../../src/session/recaptcha.js';
import { FakeClamd } from '../attachment/fake-clamd.js';
import { startMailServer, type Reception } from '../mail/mail-server.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { freePort } from '../support/free-port.js';
import { startKeyService, type KeyService } from '../support/key-service.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

/** What a call rejects with. */
const thrown = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

/** A port on which nobody listens. */
let nobody: number;
/** Takes connections and cuts each at its first byte. */
let cutting: Server;
let cuttingPort: number;
beforeAll(async () => {
  nobody = await freePort();
  cutting = createServer((socket) => void socket.on('error', () => undefined).on('data', () => socket.destroy()));
  cutting.listen(0, '127.0.0.1');
  await once(cutting, 'listening');
  cuttingPort = (cutting.address() as AddressInfo).port;
});
afterAll(() => void cutting.close());

describe('MongoDB', () => {
  let mongo: StartedMongo;
  let client: MongoClient;
  beforeAll(async () => {
    mongo = await startMongo();
    client = await MongoClient.connect(mongo.url, { serverSelectionTimeoutMS: 300 });
  });
  afterAll(async () => {
    await client.close();
    await mongo.stop();
  });

  test('says later where nobody answers, or cuts the connection', async () => {
    for (const port of [nobody, cuttingPort]) {
      const away = new MongoClient(`mongodb://127.0.0.1:${port}`, { serverSelectionTimeoutMS: 200 });
      expect(isTransient(await thrown(away.db('a').command({ ping: 1 })))).toBe(true);
      await away.close();
    }
    const closed = new MongoClient(mongo.url);
    await closed.connect();
    await closed.close();
    expect(isTransient(await thrown(closed.db('a').command({ ping: 1 })))).toBe(true);
  });

  test('is final about a document that cannot be written', async () => {
    const documents = client.db('table').collection<{ _id: string }>('documents');
    await documents.insertOne({ _id: 'a' });
    expect(isTransient(await thrown(documents.insertOne({ _id: 'a' })))).toBe(false);
    const again = [{ insertOne: { document: { _id: 'a' } } }];
    expect(isTransient(await thrown(documents.bulkWrite(again)))).toBe(false);
    const large = { _id: 'b', text: 'x'.repeat(17_000_000) };
    expect(isTransient(await thrown(documents.insertOne(large)))).toBe(false);
  });

  test.each([
    ['NotWritablePrimary', { code: 10107 }, true],
    ['PrimarySteppedDown', { code: 189 }, true],
    ['MaxTimeMSExpired', { code: 50 }, true],
    ['WriteConcernFailed', { code: 64 }, true],
    ['Unauthorized', { code: 13 }, true],
    ['a retryable label', { code: 2, errorLabels: ['RetryableWriteError'] }, true],
    ['DocumentValidationFailure', { code: 121 }, false],
    ['BSONObjectTooLarge', { code: 10334 }, false],
  ])('%s', (_name, reply, later) => {
    expect(isTransient(new MongoServerError({ errmsg: 'x', ...reply }))).toBe(later);
  });

  test('a bulk write whose write concern alone failed says later, also beside a duplicate key', () => {
    const result = { getWriteConcernError: () => ({ code: 64 }) } as never;
    const duplicate = [{ code: 11000 }] as never;
    for (const writeErrors of [[] as never, duplicate]) {
      expect(isTransient(new MongoBulkWriteError({ message: 'x', code: 64, writeErrors }, result))).toBe(true);
    }
  });
});

describe('EventStoreDB', () => {
  let store: RunningEventStore;
  beforeAll(async () => {
    store = await startEventStore();
  });
  afterAll(() => store.stop());

  const read = async (client: EventStoreDBClient) => {
    for await (const _event of client.readStream('a')) void _event;
  };

  test('says later where nobody answers, or cuts the connection', async () => {
    for (const port of [nobody, cuttingPort]) {
      const client = EventStoreDBClient.connectionString`esdb://127.0.0.1:${port}?tls=false`;
      const error = await thrown(read(client));
      expect(isTransient(error)).toBe(true);
      expect(asProblem(error)).toMatchObject({ code: 'UNAVAILABLE' });
      expect(isTransient(await thrown(client.appendToStream('a', jsonEvent({ type: 'A', data: {} }))))).toBe(true);
      await client.dispose();
    }
  });

  test('is final about a revision that the stream is not at, and about a stream that is not there', async () => {
    const client = EventStoreDBClient.connectionString(store.url);
    const append = () =>
      client.appendToStream('b', jsonEvent({ type: 'A', data: {} }), { expectedRevision: NO_STREAM });
    await append();
    expect(isTransient(await thrown(append()))).toBe(false);
    expect(isTransient(await thrown(read(client)))).toBe(false);
    await client.dispose();
  });

  test.each([
    ['UNAVAILABLE', status.UNAVAILABLE, undefined, true],
    ['DEADLINE_EXCEEDED', status.DEADLINE_EXCEEDED, undefined, true],
    ['ABORTED', status.ABORTED, undefined, true],
    ['CANCELLED', status.CANCELLED, undefined, true],
    ['RESOURCE_EXHAUSTED', status.RESOURCE_EXHAUSTED, undefined, true],
    ['UNKNOWN, as a full disk reads', status.UNKNOWN, undefined, true],
    ['not-leader', status.NOT_FOUND, 'not-leader', true],
    ['access-denied', status.PERMISSION_DENIED, 'access-denied', true],
    ['stream-deleted', status.FAILED_PRECONDITION, 'stream-deleted', false],
    ['maximum-append-size-exceeded', status.INVALID_ARGUMENT, 'maximum-append-size-exceeded', false],
  ])('%s', async (_name, code, exception, later) => {
    const server = new GrpcServer();
    const metadata = new Metadata();
    const trailer = {
      exception,
      'stream-name': 'a',
      'leader-endpoint-host': 'b',
      'leader-endpoint-port': '1',
      'maximum-append-size': '1',
    };
    if (exception) for (const [key, value] of Object.entries(trailer)) metadata.set(key, value!);
    const fail = (call: { emit(name: string, error: object): void }) =>
      call.emit('error', { code, details: 'as it says', metadata });
    server.addService({ read: streams.StreamsService.read }, { read: fail });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const client = EventStoreDBClient.connectionString`esdb://127.0.0.1:${port}?tls=false`;
    const error = await thrown(read(client));
    server.forceShutdown();
    await client.dispose();
    expect(isTransient(error)).toBe(later);
    // What another thread says of it has lost its class.
    const { name, message, type } = error as Error & { type?: string };
    if (type) expect(isTransient(Object.assign(new Error(message), { name, type, code }))).toBe(later);
  });
});

describe('Kafka', () => {
  const failed = async (port: number) => {
    const brokers = [`127.0.0.1:${port}`];
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 500 });
    return thrown(kafka.producer().connect());
  };

  test('says later where nobody answers, or cuts the connection', async () => {
    for (const port of [nobody, cuttingPort]) expect(isTransient(await failed(port))).toBe(true);
  });

  test.each([
    ['NOT_ENOUGH_REPLICAS', 19, true],
    ['TOPIC_AUTHORIZATION_FAILED', 29, true],
    ['UNKNOWN_TOPIC_OR_PARTITION', 3, true],
    ['MESSAGE_TOO_LARGE', 10, false],
    ['INVALID_RECORD', 87, false],
  ])('%s', (type, code, later) => {
    const error = new KafkaJSProtocolError({ type, code, message: 'x', retriable: false } as never);
    expect(isTransient(error)).toBe(later);
    const wrapped = Object.assign(new Error('x', { cause: error }), { name: 'KafkaJSNonRetriableError' });
    expect(isTransient(wrapped)).toBe(later);
  });
});

describe('SMTP', () => {
  const sent = async (port: number): Promise<unknown> => {
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
    return thrown(transport.sendMail({ from: 'a@example.org', to: 'b@example.org', text: 'x' }));
  };
  const receptions: [string, Reception, boolean][] = [
    ['451 to RCPT TO', { at: 'RCPT', code: 451 }, true],
    ['452 to DATA', { at: 'DATA', code: 452 }, true],
    ['hanging up', 'hang up before DATA', true],
    ['550 to RCPT TO', { at: 'RCPT', code: 550 }, false],
    ['554 to DATA', { at: 'DATA', code: 554 }, false],
  ];

  test.each(receptions)('%s', async (_name, reception, later) => {
    const server = await startMailServer(0, { receive: async () => reception, received: async () => undefined });
    const error = await sent(server.port);
    await server.stop();
    expect(isTransient(error)).toBe(later);
  });

  test('says later where nobody answers', async () => {
    expect(isTransient(await sent(nobody))).toBe(true);
  });

  test('a refused log-in or sender is about the installation, and says later', () => {
    for (const command of ['AUTH LOGIN', 'MAIL FROM', 'CONN']) {
      expect(isTransient(Object.assign(new Error('x'), { responseCode: 550, command }))).toBe(true);
    }
  });
});

describe('HTTP', () => {
  let server: HttpServer;
  let port: number;
  let answer = 503;
  beforeAll(async () => {
    server = createHttpServer((_request, response) => void response.writeHead(answer).end('{}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  test('fetch says later where nobody answers, is cut, times out, or cannot agree on TLS', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port: silence } = silent.address() as AddressInfo;
    const urls = [`http://127.0.0.1:${nobody}`, `http://127.0.0.1:${cuttingPort}`, `https://127.0.0.1:${port}`];
    for (const url of urls) expect(isTransient(await thrown(fetch(url)))).toBe(true);
    const late = fetch(`http://127.0.0.1:${silence}`, { signal: AbortSignal.timeout(50) });
    expect(isTransient(await thrown(late))).toBe(true);
    silent.close();
  });

  test.each([408, 429, 500, 502, 503, 504])('S3 says later by %i', async (code) => {
    answer = code;
    const bucket = new S3Bucket(readS3Url(`s3://me:secret@127.0.0.1:${port}/bucket?tls=false`)!);
    expect(await thrown(bucket.put('a', Buffer.from('b')))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(isTransient(await thrown(bucket.get('a')))).toBe(true);
  });

  test.each([408, 429, 500, 503])('reCAPTCHA says later by %i', async (code) => {
    answer = code;
    const recaptcha = new Recaptcha({ secret: 's', siteKey: 'k', verifyUrl: `http://127.0.0.1:${port}` });
    expect(isTransient(await thrown(recaptcha.verify('token')))).toBe(true);
  });
});

describe("Vault's transit engine", () => {
  let service: KeyService;
  beforeAll(async () => {
    service = await startKeyService();
  });
  afterAll(() => service.stop());

  test.each([403, 404, 408, 412, 429, 472, 473, 500, 502, 503])('says later by %i', async (code) => {
    service.instead = undefined;
    const transit = await VaultTransit.open(service.place);
    const wrapped = await transit.wrap(Buffer.alloc(32), 'owner');
    service.instead = (_request, response) => void response.writeHead(code).end('{}');
    expect(isTransient(await thrown(transit.unwrap(wrapped, 'owner')))).toBe(true);
    expect(isTransient(await thrown(VaultTransit.open(service.place)))).toBe(true);
  });

  test('says later where nobody answers, and is final about a key that it did not wrap', async () => {
    service.instead = undefined;
    const away = { ...service.place, url: `http://127.0.0.1:${nobody}` };
    expect(isTransient(await thrown(VaultTransit.open(away)))).toBe(true);
    const transit = await VaultTransit.open(service.place);
    const wrapped = await transit.wrap(Buffer.alloc(32), 'owner');
    const error = await thrown(transit.unwrap(wrapped, 'another'));
    expect(error).toBeInstanceOf(WrongMasterKey);
    expect(isTransient(error)).toBe(false);
  });
});

test.each(['closing', 'erring', 'babbling', 'limited'] as const)('clamd that is %s says later', async (mood) => {
  const clamd = new FakeClamd();
  const url = await clamd.start();
  clamd.mood = mood;
  expect(isTransient(await thrown(new ClamdScanner(url).scan(Buffer.from('x'))))).toBe(true);
  await clamd.stop();
});

test('what is about an event, or a slip in the code, is final', () => {
  const clone = (() => {
    try {
      structuredClone(() => undefined);
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  const errors = [new TypeError('x is not a function'), new RangeError('x'), new WrongMasterKey(), clone, 'text', null];
  for (const error of errors) expect(isTransient(error)).toBe(false);
  expect(isTransient(new DomainError('FORM_ENDED', 'x'))).toBe(false);
  expect(isTransient(new DomainError('UNAVAILABLE', 'x'))).toBe(true);
});
