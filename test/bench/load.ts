import autocannon from 'autocannon';

/** What one connection sends next, and what it makes of the answer. */
export interface Lane {
  body(): string;
  answered?(reply: string): void;
  headers?: Record<string, string>;
}

export interface Load {
  /** Answers a second, successful ones alone. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  failed: number;
}

/** Posts GraphQL so many times, over as many connections as there are lanes, each waiting for its answer. */
export async function drive(base: string, lanes: readonly Lane[], times: number): Promise<Load> {
  let nth = 0;
  let failed = 0;
  const result = await autocannon({
    url: `${base}/graphql`,
    method: 'POST',
    connections: lanes.length,
    amount: times,
    setupClient(client) {
      const lane = lanes[nth++ % lanes.length]!;
      const next = () => client.setHeadersAndBody({ 'content-type': 'application/json', ...lane.headers }, lane.body());
      next();
      client.on('body', (body: Buffer) => {
        const reply = body.toString();
        if (reply.startsWith('{"errors"') || !reply.startsWith('{"data"')) failed += 1;
        lane.answered?.(reply);
        next();
      });
    },
  });
  const answers = result['2xx'] - failed;
  return {
    rate: answers / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: failed + result.non2xx + result.errors,
  };
}
