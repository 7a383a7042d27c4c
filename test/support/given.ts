import { expect } from '@jest/globals';
import type { Decider, DomainEvent } from '../../src/core/decider.js';
import { DomainError, type ProblemCode } from '../../src/core/problem.js';
import { recorded, type Fact } from './recorded.js';

export { NOON, noonPlus, recorded, type Fact } from './recorded.js';

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
