import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { productionSettings } from '../support/production.js';
import { query } from '../support/routes.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';

/** Nothing but these limits cuts a connection off within so many seconds: the limit leaves a busy machine room. */
const BUSY = 60;

let frontdoor: TimedFrontdoor;
let base: string;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor(productionSettings());
  ({ base } = frontdoor.visitor('lancashire'));
});
afterAll(() => frontdoor.stop());

describe('A slow client is cut off', () => {
  const cutOff = async (first: string, drop: string, every: number) => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(first);
    const begun = performance.now();
    const drip = setInterval(() => socket.writable && socket.write(drop), every);
    // A reset, which comes where it was still dripping, is the end as well.
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    return (performance.now() - begun) / 1_000;
  };

  test('that never ends its headers, after ten seconds', async () => {
    const took = await cutOff('POST /graphql HTTP/1.1\r\nhost: a\r\n', 'x-slow: 1\r\n', 500);
    expect(took).toBeGreaterThan(9);
    expect(took).toBeLessThan(BUSY);
  });

  test('that never ends its body, after fifteen seconds, while others are served', async () => {
    const head = 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n{';
    const slow = Array.from({ length: 50 }, () => cutOff(head, ' ', 500));
    const reply = await fetch(`${base}/graphql`, query('{council{name}}'));
    expect(reply.status).toBe(200);
    for (const took of await Promise.all(slow)) {
      expect(took).toBeGreaterThan(14);
      expect(took).toBeLessThan(BUSY);
    }
  });
});
