import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CaseFiles } from '../../../deploy/examples/case-management/case-files.js';
import { consume, type Outcome } from '../../../deploy/examples/case-management/consume.js';
import { Frontdoor } from '../../../deploy/examples/case-management/frontdoor.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../../support/timed-frontdoor.js';
import { filledForm, readReferral, registered, returned, submitForm, until } from '../../support/people.js';
import { terminal } from '../../support/terminal.js';
import { Broker } from './broker.js';
import { byReference, consumeAll, makeTopics, testKafka, withoutRepeats } from './consumed.js';
import { kafkaJars } from './jars.js';

let broker: Broker;
let frontdoor: TimedFrontdoor;
beforeAll(async () => {
  broker = await Broker.start(process.env.KAFKA_JARS ?? (await kafkaJars()));
  await makeTopics(broker.address, 'frontdoor.referrals');
  frontdoor = await startTimedFrontdoor({ KAFKA_BROKERS: broker.address });
}, 300_000);
afterAll(async () => {
  await frontdoor?.stop();
  await broker?.stop();
});

test('the example of a case-management system takes a referral, acknowledges it, and survives a repeat', async () => {
  const service = await frontdoor.staff('lancashire', 'service');
  const files = new CaseFiles(mkdtempSync(join(tmpdir(), 'frontdoor-cases-')));
  const deps = {
    council: 'lancashire',
    files,
    frontdoor: new Frontdoor(`${service.base}/graphql`, 'lancashire', () => service.token!),
  };
  const { api } = await registered(frontdoor.visitor('lancashire'));
  const { reference } = await submitForm(api, await filledForm(api, 'request-for-support'));
  const worker = await frontdoor.staff('lancashire', 'worker');
  await returned(worker, reference);

  const outcomes: Outcome[] = [];
  const run = async () => {
    // A group of its own begins with the first event: everything comes again.
    const consumer = testKafka(broker.address).consumer({ groupId: randomUUID() });
    await consumer.connect();
    await consumer.subscribe({ topic: 'frontdoor.referrals', fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void outcomes.push(await consume(deps, message)) });
    return consumer;
  };
  const first = await run();
  const receipts = async () => (await readReferralReceipts(worker, reference)).map(({ version }) => version);
  await until(async () => (await receipts()).length === 1);
  await until(async () => files.read(reference).seen.length === 3);
  await first.disconnect();
  expect(files.read(reference).referral).toMatchObject({ reference, status: 'INFORMATION_REQUESTED' });

  outcomes.length = 0;
  const second = await run();
  await until(async () => outcomes.length === 3);
  await second.disconnect();
  expect(outcomes).toEqual(Array(3).fill('seen before'));
  expect(await receipts()).toEqual([1]);
  expect(await readReferral(worker, reference)).toMatchObject({ reference });
});

test('an operator publishes everything again from the terminal, to a topic of choice', async () => {
  const { eventStoreUrl, mongoUrl, smtpUrl, dataDir } = frontdoor.platform.config;
  const settings = {
    DATA_DIR: dataDir,
    EVENTSTORE_URL: eventStoreUrl!,
    MONGO_URL: mongoUrl!,
    SMTP_URL: smtpUrl!,
    KAFKA_BROKERS: broker.address,
  };
  await makeTopics(broker.address, 'again');
  const published = await consumeAll(broker.address, 'frontdoor.referrals');
  const said = await terminal('ops', settings, '--json', 'kafka', 'replay', '--from', 'start', '--topic', 'again');
  expect(said).toMatchObject({ code: 0 });
  expect(JSON.parse(said.out)).toMatchObject({ published: withoutRepeats(published).length });
  const again = await consumeAll(broker.address, 'again');
  expect(byReference(again.map(({ event }) => event))).toEqual(byReference(withoutRepeats(published)));
  const status = await terminal('ops', settings, '--json', 'followers', 'status');
  const followers = JSON.parse(status.out) as { follower: string; events: number }[];
  expect(followers.find(({ follower }) => follower === 'kafka')).toMatchObject({ events: 0 });
});

function readReferralReceipts(worker: Parameters<typeof readReferral>[0], reference: string) {
  return worker
    .ask<{ receipts: { version: number }[] }>(
      'query($reference: String!){referral(reference:$reference){receipts{version}}}',
      { reference },
    )
    .then(({ receipts }) => receipts);
}
