import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KafkaPublisher, type KafkaSettings } from '../../../projections/kafka/publish.js';
import { publicEvent } from '../../../projections/kafka/contract.js';
import { Logger } from '../../../src/core/logger.js';
import { replayToKafka } from '../../../src/cli/ops/kafka-replay.js';
import { formSubmitted } from '../../deciders/referral-story.js';
import { expectContract } from '../../integration/schemas.js';
import { told } from '../../projections/twice.js';
import { Broker } from './broker.js';
import { byReference, consumeAll, makeTopics, withoutRepeats } from './consumed.js';
import { kafkaJars } from './jars.js';
import { PUBLIC_URL, World } from './world.js';

const [THIN, FULL] = ['frontdoor.referrals', 'frontdoor.referrals.full'];
/** Lancashire asks for full events as well. */
const topicsOf = (council: string) => [
  { name: THIN, full: false },
  ...(council === 'lancashire' ? [{ name: FULL, full: true }] : []),
];

let broker: Broker;
let kafka: KafkaSettings;
let world: World;
let stopPublishing: () => Promise<void>;
beforeAll(async () => {
  broker = await Broker.start(process.env.KAFKA_JARS ?? (await kafkaJars()));
  kafka = { brokers: [broker.address], thinTopic: THIN, fullTopic: FULL, tls: false };
  world = await World.start();
  await makeTopics(broker.address, THIN, FULL);
}, 300_000);
afterAll(async () => {
  broker?.thaw();
  await stopPublishing?.();
  await world?.stop();
  await broker?.stop();
});

describe('Kafka itself', () => {
  test('turned on later, gets every public fact since the first, in the order of each referral', async () => {
    await world.submissions(200);
    stopPublishing = await world.publish(kafka, topicsOf);
    const consumed = await world.published(broker.address, THIN, 60);
    expect(consumed).toHaveLength(world.facts);
    expect(byReference(consumed.map(({ event }) => event))).toEqual(world.expected);
    expect(world.facts).toBe(200 * 6);
  });

  test('gets events as the contract says, keyed by reference, and nothing personal in the thin topic', async () => {
    const consumed = await consumeAll(broker.address, THIN);
    for (const { key, event } of consumed) {
      expect(key).toBe(event.data.reference);
      expectContract(event);
    }
    expect(JSON.stringify(consumed)).not.toMatch(/Isla|Hargreaves|Castellane|amira@|Which school|Wendy/);
  });

  test('gets personal data in the full topic, of the councils that ask for it alone', async () => {
    const consumed = await consumeAll(broker.address, FULL);
    for (const { event } of consumed) expectContract(event);
    expect(new Set(consumed.map(({ event }) => event.source))).toEqual(new Set(['/councils/lancashire']));
    expect(consumed).toHaveLength(66 * 6);
    expect(consumed[0]!.event.data).toMatchObject({ personalData: 'included', referrer: { forename: 'Amira' } });
  });

  test('says the same to kcat', async () => {
    const arguments_ = ['-C', '-b', broker.address, '-t', THIN, '-o', 'beginning', '-e', '-q', '-f', '%k\t%h\t%s\n'];
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const kcat = await promisify(execFile)('kcat', arguments_, options).catch((error: NodeJS.ErrnoException) => error);
    if ('code' in kcat && kcat.code === 'ENOENT') return console.warn('SKIPPED: kcat is not on this machine');
    const lines = (kcat as { stdout: string }).stdout.trim().split('\n');
    const read = lines.map((line) => {
      const [key, headers, value] = line.split('\t') as [string, string, string];
      const id = /ce_id=([0-9a-f-]{36})/.exec(headers)![1]!;
      expect(headers).toContain('content-type=application/json');
      expect(JSON.parse(value)).toMatchObject({ reference: key });
      return { subject: key, id } as never;
    });
    expect(byReference(read)).toEqual(world.expected);
  });

  test('killed at load and started again: submissions go on, nothing is lost, and order holds', async () => {
    const before = Date.now();
    const loading = world.submissions(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await broker.end();
    await loading;
    await world.submissions(100);
    const took = Date.now() - before;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await broker.run();
    const begun = Date.now();
    const consumed = await world.published(broker.address, THIN, 90);
    const events = withoutRepeats(consumed);
    expect(byReference(events)).toEqual(world.expected);
    console.log(
      `broker away: 300 referrals written in ${took} ms; ${world.facts} facts, 0 lost, ` +
        `${consumed.length - events.length} repeated; caught up ${Date.now() - begun} ms after it was back`,
    );
  }, 240_000);

  test('silent, is noticed within 30 s; when it speaks again, publishing resumes by itself', async () => {
    const publisher = new KafkaPublisher(kafka, new Logger('silent'));
    const [fact] = told(formSubmitted());
    const submission = { ...fact!.data, submittedAt: fact!.at, revision: 0 } as never;
    const event = publicEvent(fact!, submission, { publicUrl: PUBLIC_URL, full: false })!;
    await makeTopics(broker.address, 'silence');
    await publisher.send([{ topic: 'silence', event }]);
    broker.freeze();
    await world.submissions(20);
    const begun = Date.now();
    await expect(publisher.send([{ topic: 'silence', event }])).rejects.toThrow();
    const noticed = Date.now() - begun;
    expect(noticed).toBeLessThan(31_000);
    broker.thaw();
    // A broker leads again a moment after it speaks again; who sends tries until then.
    const taken = () =>
      publisher.send([{ topic: 'silence', event }]).then(
        () => true,
        () => false,
      );
    while (!(await taken())) await new Promise((resolve) => setTimeout(resolve, 200));
    await publisher.stop();
    const consumed = await world.published(broker.address, THIN, 90);
    expect(byReference(withoutRepeats(consumed))).toEqual(world.expected);
    console.log(`silent broker: noticed after ${noticed} ms`);
  }, 240_000);

  test('taken over by another process, gets no event lost', async () => {
    const stopFirst = stopPublishing;
    const loading = world.submissions(50);
    await stopFirst();
    stopPublishing = await world.publish(kafka, topicsOf, 'another');
    await loading;
    const consumed = await world.published(broker.address, THIN, 60);
    expect(byReference(withoutRepeats(consumed))).toEqual(world.expected);
  });

  test('gets everything again by a replay, on a topic of choice, with the ids it had', async () => {
    await makeTopics(broker.address, 'again', 'again.full', 'since');
    const { client: events, log, logger } = world;
    const replay = { events, log, logger, kafka, publicUrl: PUBLIC_URL, full: false };
    const { published } = await replayToKafka({ ...replay, from: 'start', topic: 'again' });
    expect(published).toBe(world.facts);
    expect(byReference((await consumeAll(broker.address, 'again')).map(({ event }) => event))).toEqual(world.expected);

    const sefton = { from: 'start', council: 'sefton', full: true, topic: 'again.full' } as const;
    await replayToKafka({ ...replay, ...sefton });
    const full = await consumeAll(broker.address, 'again.full');
    for (const { event } of full) expectContract(event);
    expect(new Set(full.map(({ event }) => event.source))).toEqual(new Set(['/councils/sefton']));

    const from = new Date();
    await world.referral();
    await replayToKafka({ ...replay, from, topic: 'since' });
    expect(await consumeAll(broker.address, 'since')).toHaveLength(6);
  });
});
