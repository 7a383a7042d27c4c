import { Counter, Histogram } from 'prom-client';
import { LATENCIES } from '../src/core/metrics.js';
import { inSpan } from '../src/core/tracing.js';
import type { Follower } from './follow.js';

const handled = new Counter({
  name: 'frontdoor_follower_facts_total',
  help: 'Facts that a follower handled.',
  labelNames: ['follower'] as const,
});
const seconds = new Histogram({
  name: 'frontdoor_follower_batch_seconds',
  help: 'Time in which a follower handled a batch of facts, by outcome (ok, failed).',
  labelNames: ['follower', 'outcome'] as const,
  buckets: LATENCIES,
});

/** The follower, measured; each batch is a span in the trace of the command that its first fact is of. */
export function observed(follower: Follower): Follower {
  const { name } = follower;
  return {
    ...follower,
    async handle(facts) {
      const took = seconds.startTimer({ follower: name });
      const [first] = facts;
      const place = first && { correlationId: first.correlationId, causeId: first.commandId };
      try {
        await inSpan(`follow ${name}`, place, { facts: facts.length }, () => follower.handle(facts));
        took({ outcome: 'ok' });
        handled.inc({ follower: name }, facts.length);
      } catch (error) {
        took({ outcome: 'failed' });
        throw error;
      }
    },
  };
}
