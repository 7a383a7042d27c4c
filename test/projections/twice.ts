import { expect } from '@jest/globals';
import type { DomainEvent, Recorded, StreamKind } from '../../src/core/decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { recorded, type Fact } from '../support/given.js';
import { REFERRAL } from '../deciders/referral-story.js';

export const STREAM = `referral-${REFERRAL}`;

/** The facts of the referral that the tests of this folder tell of. */
export const told = (...facts: Fact<ReferralEvent>[]): Recorded<ReferralEvent>[] => recorded(facts, STREAM);

/** What a follower does with documents in memory: facts that they hold already change nothing. */
export function fold<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  facts: readonly Recorded<E>[],
  documents: readonly D[] = [],
): readonly D[] {
  return facts.reduce<readonly D[]>((before, fact) => {
    if (before.some(({ revision }) => revision >= fact.revision)) return before;
    const after = projection.fold(before, fact);
    return after.map((one) => (before.includes(one) ? one : { ...one, revision: fact.revision }));
  }, documents);
}

/**
 * The documents after facts; the last of them told again has no effect, neither at once nor after the projection itself
 * is asked to take it a second time.
 */
export function foldedTwice<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  ...facts: Fact<E>[]
): readonly D[] {
  const once = recorded(facts, `${projection.kind.category}-${REFERRAL}`);
  const documents = fold(projection, once);
  expect(fold(projection, [...once, once.at(-1)!])).toEqual(documents);
  expect(fold(projection, once, documents)).toEqual(documents);
  return documents;
}

/** A fact as it is read when its key was destroyed: nothing is left but what was stored in the clear. */
export function withoutKey<E extends DomainEvent>(kind: StreamKind<E>, fact: Recorded<E>): Recorded<E> {
  const clear = kind.clear[fact.type as E['type']];
  const data = Object.fromEntries(Object.entries(fact.data).filter(([name]) => clear.includes(name)));
  return { ...fact, data, by: { ...fact.by, name: '' }, erased: true };
}
