import { parentPort, workerData } from 'node:worker_threads';
import { EventStoreDBClient } from '@eventstore/db-client';
import { appendBy, type Asked, type Told, type ToldError } from './appending.js';

/** The thread that appends for one that answers people: see appending.ts. Answers of one turn of the event loop go together. */
const append = appendBy(EventStoreDBClient.connectionString(workerData as string));
let told: Told[] = [];

function tell(one: Told): void {
  if (told.push(one) > 1) return;
  setImmediate(() => {
    parentPort!.postMessage(told);
    told = [];
  });
}

function toldOf(error: unknown): ToldError {
  const { name, message, stack, type, code } = error as ToldError;
  return { name, message, stack, type, code };
}

parentPort!.on('message', (asked: Asked[]) => {
  for (const { nth, ...appending } of asked) {
    append(appending).then(
      (position) => tell({ nth, position }),
      (error: unknown) => tell({ nth, error: toldOf(error) }),
    );
  }
});
