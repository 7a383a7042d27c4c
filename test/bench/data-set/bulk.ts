import type { Collection, Db, Document } from 'mongodb';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { ViewDocument } from '../../../projections/projection.js';
import { EventStore } from '../../../src/embedded/event-store/storage/event-store.js';

type Proposed = { id: string; type: string; data: object; metadata: object };

/**
 * The embedded event store's own writer, a thousand appends a transaction, spoken to as EventLog speaks to the official
 * client: what is stored is what the application stores, without two million calls over a socket.
 */
export async function bulkEvents(folder: string) {
  const store = await EventStore.open(folder);
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const client = {
    async appendToStream(
      stream: string,
      events: Proposed[],
      { expectedRevision }: { expectedRevision: bigint | 'no_stream' },
    ) {
      const proposed = events.map(({ data, metadata, ...event }) => {
        return { ...event, isJson: true, data: json(data), metadata: json(metadata) };
      });
      const { position } = await store.writer.append(stream, expectedRevision, proposed);
      return { position: { commit: BigInt(position!) } };
    },
  };
  return { client: client as unknown as EventStoreDBClient, close: () => store.close() };
}

const A_BATCH = 2_000;

/**
 * A database to which the application's own code writes one by one, and which gathers that into bulk inserts. Holds what
 * was not there before: whatever is looked for is not found.
 */
export class BulkDb {
  private readonly waiting = new Map<string, Document[]>();
  private sending: Promise<unknown> = Promise.resolve();

  constructor(private readonly db: Db) {}

  collection(name: string) {
    const waiting = this.waiting.get(name) ?? [];
    this.waiting.set(name, waiting);
    return {
      insertOne: async (document: Document) => void waiting.push(document),
      find: () => ({ toArray: async () => [] }),
      bulkWrite: async (operations: { replaceOne: { replacement: Document } }[]) => {
        for (const { replaceOne } of operations) waiting.push(replaceOne.replacement);
      },
    };
  }

  /** Sends what was gathered, while the next is being made. */
  async flush(): Promise<void> {
    await this.sending;
    const full = [...this.waiting].map(([name, documents]) => [name, documents.splice(0)] as const);
    this.sending = Promise.all(
      full.map(async ([name, documents]) => {
        for (let from = 0; from < documents.length; from += A_BATCH) {
          await this.db.collection(name).insertMany(documents.slice(from, from + A_BATCH), { ordered: false });
        }
      }),
    );
    // Whoever flushes next hears of it.
    this.sending.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.flush();
    await this.sending;
  }

  /** One of its collections, for code that writes whole documents. */
  of(name: string): Collection<ViewDocument> {
    return this.collection(name) as unknown as Collection<ViewDocument>;
  }

  /** Itself, for code that asks for a database. */
  get asDb(): Db {
    return this as unknown as Db;
  }
}
