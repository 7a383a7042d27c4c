import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { PublicEvent } from '../../projections/kafka/contract.js';
import { configuredTopics, publishFacts, type PublishDeps } from '../../projections/kafka/follower.js';
import { KafkaPublisher, type Addressed } from '../../projections/kafka/publish.js';
import { RememberedSubmissions } from '../../projections/kafka/submissions.js';
import { loadConfig } from '../../src/config.js';
import { Logger } from '../../src/core/logger.js';
import { noHead } from '../../src/core/event-log.js';
import { derivedId } from '../../src/core/ids.js';
import { referralKind, referralStream, type ReferralEvent } from '../../src/referral/referral.events.js';
import { startStores, type Application, type Stores } from '../core/stores.js';
import { contactStarted, formSubmitted, receipt, REFERENCE, resubmitted, sent } from '../deciders/referral-story.js';

let stores: Stores;
let application: Application;
let published: Addressed[][];
beforeAll(async () => {
  stores = await startStores();
  application = stores.application();
});
afterAll(() => stores?.stop());
beforeEach(() => {
  published = [];
});

let referrals = 0;
async function recorded(...events: ReferralEvent[]) {
  const stream = referralStream(derivedId('publishing', (referrals += 1)));
  const { facts } = await application.log.append(referralKind, stream, noHead, events, {
    commandId: derivedId(stream),
    commandHash: '',
    council: 'lancashire',
    actor: { kind: 'worker', id: 'w', name: 'Wendy' },
    correlationId: 'c',
    at: '2026-11-20T12:00:00.000Z',
  });
  return facts;
}

const deps = (changed: Partial<PublishDeps> = {}): PublishDeps => ({
  log: application.log,
  submissions: new RememberedSubmissions(),
  publicUrl: 'https://api.example.org',
  topicsOf: () => [{ name: 'thin', full: false }],
  send: async (events) => void published.push([...events]),
  ...changed,
});
const life = [...resubmitted, contactStarted(4), receipt(1)];

describe('Publishing', () => {
  test('followed from its start, a referral is never read; picked up in its middle, it is read once', async () => {
    const facts = await recorded(...life);
    const reads: string[] = [];
    const log = Object.create(application.log, {
      records: { value: (stream: string) => (reads.push(stream), application.log.records(stream)) },
    });
    expect(await publishFacts(deps({ log }), facts)).toBe(5);
    expect(reads).toEqual([]);
    const whole = published.flat();
    published = [];
    expect(await publishFacts(deps({ log }), facts.slice(4))).toBe(3);
    expect(reads).toEqual([facts[0]!.stream]);
    expect(published.flat()).toEqual(whole.slice(2));
  });

  test('given facts again, in part or in pieces, makes the same events', async () => {
    const facts = await recorded(...life);
    const remembering = deps();
    await publishFacts(remembering, facts);
    const whole = published.flat();
    for (const fact of [...facts, ...facts.slice(2)]) await publishFacts(remembering, [fact]);
    const again = published.slice(1).flat();
    expect(again).toEqual([...whole, ...whole]);
  });

  test('sends no more at once than brokers take, in order', async () => {
    const answers = { you: { name: 'x'.repeat(300_000) } };
    const facts = [];
    for (const version of [1, 2, 3, 4, 5]) facts.push(...(await recorded(formSubmitted({ version, answers }))));
    await publishFacts(deps({ topicsOf: () => [{ name: 'full', full: true }] }), facts);
    expect(published.map((events) => events.length)).toEqual([2, 2, 1]);
    const versions = published.flat().map(({ event }) => event.data.version);
    expect(versions).toEqual([1, 2, 3, 4, 5]);
  });

  test('fails where a part was not acknowledged: what comes after it is not sent', async () => {
    const facts = await recorded(...sent, ...Array.from({ length: 250 }, (_, n) => contactStarted(n + 2)));
    let sends = 0;
    const send = async () => {
      sends += 1;
      throw new Error('not acknowledged');
    };
    await expect(publishFacts(deps({ send }), facts)).rejects.toThrow('not acknowledged');
    expect(sends).toBe(1);
  });

  test('gives a council its full topic where it asks for one', () => {
    const byId = (id: string) => ({ integration: { full: id === 'sefton', receiptHours: 24 } }) as never;
    const topicsOf = configuredTopics({ byId }, { thinTopic: 'a', fullTopic: 'b' });
    expect(topicsOf('lancashire')).toEqual([{ name: 'a', full: false }]);
    expect(topicsOf('sefton')).toEqual([
      { name: 'a', full: false },
      { name: 'b', full: true },
    ]);
  });
});

describe('Brokers that are not there', () => {
  const settings = { brokers: ['127.0.0.1:1'], thinTopic: 'a', fullTopic: 'b', tls: false };
  const event = { subject: REFERENCE, time: '2026-11-20T12:00:00.000Z', data: {} } as PublicEvent;

  test('fail a send; a stopped publisher ends it at once', async () => {
    const publisher = new KafkaPublisher(settings, new Logger('silent'));
    await expect(publisher.send([{ topic: 'a', event }])).rejects.toThrow();
    const sending = publisher.send([{ topic: 'a', event }]);
    // Nothing else ends it with these words.
    await Promise.all([expect(sending).rejects.toThrow('stopped'), publisher.stop()]);
    await expect(publisher.send([{ topic: 'a', event }])).rejects.toThrow('stopped');
  });

  test('are given up after the patience that one has', async () => {
    const publisher = new KafkaPublisher(settings, new Logger('silent'), 200);
    await expect(publisher.send([{ topic: 'a', event }])).rejects.toThrow('have not acknowledged');
    await publisher.stop();
  });

  test('that take a connection and say nothing do not keep a publisher from the others', async () => {
    const asked: number[] = [];
    const open: Socket[] = [];
    const take = (nth: number) => (socket: Socket) => {
      asked.push(nth);
      open.push(socket.resume());
    };
    const silent = [0, 1].map((nth) => createServer(take(nth)));
    for (const server of silent) await once(server.listen(0, '127.0.0.1'), 'listening');
    const brokers = silent.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
    const publisher = new KafkaPublisher({ ...settings, brokers }, new Logger('silent'), 200);
    for (const _ of brokers) await expect(publisher.send([{ topic: 'a', event }])).rejects.toThrow();
    await publisher.stop();
    for (const socket of open) socket.destroy();
    for (const server of silent) server.close();
    expect(asked).toEqual([0, 1]);
  });
});

describe('The settings of Kafka', () => {
  const kafkaOf = (env: Record<string, string>) =>
    loadConfig({ NODE_ENV: 'test', DATA_DIR: '/tmp/frontdoor-config', ...env }).kafka;

  test('are none where no brokers are named', () => expect(kafkaOf({})).toBeUndefined());

  test('have defaults', () =>
    expect(kafkaOf({ KAFKA_BROKERS: 'a:9092, b:9092' })).toEqual({
      brokers: ['a:9092', 'b:9092'],
      thinTopic: 'frontdoor.referrals',
      fullTopic: 'frontdoor.referrals.full',
      tls: false,
    }));

  test('say how to log in', () =>
    expect(
      kafkaOf({ KAFKA_BROKERS: 'a:1', KAFKA_TLS: 'on', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' }),
    ).toMatchObject({ tls: true, sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' } }));

  test('are refused where they cannot be', () => {
    expect(() => kafkaOf({ KAFKA_BROKERS: 'a' })).toThrow('KAFKA_BROKERS must be host:port');
    expect(() => kafkaOf({ KAFKA_BROKERS: 'a:1', KAFKA_TOPIC_THIN: 'a topic' })).toThrow('KAFKA_TOPIC_THIN');
  });
});
