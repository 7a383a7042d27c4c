import { MongoClient, MongoServerSelectionError, type MongoClientOptions } from 'mongodb';

/** How long MongoDB is looked for, in milliseconds: without it, what needs it is refused after so long. */
const SELECTION = 2_000;
/** How long a MongoDB that starts at the same time as this process is waited for, in milliseconds. */
const BOOT_PATIENCE = 20_000;

/**
 * Overrides the connection string: an acknowledged write survives the loss of a server, and the next read returns it.
 */
const RELIED_ON: MongoClientOptions = {
  writeConcern: { w: 'majority' },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryWrites: true,
  retryReads: true,
};

/**
 * For calls that a person waits for, in milliseconds: a connection from the pool, a new connection, and an answer. The
 * driver tries a read twice, so that a MongoDB that has frozen is given up within 10 s. Its `timeoutMS` has no effect.
 */
const PEOPLE_WAIT: MongoClientOptions = { waitQueueTimeoutMS: 1_000, connectTimeoutMS: 3_000, socketTimeoutMS: 4_000 };

/**
 * Connects; throws an error that says where nobody answered, without the password in it. `peopleWait`: each call is given
 * up in time for a person who waits. Without it a call may take as long as it needs, as an index build does.
 */
export async function connectMongo(url: string, { peopleWait = false } = {}): Promise<MongoClient> {
  const limits = peopleWait ? PEOPLE_WAIT : {};
  const client = new MongoClient(url, { serverSelectionTimeoutMS: SELECTION, ...RELIED_ON, ...limits });
  for (const until = performance.now() + BOOT_PATIENCE; ;) {
    try {
      return await client.connect();
    } catch (error) {
      if (error instanceof MongoServerSelectionError && performance.now() < until) continue;
      await client.close();
      throw new Error(`MongoDB at ${masked(url)} does not answer: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** A URL without the password in it. */
export function masked(url: string): string {
  return url.replace(/\/\/([^:@/]+):[^@/]+@/, '//$1:***@');
}
