import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';

/** The EventStoreDB version whose behaviour this is. */
const VERSION = '24.6.0';

const METHODS: Record<string, Record<string, string[]>> = {
  'event_store.client.streams.streams': {
    append: [],
    batchappend: ['deadline_duration'],
    delete: [],
    read: ['position', 'events'],
    tombstone: [],
  },
  'event_store.client.persistent_subscriptions.persistentsubscriptions': {
    create: ['stream', 'all'],
    delete: ['stream', 'all'],
    getinfo: ['stream', 'all'],
    list: ['stream', 'all'],
    read: ['stream', 'all'],
    replayparked: ['stream', 'all'],
    restartsubsystem: ['stream', 'all'],
    update: ['stream', 'all'],
  },
  'event_store.client.gossip.gossip': { read: [] },
  'event_store.client.server_features.serverfeatures': { getsupportedmethods: [] },
};

/** ServerFeatures/GetSupportedMethods: what the client may call here. */
export function supportedMethodsHandler(
  _call: ServerUnaryCall<shared.Empty, features.SupportedMethods>,
  callback: sendUnaryData<features.SupportedMethods>,
): void {
  const methods = Object.entries(METHODS).flatMap(([service, names]) =>
    Object.entries(names).map(([method, list]) =>
      new features.SupportedMethod().setServiceName(service).setMethodName(method).setFeaturesList(list),
    ),
  );
  callback(null, new features.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion(VERSION));
}
