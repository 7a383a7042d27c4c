import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RequestListener } from 'node:http';
import { VaultTransit } from '../../src/core/vault-transit.js';
import { formStarted, formSubmitted, isla, subjectsNamed } from '../deciders/referral-story.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { FollowingWorld } from '../support/following.js';
import { startKeyService, type KeyService } from '../support/key-service.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { until } from '../support/people.js';

let store: RunningEventStore;
let mongo: StartedMongo;
let service: KeyService;
let world: FollowingWorld;
beforeEach(async () => {
  [store, mongo, service] = await Promise.all([startEventStore(), startMongo(), startKeyService()]);
  world = await FollowingWorld.open(store.url, mongo.url, await VaultTransit.open(service.place));
});
afterEach(async () => {
  await world.close();
  await Promise.all([store.stop(), mongo.stop(), service.stop()]);
});

const status =
  (code: number): RequestListener =>
  (_request, response) =>
    void response.writeHead(code).end('{"errors":[]}');

const troubles: [string, RequestListener][] = [
  ['is sealed (503)', status(503)],
  ['has too many requests (429)', status(429)],
  ['no longer takes the token (403)', status(403)],
  ['hangs up', (request) => request.socket.destroy()],
  ['is hidden by a page of a proxy', (_request, response) => void response.end('<html>Back soon</html>')],
];

test.each(troubles)('followers wait while the key service %s, and nothing is parked', async (_trouble, instead) => {
  for (let n = 0; n < 3; n += 1) await world.append(n, formStarted(), subjectsNamed(2, isla), formSubmitted());
  service.instead = instead;
  const names = ['saved-forms', 'records', 'mail', 'inbox'];
  const running = await world.start({ names });
  // A follower stops only after its first try, which would have parked what cannot be handled.
  await until(() => Promise.resolve(world.said.filter((line) => line.startsWith('follower stopped')).length >= 8));
  expect(await world.parked.counts()).toEqual([]);
  service.instead = undefined;
  await world.caughtUp(running);
  expect(await world.parked.counts()).toEqual([]);
  expect(await world.views.collection('inbox').countDocuments({ council: 'lancashire' })).toBe(3);
});
