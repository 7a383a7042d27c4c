import type { PublicEvent } from '../../projections/kafka/contract.js';
import type { Api } from '../../src/cli/demo/api.js';

export interface Received {
  id: string;
  type: string;
  event: PublicEvent;
}

/** Reads the feed as server-sent events, as a browser's EventSource would. */
export async function openStream({ base, council, token }: Api, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const reply = await fetch(`${base}/integration/events`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, 'x-council': council, ...headers },
    signal: leaving.signal,
  });
  if (reply.headers.get('content-type') !== 'text/event-stream') throw new Error(`HTTP ${reply.status}`);
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  const waiting: Received[] = [];
  let text = '';
  return {
    /** The next events, waiting for them as long as it takes. */
    async take(count: number): Promise<Received[]> {
      while (waiting.length < count) {
        const { value, done } = await reader.read();
        if (done) throw new Error('The stream ended.');
        text += value;
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        waiting.push(...blocks.flatMap(read));
      }
      return waiting.splice(0, count);
    },
    close: () => leaving.abort(),
  };
}

function read(block: string): Received[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const data = field('data');
  if (data === undefined) return [];
  return [{ id: field('id')!, type: field('event')!, event: JSON.parse(data) as PublicEvent }];
}
