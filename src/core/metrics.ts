import { Counter, Histogram } from 'prom-client';

/** Bounds of what people wait for, in seconds. */
export const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Commands by name and by what became of them: accepted, repeated, or the problem's code. */
export const commands = new Counter({
  name: 'frontdoor_commands_total',
  help: 'Commands decided, by name and outcome (accepted, repeated, or the code of the problem).',
  labelNames: ['command', 'outcome'] as const,
});

export const appendSeconds = new Histogram({
  name: 'frontdoor_append_seconds',
  help: 'Time of an append to the event store, by outcome (ok, conflict, failed).',
  labelNames: ['outcome'] as const,
  buckets: LATENCIES,
});

/** Data keys that could not be used although nobody destroyed them, by what was wrong. */
export const keyFailures = new Counter({
  name: 'frontdoor_data_key_failures_total',
  help: 'Data keys that could not be used (missing, unreadable, unanswered, not-erased): their commands and followers wait.',
  labelNames: ['trouble'] as const,
});
// From 0 on: an alert sees the first failure of a process only where the count was there before.
for (const trouble of ['missing', 'unreadable', 'unanswered', 'not-erased']) keyFailures.inc({ trouble }, 0);
