import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.js';
import type { DomainEvent, StreamKind } from '../core/decider.js';
import { EventLog } from '../core/event-log.js';
import { CLOCK } from '../core/tokens.js';
import { wholeHistory, type WholeHistory } from './history.js';

/** How long a history that was read is gone on from, in milliseconds: as long as the key that opened it is kept. */
const RECENT = 30_000;
/** Facts kept, of all histories together. */
const MOST_FACTS = 20_000;

export interface ReadHistory<E extends DomainEvent> extends WholeHistory<E> {
  /** When the whole of it was last read from the store and verified. */
  verifiedAt: Date;
}

interface Kept extends ReadHistory<DomainEvent> {
  openable: boolean;
}

/**
 * Histories as auditors look at them: the same one again and again, the next page, another filter, another instant. One
 * that was read a moment ago is not read and verified again from its first fact, but gone on from where it ended.
 */
@Injectable()
export class RecentHistories {
  private readonly recent = new LRUCache<string, Kept>({
    ttl: RECENT,
    maxSize: MOST_FACTS,
    sizeCalculation: ({ listed }) => Math.max(listed.length, 1),
  });

  constructor(
    private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `begun` is told of the stream's council as soon as that is known, while the rest is read. */
  async read<E extends DomainEvent>(
    kind: StreamKind<E>,
    stream: string,
    begun?: (council: string | undefined) => void,
  ): Promise<ReadHistory<E>> {
    const openable = await this.log.isOpenable(kind, stream);
    const found = this.recent.get(stream);
    // Erased meanwhile, it must not be shown as it opened before.
    const known = found?.openable === openable ? (found as Kept & ReadHistory<E>) : undefined;
    const verifiedAt = known?.verifiedAt ?? this.clock.now();
    const history = { ...(await wholeHistory(this.log, kind, stream, { known, begun })), verifiedAt };
    if (!known) this.recent.set(stream, { ...history, openable });
    return history;
  }
}
