import { EventStoreDBClient } from '@eventstore/db-client';
import { MongoClient, type Db } from 'mongodb';
import { randomUUID } from 'node:crypto';
import { EventLog } from '../../src/core/event-log.js';
import { CommandHandling, type CommandRequest } from '../../src/core/handle-command.js';
import { DataKeys } from '../../src/core/keys.js';
import { Secrets } from '../../src/core/secrets.js';
import { NOON } from '../support/given.js';
import { startEventStore, type RunningEventStore } from '../support/event-store.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

export const secrets = new Secrets(Buffer.alloc(32, 1));
const master = Buffer.alloc(32, 2);

/** One process of the application, as far as its core goes: its own client, caches and queues. */
export interface Application {
  client: EventStoreDBClient;
  keys: DataKeys;
  log: EventLog;
  handling: CommandHandling;
}

export interface Stores {
  events: RunningEventStore;
  mongo: StartedMongo;
  vault: Db;
  /** Another process of the application on the same stores, or the same one started anew. */
  application(): Application;
  stop(): Promise<void>;
}

export async function startStores(): Promise<Stores> {
  const [events, mongo] = await Promise.all([startEventStore(), startMongo()]);
  const mongoClient = await MongoClient.connect(mongo.url);
  const vault = mongoClient.db('vault');
  const clients: EventStoreDBClient[] = [];
  return {
    events,
    mongo,
    vault,
    application() {
      const client = EventStoreDBClient.connectionString(events.url);
      clients.push(client);
      const keys = new DataKeys(vault, master);
      const log = new EventLog(client, keys);
      return { client, keys, log, handling: new CommandHandling(log, { now: () => new Date(NOON) }, secrets) };
    },
    async stop() {
      await Promise.all(clients.map((client) => client.dispose()));
      await mongoClient.close();
      await Promise.all([events.stop(), mongo.stop()]);
    },
  };
}

/** A request of Amira's; a commandId of its own unless one is given. */
export function request(changed: Partial<CommandRequest> = {}): CommandRequest {
  const actor = { kind: 'referrer' as const, id: 'amira', name: 'Amira Castellane' };
  return { commandId: randomUUID(), said: {}, council: 'lancashire', actor, correlationId: 'c-1', ...changed };
}
