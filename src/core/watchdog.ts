import { BACKWARDS, END, type EventStoreDBClient, type ReadAllOptions } from '@eventstore/db-client';
import { patiently } from './patience.js';

/** How far a subscription is, as its follower sees it. */
export interface Progress {
  /** The last position heard of: of a fact, or of a checkpoint that says there was nothing for it. */
  heard: bigint;
  /** True while it is the subscription's turn; false while the follower is at work on what it got. */
  waiting: boolean;
}

/** Looked at this often, in milliseconds: silence is noticed at the second look, in 10 s and the time of a read. */
const INTERVAL = 5_000;
/** A store that does not answer a read of its newest events in this time, in milliseconds, does not answer. */
const PATIENCE = 5_000;
/** A filtered subscription hears of its progress every 32 events, wanted or not: behind by more, it is silent. */
const WINDOW = 64;
/** gRPC status codes. */
const [UNKNOWN, INVALID_ARGUMENT] = [2, 3];

/**
 * Waits until a subscription is silent although there are facts for it, or the store does not answer, and tells it by
 * `onSilence`. The client notices neither: a connection that swallows bytes looks like a log where nothing happens.
 * Gives what ends the watch.
 */
export function watchSubscription(
  client: EventStoreDBClient,
  wants: (stream: string) => boolean,
  progress: Readonly<Progress>,
  onSilence: (error: Error) => void,
): () => void {
  /** Where it stood at the last look, if it was behind then. */
  let behindAt: bigint | undefined;
  let timer: NodeJS.Timeout;
  let ended = false;
  const look = async () => {
    try {
      const behind = progress.waiting && (await hasUnheard(client, wants, progress.heard));
      if (ended) return;
      const { heard, waiting } = progress;
      // What is on its way at one look has come by the next, unless the follower has been busy with what came before.
      if (behind && waiting && heard === behindAt) {
        return onSilence(new Error('The subscription is silent although there are facts for it.'));
      }
      behindAt = behind && waiting ? heard : undefined;
      timer = setTimeout(() => void look(), INTERVAL);
    } catch (error) {
      if (!ended) onSilence(error as Error);
    }
  };
  timer = setTimeout(() => void look(), INTERVAL);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Whether the log goes as far as this position, and it is one of its own. */
export async function holdsPosition(client: EventStoreDBClient, position: bigint): Promise<boolean> {
  try {
    return (await read(client, { fromPosition: { commit: position, prepare: position }, maxCount: 1 })).length > 0;
  } catch (error) {
    if (await saysForeignPosition(client, error)) return false;
    throw error;
  }
}

/**
 * Whether an error of a read says that this log never gave out the position it was to begin at. EventStoreDB 24.10 says
 * so by UNKNOWN and a name, others by INVALID_ARGUMENT. 23.10 says UNKNOWN and "Error", as it does where it cannot read
 * its files: then the position is at fault only if another read goes well.
 */
export async function saysForeignPosition(client: EventStoreDBClient, error: unknown): Promise<boolean> {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === INVALID_ARGUMENT) return true;
  const [, result] = (code === UNKNOWN && /ReadAllResult: (\w+)/.exec(String(message))) || [];
  if (result !== 'Error') return result === 'InvalidPosition';
  return newestPosition(client).then(
    () => true,
    () => false,
  );
}

/** Whether there are events that are wanted and were not heard of. */
async function hasUnheard(
  client: EventStoreDBClient,
  wants: (stream: string) => boolean,
  heard: bigint,
): Promise<boolean> {
  const newest = await read(client, { direction: BACKWARDS, fromPosition: END, maxCount: WINDOW });
  const unheard = newest.filter(({ position }) => position > heard);
  return unheard.length === WINDOW || unheard.some(({ stream }) => wants(stream));
}

/** Where the newest event of the log stands; 0 where there is none. */
export async function newestPosition(client: EventStoreDBClient): Promise<bigint> {
  const [newest] = await read(client, { direction: BACKWARDS, fromPosition: END, maxCount: 1 });
  return newest?.position ?? 0n;
}

async function read(
  client: EventStoreDBClient,
  options: ReadAllOptions,
): Promise<{ stream: string; position: bigint }[]> {
  const events: { stream: string; position: bigint }[] = [];
  for await (const { event } of patiently(client.readAll({ ...options, requiresLeader: true }), PATIENCE)) {
    if (event) events.push({ stream: event.streamId, position: event.position.commit });
  }
  return events;
}
