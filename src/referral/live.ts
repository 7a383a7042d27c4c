import { EventEmitter, on } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { END, streamNameFilter } from '@eventstore/db-client';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { StoredRecord } from '../core/event-log.js';
import { CommandHandling } from '../core/handle-command.js';
import { PLATFORM } from '../core/tokens.js';
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
 * end of the log itself. Nothing is lost by a gap: a subscriber is told to look, and looks at the read model.
 */
@Injectable()
export class LiveReferrals implements OnApplicationShutdown {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private following?: Promise<void>;

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
    const { events, logger } = this.platform;
    while (!this.stopping.signal.aborted) {
      const filter = streamNameFilter({ prefixes: [`${referralKind.category}-`] });
      const subscription = events.subscribeToAll({ fromPosition: END, filter });
      // An error that comes between two reads would otherwise end the process.
      subscription.on('error', () => undefined);
      const stop = () => void subscription.unsubscribe();
      this.stopping.signal.addEventListener('abort', stop, { once: true });
      try {
        for await (const { event } of subscription) {
          if (event && SHOWN.has(event.type)) await this.tell(event as unknown as StoredRecord);
        }
      } catch (error) {
        logger.error('live changes interrupted, will resume', { error });
      } finally {
        this.stopping.signal.removeEventListener('abort', stop);
      }
      await sleep(500, undefined, { signal: this.stopping.signal }).catch(() => undefined);
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
