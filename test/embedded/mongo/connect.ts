import { type Collection, type Db, type Document, MongoClient } from 'mongodb';
import { startMongo, type StartedMongo } from '../../support/mongo.js';

/** A server to test against: the embedded one, or the one at MONGO_TEST_URL. */
export interface Connected {
  client: MongoClient;
  db: Db;
  /** A collection no other test has used. */
  fresh: () => Collection<Document>;
  close: () => Promise<void>;
}

/** Connects the official driver with its default options to a database of its own. */
export async function connect(): Promise<Connected> {
  const given = process.env.MONGO_TEST_URL;
  const started: StartedMongo | undefined = given === undefined ? await startMongo() : undefined;
  const client = await MongoClient.connect(given ?? started?.url ?? '');
  const db = client.db(`frontdoor_test_${process.pid}_${Date.now()}`);
  let made = 0;
  const close = async (): Promise<void> => {
    await db.dropDatabase();
    await client.close();
    await started?.stop();
  };
  return { client, db, fresh: () => db.collection(`c${++made}`), close };
}
