import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startProxy, type Proxy } from '../../support/faults-proxy.js';
import { Broker } from './broker.js';
import { byReference, makeTopics, withoutRepeats } from './consumed.js';
import { kafkaJars } from './jars.js';
import { World } from './world.js';

const TOPIC = 'frontdoor.referrals';

let broker: Broker;
let proxy: Proxy;
let world: World;
let stopPublishing: () => Promise<void>;
beforeAll(async () => {
  const jars = process.env.KAFKA_JARS ?? (await kafkaJars());
  broker = await Broker.start(jars, async (port) => (proxy = await startProxy(port)).port);
  world = await World.start();
  await makeTopics(broker.address, TOPIC);
  const kafka = { brokers: [broker.address], thinTopic: TOPIC, fullTopic: 'full', tls: false };
  stopPublishing = await world.publish(kafka, () => [{ name: TOPIC, full: false }]);
  await world.submissions(20);
  await world.published(broker.address, TOPIC, 60);
}, 300_000);
afterAll(async () => {
  await stopPublishing?.();
  await world?.stop();
  await proxy?.stop();
  await broker?.stop();
});

/** Waits until the brokers have acknowledged every public fact. */
async function acknowledged(seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; world.acknowledged < world.facts; await sleep(100)) {
    if (Date.now() > end) throw new Error(`${world.acknowledged} of ${world.facts} after ${seconds} s.`);
  }
}

/** What a consumer gets: every public fact, each referral's in its order. */
async function consumed(): Promise<number> {
  const got = await world.published(broker.address, TOPIC, 60);
  expect(byReference(withoutRepeats(got))).toEqual(world.expected);
  return got.length;
}

beforeEach(() => world.troubles.clear());

describe('A broker that has become slow', () => {
  test('slows publishing and nothing else: no submission waits, no send is given up, nothing comes twice', async () => {
    // Each reply takes that long, and a request as often as it has parts.
    proxy.slowness = 1_000;
    await world.submissions(200);
    expect(world.acknowledged).toBeLessThan(world.facts);
    const begun = Date.now();
    await acknowledged(180);
    console.log(`slow broker: all acknowledged ${Date.now() - begun} ms after the last submission`);
    proxy.slowness = 0;
    expect([...world.troubles.keys()]).toEqual([]);
    expect(await consumed()).toBe(world.facts);
  }, 300_000);

  test('so much that a reply takes eighteen seconds, is waited for', async () => {
    proxy.slowness = 9_000;
    await world.submissions(1);
    await acknowledged(60);
    proxy.slowness = 0;
    expect([...world.troubles.keys()]).toEqual([]);
    expect(await consumed()).toBe(world.facts);
  });
});

test('A connection that swallows everything is noticed, and publishing goes on over another', async () => {
  proxy.swallow();
  const begun = Date.now();
  await world.submissions(20);
  while (world.troubles.size === 0) await sleep(50);
  const noticed = Date.now() - begun;
  expect(noticed).toBeLessThan(32_000);
  await acknowledged(60);
  await consumed();
  console.log(`silent connection: noticed after ${noticed} ms (${[...world.troubles.keys()].join('; ')})`);
}, 180_000);
