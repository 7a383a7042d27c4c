import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFollowers } from '../../projections/followers.js';
import { positionOf, readLogPage } from '../../src/core/read-log.js';
import { integrationStatusText } from '../../src/cli/ops/integration-status.js';
import { MINUTE } from '../../src/core/clock.js';
import { integrationStatus } from '../../src/integration/status.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { until } from '../support/people.js';
import { acknowledge, FeedWorld } from './feed-world.js';

let world: FeedWorld;
beforeAll(async () => {
  world = await FeedWorld.start();
});
afterAll(() => world?.frontdoor.stop());

describe('The status of integration', () => {
  const status = () => {
    const { events, views, vault, log, keys, files, councils, clock, mails: ledger } = world.frontdoor.platform;
    const stores = { views, vault, log, keys, files, ledger, clock, wakeMail: () => undefined };
    return integrationStatus({ events, views, councils, clock, followers: allFollowers(stores) });
  };

  test('lists what no system has acknowledged in time, by the council’s own hours', async () => {
    const late = await world.submitted('sefton', 'social-care-referral');
    const of = async (council: string) => (await status()).councils.find((one) => one.council === council)!;
    await until(async () => (await of('sefton')).unacknowledged === 1);
    expect(await of('sefton')).toMatchObject({ receiptHours: 2, late: 0, referrals: [] });
    world.frontdoor.clock.move(150 * MINUTE);
    expect(await of('sefton')).toMatchObject({
      late: 1,
      referrals: [{ reference: late.reference, version: 1, lateBy: expect.closeTo(0.5, 2) }],
    });
    expect(await of('lancashire')).toMatchObject({ receiptHours: 24, unacknowledged: 0, late: 0 });
    expect(await of('worcestershire')).toMatchObject({ receiptHours: null, late: 0 });
    const text = integrationStatusText(await status());
    expect(text).toContain(`${late.reference}  version 1`);
    expect(text).toContain('sefton: 1 not acknowledged, 1 of them for more than 2 h');
    expect(text).toContain('worcestershire: no receipts expected');
    await acknowledge(world.system('sefton'), late.reference, 1);
    await until(async () => (await of('sefton')).unacknowledged === 0);
  });

  test('says how far each follower is behind, in events and seconds', async () => {
    await until(async () => (await status()).followers.every(({ events }) => events === 0));
    const { records } = await readLogPage(world.frontdoor.platform.events, 0n, 10_000);
    const own = records.filter(({ streamId }) => streamId.startsWith('referral-'));
    const { events, views, councils, clock } = world.frontdoor.platform;
    const checkpoints = (position: bigint | undefined) => ({ read: async () => position }) as never;
    const follower = (name: string, position?: bigint) => ({
      name,
      kinds: [referralKind] as never,
      checkpoints: checkpoints(position),
    });
    const followers = [
      follower('new'),
      follower('half', positionOf(own[4]!)),
      follower('done', positionOf(own.at(-1)!)),
    ];
    const { followers: lags } = await integrationStatus({ events, views, councils, clock, followers });
    expect(lags).toMatchObject([
      { follower: 'new', position: 0n, events: own.length, more: false },
      { follower: 'half', events: own.length - 5 },
      { follower: 'done', events: 0, seconds: 0 },
    ]);
    expect(lags[0]!.seconds).toBeGreaterThan(lags[1]!.seconds - 0.001);
  });
});
