import { AggregatorRegistry, register } from 'prom-client';
import type { Counted } from '../../projections/inside.js';

/** Threads of this process that count for themselves. */
const threads = new Set<() => Promise<Counted>>();

/** What `ask` gives is counted too, from now on. */
export function countThread(ask: () => Promise<Counted>): void {
  threads.add(ask);
}

/** What this process has counted, on all of its threads, as Prometheus reads it. */
export async function counted(): Promise<string> {
  const elsewhere = await Promise.all([...threads].map((ask) => ask()));
  const here = await register.getMetricsAsJSON();
  const both = new Set(elsewhere.flat().map(({ name }) => name));
  // Only what several count is added up: a process's memory and its like are said once.
  const sums = AggregatorRegistry.aggregate([here.filter(({ name }) => both.has(name)), ...elsewhere]);
  const own = here.filter(({ name }) => !both.has(name));
  const said = await Promise.all(own.map(({ name }) => register.getSingleMetricAsString(name)));
  return [...said, await sums.metrics()].join('\n');
}
