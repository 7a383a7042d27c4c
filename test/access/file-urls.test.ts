import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { ELSEWHERE, HERE, castOf, type Actors } from './actors.js';
import { makeTarget } from './targets.js';

const MINUTE = 60_000;
const mine = 'query($reference: String!){submittedForm(reference:$reference){pdfUrl}}';
const theirs = 'query($reference: String!){referral(reference:$reference){versions{pdfUrl}}}';

let frontdoor: TimedFrontdoor;
let actors: Actors;
let reference: string;
beforeAll(async () => {
  frontdoor = await startTimedFrontdoor();
  const { owner, ...cast } = await castOf(frontdoor);
  ({ actors } = cast);
  ({ reference } = await makeTarget('submitted', owner, actors.worker));
});
afterAll(() => frontdoor.stop());

/** The link, at the address where the server listens here. */
const here = (url: string) => `${actors.owner.base}${new URL(url).pathname}`;
const ownersLink = async () => here((await actors.owner.ask<{ pdfUrl: string }>(mine, { reference })).pdfUrl);
const status = async (url: string, token?: string, council = HERE) => {
  const headers = { 'x-council': council, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const reply = await fetch(url, { headers });
  await reply.arrayBuffer();
  return reply.status;
};

describe('A link to a file', () => {
  test('works for whom it was made, and by itself; not for anybody else who says who they are', async () => {
    const link = await ownersLink();
    expect(await status(link)).toBe(200);
    expect(await status(link, actors.owner.token)).toBe(200);
    expect(await status(link, actors.neighbour.token)).toBe(404);
    expect(await status(link, actors.worker.token)).toBe(404);
    expect(await status(link, actors.outsider.token, ELSEWHERE)).toBe(404);
    expect(await status(link, actors.owner.token, ELSEWHERE)).toBe(401);
    expect(await status(link, 'made-up')).toBe(401);
    const { versions } = await actors.worker.ask<{ versions: { pdfUrl: string }[] }>(theirs, { reference });
    expect(await status(here(versions[0]!.pdfUrl), actors.worker.token)).toBe(200);
    expect(await status(here(versions[0]!.pdfUrl), actors.auditor.token)).toBe(404);
    expect(await status(here(versions[0]!.pdfUrl), actors.owner.token)).toBe(404);
  });

  test('opens nothing with any of its bytes changed', async () => {
    const link = await ownersLink();
    const token = link.split('/').at(-1)!;
    const bytes = Buffer.from(token, 'base64url');
    const statuses = new Set<number>();
    for (let place = 0; place < bytes.length; place += 1) {
      const altered = Buffer.from(bytes);
      altered[place]! ^= 1 + (place % 255);
      statuses.add(await status(link.replace(token, altered.toString('base64url'))));
    }
    expect([...statuses]).toEqual([404]);
    expect(await status(link)).toBe(200);
  });

  test('is dead five minutes after it was given out, to the millisecond', async () => {
    const link = await ownersLink();
    frontdoor.clock.move(5 * MINUTE - 1);
    expect(await status(link)).toBe(200);
    frontdoor.clock.move(1);
    expect(await status(link)).toBe(403);
  });
});
