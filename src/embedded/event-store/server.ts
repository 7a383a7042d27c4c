import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import persistentGrpc from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import serverFeaturesGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { Groups } from './persistent-subscriptions/groups.js';
import { appendHandler, deleteHandler, tombstoneHandler } from './services/append.js';
import { Account, authentication } from './services/authentication.js';
import { batchAppendHandler } from './services/batch-append.js';
import { gossipHandler } from './services/gossip.js';
import { OpenCalls } from './services/outgoing.js';
import { packing } from './services/packed.js';
import { persistentSubscriptionsService } from './services/persistent-subscriptions.js';
import { readHandler } from './services/read.js';
import { supportedMethodsHandler } from './services/server-features.js';
import { EventStore } from './storage/event-store.js';

export interface ServerOptions {
  folder: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  tls?: { certFile: string; keyFile: string };
  /** Where set, every call must carry it. */
  account?: Account;
}

export interface RunningServer {
  port: number;
  /** Commits what has arrived, ends all calls and closes the data folder. */
  stop(): Promise<void>;
}

/** More than an event may hold, so that what is too large gets its proper answer. */
const MAX_RECEIVE_BYTES = 17 * 1_048_576;

const LONGEST_GOODBYE_MS = 1_000;

/** Opens the data folder and serves it. */
export async function startServer({ folder, host, port, tls, account }: ServerOptions): Promise<RunningServer> {
  const credentials = tls
    ? ServerCredentials.createSsl(null, [
        { cert_chain: readFileSync(tls.certFile), private_key: readFileSync(tls.keyFile) },
      ])
    : ServerCredentials.createInsecure();
  const store = await EventStore.open(folder);
  const server = new Server({
    'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
    interceptors: account ? [authentication(account)] : [],
  });
  const groups = new Groups(store);
  const openCalls = new OpenCalls();
  let bound = 0;
  const { StreamsService: service } = streamsGrpc;
  const packed = { ...service, read: packing(service.read), batchAppend: packing(service.batchAppend) };
  server.addService(packed, {
    read: readHandler(store, openCalls),
    append: appendHandler(store.writer, openCalls),
    batchAppend: batchAppendHandler(store.writer, openCalls),
    delete: deleteHandler(store.writer),
    tombstone: tombstoneHandler(store.writer),
  });
  server.addService(persistentGrpc.PersistentSubscriptionsService, persistentSubscriptionsService(groups, openCalls));
  server.addService(gossipGrpc.GossipService, { read: gossipHandler(host, () => bound) });
  server.addService(serverFeaturesGrpc.ServerFeaturesService, { getSupportedMethods: supportedMethodsHandler });

  try {
    bound = await new Promise<number>((resolve, reject) => {
      const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      server.bindAsync(address, credentials, (error, boundPort) => (error ? reject(error) : resolve(boundPort)));
    });
  } catch (error) {
    groups.stop();
    store.close();
    throw error;
  }
  return {
    port: bound,
    async stop() {
      groups.stop();
      store.writer.flush();
      await sleep(0); // the answers to what was flushed go out first
      openCalls.cancel();
      await Promise.race([closed(server), sleep(LONGEST_GOODBYE_MS)]);
      server.forceShutdown();
      store.writer.flush();
      store.close();
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.tryShutdown(() => resolve()));
}
