import { startEventStore as start, type EventStoreOptions, type RunningEventStore } from './event-store.js';

export type { RunningEventStore } from './event-store.js';

const running = new Set<RunningEventStore>();
process.once('exit', () => {
  // Only the sending of the signal matters here, and that is done at once.
  for (const store of running) void store.kill('SIGKILL');
});

/** Starts an event store that ends with this process, however that ends. */
export async function startEventStore(options: EventStoreOptions = {}): Promise<RunningEventStore> {
  const store = await start(options);
  running.add(store);
  return {
    ...store,
    async kill(signal) {
      await store.kill(signal);
      running.delete(store);
    },
  };
}
