import { expect } from '@jest/globals';
import type { Decider, DomainEvent, Recorded, Recording } from '../../src/core/decider.js';
import { NO_HASH } from '../../src/core/hash-chain.js';
import { derivedId } from '../../src/core/ids.js';
import { DomainError, type ProblemCode } from '../../src/core/problem.js';

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

/** The state after facts. */
export function folded<C extends { type: string }, S, E extends DomainEvent>(
  decider: Decider<C, S, E>,
  facts: readonly Fact<E>[],
): S {
  return recorded(facts).reduce((state, fact) => decider.evolve(state, fact), decider.initialState);
}

/** What follows from a command where these facts are given: `given(decider, ...facts).when(command).then(...facts)`. */
export function given<C extends { type: string }, S, E extends DomainEvent>(
  decider: Decider<C, S, E>,
  ...facts: Fact<E>[]
) {
  const state = folded(decider, facts);
  return { when: (command: C) => expected(attempt(() => decider.decide(command, state))) };
}

type Result<E> = { facts: E[] } | { problem: DomainError };

function attempt<E>(decide: () => E[]): Result<E> {
  try {
    return { facts: decide() };
  } catch (error) {
    if (error instanceof DomainError) return { problem: error };
    throw error;
  }
}

function expected<E extends DomainEvent>(result: Result<E>) {
  const outcome = 'problem' in result ? { problem: told(result.problem) } : result;
  return {
    then: (...facts: E[]): void => expect(outcome).toEqual({ facts }),
    thenNothing: (): void => expect(outcome).toEqual({ facts: [] }),
    /** `message` may be a part of it; `details` some of them. */
    thenProblem: (code: ProblemCode, field?: string, message = '', details = {}): void => {
      expect(outcome).toMatchObject({ problem: { code, message: expect.stringContaining(message), details } });
      expect(outcome).toHaveProperty('problem.field', field);
    },
  };
}

function told({ code, field, message, details = {} }: DomainError) {
  return { code, field, message, details };
}
