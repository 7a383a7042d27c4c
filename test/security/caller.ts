import type { Json } from '../../src/cli/demo/api.js';

/** A reply as it came over HTTP. */
export interface Reply {
  status: number;
  headers: Headers;
  /** The body's bytes as text. */
  text: string;
  data: Json | null | undefined;
  /** Of the first problem. */
  code: string | undefined;
  /** Milliseconds from sending to the last byte. */
  took: number;
}

export interface Caller {
  base: string;
  council?: string;
  headers?: Record<string, string>;
}

/** Asks one GraphQL operation and keeps everything there is to see of the reply. */
export async function call({ base, council, headers }: Caller, query: string, variables: Json = {}): Promise<Reply> {
  const begun = performance.now();
  const reply = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(council ? { 'x-council': council } : {}), ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await reply.text();
  const took = performance.now() - begun;
  const { data, errors } = JSON.parse(text) as { data?: Json | null; errors?: { extensions: { code: string } }[] };
  return { status: reply.status, headers: reply.headers, text, data, code: errors?.[0]?.extensions.code, took };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

/** Does something for each, so many at once, and gives what came of it in order. */
export async function inLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const lane = async () => {
    for (const [nth, item] of left) results[nth] = await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

export const upTo = (count: number) => Array.from({ length: count }, (_, nth) => nth);
