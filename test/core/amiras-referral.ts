import { DomainError } from '../../src/core/problem.js';
import { referralStream } from '../../src/referral/referral.events.js';
import { NOON } from '../support/given.js';

/** A referral that Amira begins and saves, for tests that append to its stream by themselves. */
export const stream = referralStream('6b1f5c1e-0d2e-4c58-9d27-0f6f5a4b1c01');

export const context = {
  commandId: 'c5f3b8a0-54b5-4b5b-8e0e-1b6f0f1c2d01',
  commandHash: 'h',
  council: 'lancashire',
  actor: { kind: 'referrer' as const, id: 'amira', name: 'Amira' },
  correlationId: 'c-1',
  at: NOON,
};

/** As a caller does that was told UNAVAILABLE: asks again. */
export async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'UNAVAILABLE') || tries === 10) throw error;
    }
  }
}
