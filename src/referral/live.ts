import { EventEmitter, on } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { START, streamNameFilter } from '@eventstore/db-client';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { StoredRecord } from '../core/event-log.js';
import { CommandHandling } from '../core/handle-command.js';
import { storedRecord } from '../core/records.js';
import { PLATFORM } from '../core/tokens.js';
import { newestPosition, watchSubscription, type Progress } from '../core/watchdog.js';
import type { Platform } from '../platform.js';
import { referralDecider } from './referral.decider.js';
import { referralIdOf, referralKind, type ReferralEvent } from './referral.events.js';

/** Something about a submitted referral changed. */
export interface Change {
  referralId: string;
  council: string;
  accountId: string;
  /** Where in the log the fact stands: what a read model must have reached to show it. */
  position: bigint;
}

const PREFIX = `${referralKind.category}-`;

/** Facts that change what referrers and workers see of a submitted referral. */
const SHOWN = new Set<string>([
  'FormSubmitted',
  'InformationRequested',
  'InformationRequestRetracted',
  'ContactStarted',
  'ResponsePosted',
  'ReferralErased',
] satisfies ReferralEvent['type'][]);

/**
 * Changes as they happen, for whoever subscribed in this process, whichever process made them: the process follows the
 * end of the log itself, and goes on from where it was after an interruption.
 */
@Injectable()
export class LiveReferrals implements OnApplicationShutdown {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private following?: Promise<void>;
  /** How far in the log subscribers have been told. */
  private heard?: bigint;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly handling: CommandHandling,
  ) {}

  /** What becomes of each change that `wanted` gives something for, until the subscriber leaves. */
  changes<T>(wanted: (change: Change) => Promise<T | undefined>): AsyncIterableIterator<T> {
    this.following ??= this.follow();
    const changes = on(this.emitter, 'change', { signal: this.stopping.signal });
    const ended = { done: true as const, value: undefined };
    const next = async (): Promise<IteratorResult<T>> => {
      for (;;) {
        const step = await changes.next().catch(() => ended);
        if (step.done) return ended;
        const value = await wanted((step.value as [Change])[0]);
        if (value !== undefined) return { done: false, value };
      }
    };
    const leave = async () => {
      await changes.return?.();
      return ended;
    };
    return { next, return: leave, throw: leave, [Symbol.asyncIterator]: () => ({ next, return: leave }) as never };
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.followOnce(signal);
      } catch (error) {
        this.platform.logger.error('live changes interrupted, will resume', { error });
      }
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }

  /** From the end of the log the first time, from where it was interrupted after that. */
  private async followOnce(signal: AbortSignal): Promise<void> {
    const { events } = this.platform;
    this.heard ??= await newestPosition(events);
    if (signal.aborted) return;
    const progress: Progress = { heard: this.heard, waiting: true };
    const subscription = events.subscribeToAll({
      fromPosition: this.heard === 0n ? START : { commit: this.heard, prepare: this.heard },
      filter: streamNameFilter({
        prefixes: [PREFIX],
        checkpointInterval: 1,
        // What came before it may not have been told yet: for the watch alone.
        checkpointReached: async (_subscription, { commit }) => void (progress.heard = commit),
      }),
    });
    // An error that comes between two reads would otherwise end the process.
    subscription.on('error', () => undefined);
    const stop = () => void subscription.unsubscribe().catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    const wants = (stream: string) => stream.startsWith(PREFIX);
    const unwatch = watchSubscription(events, wants, progress, (error) => subscription.destroy(error));
    try {
      for await (const { event } of subscription) {
        if (!event) continue;
        progress.waiting = false;
        if (SHOWN.has(event.type)) await this.tell(storedRecord(event));
        this.heard = progress.heard = event.position.commit;
        progress.waiting = true;
      }
    } finally {
      unwatch();
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) stop();
    }
  }

  private async tell({ streamId, metadata, position }: StoredRecord): Promise<void> {
    if (this.emitter.listenerCount('change') === 0) return;
    const { state } = await this.handling.state(referralDecider, streamId, true);
    const change: Change = {
      referralId: referralIdOf(streamId),
      council: metadata.council,
      accountId: state.accountId,
      position: position?.commit ?? 0n,
    };
    this.emitter.emit('change', change);
  }
}
