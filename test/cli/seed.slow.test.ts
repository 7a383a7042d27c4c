import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writerOf } from '../../src/cli/seed/referrers.js';
import { dist } from '../support/dist.js';
import { beside, startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { run } from '../support/terminal.js';

let frontdoor: Frontdoor;
let events: EventStoreDBClient;
const seed = (...args: string[]) => {
  const env = { DATA_DIR: frontdoor.dataDir, PORT: new URL(frontdoor.base).port };
  return run([join(dist, 'src/cli/seed/main.js'), ...args], env);
};
/** The forms of people that there are, each with its facts in order. */
const forms = async () => {
  const facts = new Map<string, string[]>();
  for await (const { event } of events.readAll()) {
    if (!event?.streamId.startsWith('referral-')) continue;
    facts.set(event.streamId, [...(facts.get(event.streamId) ?? []), event.type]);
  }
  return facts;
};

beforeAll(async () => {
  frontdoor = await startFrontdoor();
  events = EventStoreDBClient.connectionString(beside(frontdoor).EVENTSTORE_URL!);
});
afterAll(async () => {
  await events?.dispose();
  await frontdoor?.stop();
});

describe('Seeds', () => {
  test('are forms in every state; said twice nothing changes, a larger number adds to them', async () => {
    const written = await seed('--referrals', '40');
    expect(written.code).toBe(0);
    expect(written.out).toMatch(/^40 forms of \d referrers in lancashire, sefton, worcestershire\.\n$/);
    const first = await forms();
    expect(first.size).toBe(40);
    const last = new Set([...first.values()].map((facts) => facts.at(-1)));
    const ends = ['AnswersSaved', 'FormSubmitted', 'ContactStarted', 'InformationRequested', 'ResponsePosted'];
    expect([...last].sort()).toEqual(ends.sort());

    expect((await seed('--referrals', '40')).code).toBe(0);
    expect(await forms()).toEqual(first);

    expect((await seed('--referrals', '43')).code).toBe(0);
    const more = await forms();
    expect(more.size).toBe(43);
    expect([...more].slice(0, 40)).toEqual([...first]);

    // Of one council alone they are the same as beside the others.
    expect((await seed('--referrals', '14', '--council', 'sefton')).code).toBe(0);
    expect(await forms()).toEqual(more);
  }, 240_000);

  test('of another number are others', async () => {
    const before = (await forms()).size;
    expect((await seed('--referrals', '2', '--seed', '2', '--council', 'sefton')).out).toBe(
      '2 forms of 1 referrers in sefton.\n',
    );
    expect((await forms()).size).toBe(before + 2);
  });

  test('are refused with the reason', async () => {
    expect(await seed('--referrals', 'many')).toMatchObject({ code: 2, said: expect.stringMatching(/^Usage/) });
    const nowhere = await seed('--council', 'nowhere');
    expect(nowhere).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^There is no council nowhere. There are: l/),
    });
  });

  test('have a few referrers who write most, and more of them the more forms there are', () => {
    const chances = [0, 0.25, 0.5, 0.75, 0.999];
    expect(chances.map((chance) => writerOf(0, chance))).toEqual([0, 0, 0, 0, 0]);
    expect(chances.map((chance) => writerOf(3_000, chance))).toEqual([0, 1, 4, 9, 15]);
  });
});
