import { EventStoreDBClient, jsonEvent, JSONEventData, ResolvedEvent } from '@eventstore/db-client';
import { RunningEventStore } from '../../support/event-store.js';

/** The official client, as the application uses it. */
export function connect({ url }: Pick<RunningEventStore, 'url'>): EventStoreDBClient {
  return EventStoreDBClient.connectionString(url);
}

/** So many events of one type, numbered in their data. */
export function numbered(count: number, type = 'Numbered', first = 0): JSONEventData[] {
  return Array.from({ length: count }, (_, index) => jsonEvent({ type, data: { number: first + index } }));
}

export async function collect<E>(stream: AsyncIterable<E>): Promise<E[]> {
  const events: E[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The revisions of a stream that a reader sees. */
export async function revisionsOf(client: EventStoreDBClient, stream: string): Promise<number[]> {
  const events = await collect<ResolvedEvent>(client.readStream(stream));
  return events.map(({ event }) => Number(event!.revision));
}

/** Takes from a subscription until enough has come, then leaves it. */
export async function take<E>(
  subscription: AsyncIterable<E> & { unsubscribe(): Promise<void> },
  count: number,
): Promise<E[]> {
  const events: E[] = [];
  for await (const event of subscription) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

/** What a promise is rejected with. */
export async function refusal<T = Error & { type: string }>(promise: Promise<unknown>): Promise<T> {
  return promise.then(
    () => {
      throw new Error('It was not refused.');
    },
    (error: T) => error,
  );
}
