import serverFeaturesGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';

/**
 * What the embedded event store is measured against: the least that the official client can append to and read from, in
 * a process of its own, keeping events in memory only. No checks, no idempotency, no disk.
 */
interface Kept {
  stream: Uint8Array;
  revision: number;
  message: streams.BatchAppendReq.ProposedMessage;
}
const log: Kept[] = [];
const revisions = new Map<string, number>();
const { BatchAppendResp, ReadResp } = streams;

function batchAppend(call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void {
  call.on('data', (request: streams.BatchAppendReq) => {
    const identifier = request.getOptions()!.getStreamIdentifier()!;
    const stream = identifier.getStreamName_asU8();
    const name = Buffer.from(stream).toString();
    let revision = revisions.get(name) ?? -1;
    for (const message of request.getProposedMessagesList()) log.push({ stream, revision: (revision += 1), message });
    revisions.set(name, revision);
    const position = new shared.AllStreamPosition()
      .setCommitPosition(`${log.length}`)
      .setPreparePosition(`${log.length}`);
    const success = new BatchAppendResp.Success().setCurrentRevision(`${revision}`).setPosition(position);
    const response = new BatchAppendResp().setCorrelationId(request.getCorrelationId());
    call.write(response.setStreamIdentifier(identifier).setSuccess(success));
  });
  call.on('end', () => call.end());
}

async function read(call: ServerWritableStream<streams.ReadReq, streams.ReadResp>): Promise<void> {
  call.write(new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId('measured')));
  for (const [index, { stream, revision, message }] of log.entries()) {
    const place = `${index + 1}`;
    const record = new ReadResp.ReadEvent.RecordedEvent()
      .setId(message.getId())
      .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(stream))
      .setStreamRevision(`${revision}`)
      .setCommitPosition(place)
      .setPreparePosition(place)
      .setCustomMetadata(message.getCustomMetadata_asU8())
      .setData(message.getData_asU8());
    record.getMetadataMap().set('type', 'Measured').set('content-type', 'application/json').set('created', '0');
    const event = new ReadResp.ReadEvent().setEvent(record).setCommitPosition(place);
    if (call.cancelled) return;
    if (!call.write(new ReadResp().setEvent(event))) await new Promise((resolve) => call.once('drain', resolve));
  }
}

function supported(
  _call: ServerUnaryCall<shared.Empty, unknown>,
  callback: sendUnaryData<features.SupportedMethods>,
): void {
  const method = new features.SupportedMethod()
    .setServiceName('event_store.client.streams.streams')
    .setMethodName('batchappend');
  callback(null, new features.SupportedMethods().setMethodsList([method]).setEventStoreServerVersion('24.6.0'));
}

const absent = (_call: unknown, callback: sendUnaryData<never>) => callback({ code: status.UNIMPLEMENTED });

const server = new Server();
server.addService(streamsGrpc.StreamsService, {
  read: (call: ServerWritableStream<streams.ReadReq, streams.ReadResp>) => void read(call),
  batchAppend,
  append: absent,
  delete: absent,
  tombstone: absent,
});
server.addService(serverFeaturesGrpc.ServerFeaturesService, { getSupportedMethods: supported });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(JSON.stringify({ ready: true, port }));
});
