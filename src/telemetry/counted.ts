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
  const both = new Set(elsewhere.flat().map(({ name }) => name));
  const names = register.getMetricsAsArray().map(({ name }) => name);
  const own = names.filter((name) => !both.has(name));
  const shared = names.filter((name) => both.has(name));
  // Only what several count is added up: a process's memory and its like are said once.
  const said = await Promise.all(own.map((name) => register.getSingleMetricAsString(name)));
  const here = await Promise.all(shared.map((name) => register.getSingleMetric(name)!.get()));
  const sums = AggregatorRegistry.aggregate([here, ...elsewhere]);
  return [...said, await sums.metrics()].join('\n');
}
