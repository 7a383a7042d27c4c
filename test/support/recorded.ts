import type { DomainEvent, Recorded, Recording } from '../../src/core/decider.js';
import { NO_HASH } from '../../src/core/hash-chain.js';
import { derivedId } from '../../src/core/ids.js';

/** When everything happened, unless a test says otherwise. */
export const NOON = '2026-11-20T12:00:00.000Z';

/** The instant so many milliseconds after NOON, as ISO text. */
export function noonPlus(milliseconds: number): string {
  return new Date(Date.parse(NOON) + milliseconds).toISOString();
}

/** A fact as a test writes it: type and data, and of its recording only what the test is about. */
export type Fact<E extends DomainEvent> = E & Partial<Recording>;

/** Facts of one stream as the log would give them: one after the other, each by a command of its own. */
export function recorded<E extends DomainEvent>(facts: readonly Fact<E>[], stream = 'stream-1'): Recorded<E>[] {
  return facts.map((fact, revision) => ({
    id: derivedId(stream, revision),
    stream,
    revision,
    position: BigInt(revision),
    at: NOON,
    council: 'lancashire',
    by: { kind: 'worker', id: 'w-1', name: 'Wendy Worker' },
    commandId: derivedId(stream, revision, 'command'),
    correlationId: 'c-1',
    hash: NO_HASH,
    previousHash: NO_HASH,
    erased: false,
    ...fact,
  }));
}
