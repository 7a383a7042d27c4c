/** Latencies of the last so many messages are enough to describe a consumer. */
const KEPT = 1_000;

const QUANTILES: [name: string, share: number][] = [
  ['Median', 0.5],
  ['Fastest', 0],
  ['Quintile 1', 0.2],
  ['Quintile 2', 0.4],
  ['Quintile 3', 0.6],
  ['Quintile 4', 0.8],
  ['Quintile 5', 1],
  ['90%', 0.9],
  ['95%', 0.95],
  ['99%', 0.99],
  ['99.5%', 0.995],
  ['99.9%', 0.999],
  ['Highest', 1],
];

/** Counts finished messages and, where asked to, how long they took. */
export class Measurements {
  total = 0;
  #sinceLast = 0;
  #lastAsked = Date.now();
  readonly #latencies: number[] = [];

  constructor(private readonly keepsLatencies: boolean) {}

  finished(milliseconds: number): void {
    if (this.keepsLatencies) this.#latencies[this.total % KEPT] = milliseconds;
    this.total += 1;
    this.#sinceLast += 1;
  }

  /** What was counted since this was last asked. */
  sinceLast(): { count: number; perSecond: number } {
    const now = Date.now();
    const count = this.#sinceLast;
    const perSecond = Math.round((count * 1_000) / Math.max(1, now - this.#lastAsked));
    this.#sinceLast = 0;
    this.#lastAsked = now;
    return { count, perSecond };
  }

  /** The latencies in milliseconds, by the names EventStoreDB gives them; none where none are kept. */
  latencies(): [name: string, milliseconds: number][] {
    if (!this.keepsLatencies) return [];
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const mean = sorted.reduce((sum, latency) => sum + latency, 0) / Math.max(1, sorted.length);
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
    return [['Mean', Math.round(mean)], ...QUANTILES.map(([name, share]): [string, number] => [name, at(share)])];
  }
}
