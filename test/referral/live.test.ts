import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inbox } from '../../projections/inbox.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import type { StoredRecord } from '../../src/core/event-log.js';
import type { CommandHandling } from '../../src/core/handle-command.js';
import type { Platform } from '../../src/platform.js';
import { LiveReferrals, type Change } from '../../src/referral/live.js';
import { referralKind, referralStream } from '../../src/referral/referral.events.js';
import { AMIRA, REFERRAL } from '../deciders/referral-story.js';
import { until } from '../support/people.js';

/** Subscriptions to a log to which events of a referral of Amira's are appended. */
class Log {
  readonly live: LiveReferrals;
  /** How often the referral was read to tell somebody of it. */
  reads = 0;
  /** Up to where the events have been passed on to subscribers. */
  passed = 0n;
  private readonly records: StoredRecord[] = [];
  private readonly appended = new EventEmitter();

  constructor() {
    const after = async (position: bigint, signal: AbortSignal) => {
      this.passed = position;
      if (BigInt(this.records.length) === position) await once(this.appended, 'event', { signal });
      return { records: this.records.slice(Number(position)), through: BigInt(this.records.length), more: false };
    };
    // An empty log: the newest position is the one before the first event.
    const events = { readAll: () => new PassThrough({ objectMode: true }).end() };
    const platform = { events, feed: { after }, logger: { error: () => undefined } } as unknown as Platform;
    const state = async () => {
      this.reads += 1;
      return { state: { accountId: AMIRA } };
    };
    this.live = new LiveReferrals(platform, { state } as unknown as CommandHandling);
  }

  append(...types: string[]): void {
    for (const type of types) {
      const position = BigInt(this.records.length + 1);
      this.records.push({
        type,
        streamId: referralStream(REFERRAL),
        metadata: { council: 'lancashire' },
        position: { commit: position, prepare: position },
      } as unknown as StoredRecord);
    }
    this.appended.emit('event');
  }
}

describe('Live subscriptions', () => {
  const types = Object.keys(referralKind.clear);
  const whole = async (change: Change) => change;
  let log: Log;
  beforeEach(() => void (log = new Log()));
  afterEach(() => log.live.onApplicationShutdown());

  test('are woken by every event that changes the inbox or "My Submitted Forms", and by no other', async () => {
    const shown = types.filter((type) =>
      [inbox, submittedForms].some(({ takes }) => [...takes].includes(type as never)),
    );
    const woken: string[] = [];
    const changes = log.live.changes(whole);
    log.append(...types);
    // The last type of the list is among those that are shown.
    while (woken.at(-1) !== types.at(-1)) {
      const { position, ...rest } = ((await changes.next()) as { value: Change }).value;
      expect(rest).toEqual({ referralId: REFERRAL, council: 'lancashire', accountId: AMIRA });
      woken.push(types[Number(position) - 1]!);
    }
    expect(woken).toEqual(shown);
  });

  test('pass over what a subscriber does not want', async () => {
    const changes = log.live.changes(async ({ position }) => (position === 1n ? undefined : position));
    log.append('FormSubmitted', 'ContactStarted');
    expect(await changes.next()).toEqual({ done: false, value: 2n });
  });

  test('of somebody who has left read nothing any more', async () => {
    const [leaving, staying] = [log.live.changes(whole), log.live.changes(whole)];
    log.append('FormSubmitted');
    await Promise.all([leaving.next(), staying.next()]);
    expect(await leaving.return!()).toEqual({ done: true, value: undefined });
    log.append('ContactStarted');
    await staying.next();
    await staying.return!();
    log.append('ResponsePosted', 'ReferralErased');
    await until(async () => log.passed === 4n);
    expect(log.reads).toBe(2);
  });

  test('end when the process shuts down', async () => {
    const waiting = log.live.changes(whole).next();
    log.live.onApplicationShutdown();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
