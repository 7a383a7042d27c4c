import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { MongoClient, type Db } from 'mongodb';
import { launch } from '../../embedded/launch.js';

export interface StandIns {
  events: EventStoreDBClient;
  views: Db;
  vault: Db;
}

/** Starts the embedded stores on a folder for as long as `work` takes, and lends their clients. */
export async function withStandIns<T>(dataDir: string, work: (clients: StandIns) => Promise<T>): Promise<T> {
  const events = await launch('event-store', join(dataDir, 'event-store'));
  try {
    const mongo = await launch('mongo', join(dataDir, 'mongo'));
    const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${events.port}?tls=false`);
    const mongoClient = await MongoClient.connect(`mongodb://127.0.0.1:${mongo.port}/?directConnection=true`);
    try {
      const [views, vault] = [mongoClient.db('frontdoor_views'), mongoClient.db('frontdoor_vault')];
      return await work({ events: client, views, vault });
    } finally {
      await client.dispose();
      await mongoClient.close();
      await mongo.stop();
    }
  } finally {
    await events.stop();
  }
}
