import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.js';
import { quantile } from './measure.js';

/** What one connection sends next, and what it makes of the answer. */
export interface Lane {
  body(): string;
  answered?(reply: string): void;
  headers?: Record<string, string>;
}

export interface Load {
  /** Answers a second, successful ones alone. */
  rate: number;
  /** Milliseconds, of the successful ones. */
  p50: number;
  p99: number;
  failed: number;
  /** Turned away with status 503, to come back later. */
  refused: number;
}

/** Counts what became of posts. */
class Tally {
  private readonly times: number[] = [];
  private readonly begun = performance.now();
  private failed = 0;
  private refused = 0;

  /** Posts what a lane has to say next; the time counts from `since`. */
  async post(connection: Connection, lane: Lane, since = performance.now()): Promise<void> {
    try {
      const { status, body } = await connection.post(lane.body(), lane.headers);
      lane.answered?.(body);
      if (status === 200 && body.startsWith('{"data"')) this.times.push(performance.now() - since);
      else if (status === 503) this.refused += 1;
      else this.failed += 1;
    } catch {
      this.failed += 1;
    }
  }

  load(): Load {
    const { times, failed, refused } = this;
    const seconds = (performance.now() - this.begun) / 1_000;
    return { rate: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99), failed, refused };
  }
}

/** Posts for so many seconds as fast as answers come, over as many connections as there are lanes. */
export async function drive(base: string, lanes: readonly Lane[], seconds: number): Promise<Load> {
  const until = performance.now() + seconds * 1_000;
  const tally = new Tally();
  await Promise.all(
    lanes.map(async (lane) => {
      const connection = new Connection(base);
      while (performance.now() < until) await tally.post(connection, lane);
      connection.close();
    }),
  );
  return tally.load();
}

/** How posts arrive that wait for nobody. */
export interface Arrivals {
  /** A second. */
  rate: number;
  seconds: number;
  /** Whoever finds no connection free waits for one, and the wait counts; or leaves, and is counted in `left`. */
  patient: boolean;
}

/** Posts so many a second, whether answers come or not: people do not wait for one another. */
export async function arrive(
  base: string,
  lanes: readonly Lane[],
  { rate, seconds, patient }: Arrivals,
): Promise<Load & { left: number }> {
  const free = lanes.map((lane) => ({ lane, connection: new Connection(base) }));
  const all = [...free];
  const waiting: number[] = [];
  const underWay = new Set<Promise<void>>();
  const tally = new Tally();
  let left = 0;
  const send = () => {
    while (waiting.length > 0 && free.length > 0) {
      const [since, one] = [waiting.shift()!, free.shift()!];
      const posted = tally.post(one.connection, one.lane, since).then(() => {
        underWay.delete(posted);
        free.push(one);
        send();
      });
      underWay.add(posted);
    }
    if (patient) return;
    left += waiting.length;
    waiting.length = 0;
  };
  const begun = performance.now();
  for (let sent = 0; sent < rate * seconds; await sleep(1)) {
    const due = Math.min(rate * seconds, ((performance.now() - begun) / 1_000) * rate);
    for (; sent < due; sent += 1) waiting.push(begun + (sent / rate) * 1_000);
    send();
  }
  const load = tally.load();
  waiting.length = 0;
  await Promise.all(underWay);
  for (const { connection } of all) connection.close();
  return { ...load, left };
}
