import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { inbox } from '../../projections/inbox.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import type { StoredRecord } from '../../src/core/event-log.js';
import type { CommandHandling } from '../../src/core/handle-command.js';
import type { Platform } from '../../src/platform.js';
import { LiveReferrals } from '../../src/referral/live.js';
import { referralKind, referralStream } from '../../src/referral/referral.events.js';
import { AMIRA, REFERRAL } from '../deciders/referral-story.js';

/** A log that ends with one event of each of these types, in a referral of Amira's. */
function liveAfter(types: readonly string[]): LiveReferrals {
  const records = types.map((type, nth) => ({
    type,
    streamId: referralStream(REFERRAL),
    metadata: { council: 'lancashire' },
    position: { commit: BigInt(nth + 1), prepare: BigInt(nth + 1) },
  })) as unknown as StoredRecord[];
  const feed = {
    async after(position: bigint, signal: AbortSignal) {
      if (position > 0n) await sleep(60_000, undefined, { signal });
      return { records, through: BigInt(types.length), more: false };
    },
  };
  // An empty log: the newest position is the one before the first event.
  const events = { readAll: () => new PassThrough({ objectMode: true }).end() };
  const logger = { error: () => undefined };
  const handling = { state: async () => ({ state: { accountId: AMIRA } }) };
  return new LiveReferrals({ events, feed, logger } as unknown as Platform, handling as unknown as CommandHandling);
}

describe('Live subscriptions', () => {
  test('are woken by every event that changes the inbox or "My Submitted Forms", and by no other', async () => {
    const types = Object.keys(referralKind.clear);
    const shown = types.filter((type) =>
      [inbox, submittedForms].some(({ takes }) => [...takes].includes(type as never)),
    );
    const live = liveAfter(types);
    const woken: string[] = [];
    const changes = live.changes(async ({ position, referralId, council, accountId }) => {
      woken.push(types[Number(position) - 1]!);
      expect({ referralId, council, accountId }).toEqual({
        referralId: REFERRAL,
        council: 'lancashire',
        accountId: AMIRA,
      });
      return woken.at(-1);
    });
    // The last type of the list is among those that are shown.
    expect(shown.at(-1)).toBe(types.at(-1));
    for (let type; type !== types.at(-1);) ({ value: type } = (await changes.next()) as { value: string });
    await changes.return!();
    live.onApplicationShutdown();
    expect(woken).toEqual(shown);
  });
});
