import type { handleUnaryCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { IPersistentSubscriptionsServer } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { Consumer } from '../persistent-subscriptions/consumer.js';
import { Group, NackAction } from '../persistent-subscriptions/group.js';
import { ALL, groupKey, readSettings } from '../persistent-subscriptions/group-settings.js';
import { Groups } from '../persistent-subscriptions/groups.js';
import { infoOf } from '../persistent-subscriptions/info.js';
import { confirmationResponse } from '../persistent-subscriptions/message-response.js';
import { toRefusal } from '../problem.js';
import { OpenCalls, Outgoing } from './outgoing.js';
import { invalidArgument, toId, toNumber, toStreamName } from './wire.js';

const { Action } = persistent.ReadReq.Nack;

/** However much a consumer asks for at a time, this is what the group keeps in memory for it. */
const MAX_IN_FLIGHT = 10_000;

/** The service persistent_subscriptions.PersistentSubscriptions. */
export function persistentSubscriptionsService(groups: Groups, openCalls: OpenCalls): IPersistentSubscriptionsServer {
  return {
    create: unary(async (request: persistent.CreateReq) => {
      const options = given(request.getOptions());
      await groups.create(readSettings(streamOfSettings(options), options));
      return new persistent.CreateResp();
    }),
    update: unary(async (request: persistent.UpdateReq) => {
      const options = given(request.getOptions());
      await groups.update(readSettings(streamOfSettings(options), options));
      return new persistent.UpdateResp();
    }),
    delete: unary(async (request: persistent.DeleteReq) => {
      const options = given(request.getOptions());
      await groups.delete(streamOf(options), options.getGroupName());
      return new persistent.DeleteResp();
    }),
    getInfo: unary(async (request: persistent.GetInfoReq) => {
      const options = given(request.getOptions());
      const group = groups.get(streamOf(options), options.getGroupName());
      return new persistent.GetInfoResp().setSubscriptionInfo(infoOf(group));
    }),
    list: unary(async (request: persistent.ListReq) => {
      const stream = given(request.getOptions()).getListForStream();
      const found = stream ? groups.ofStream(stream.hasAll() ? ALL : toStreamName(stream.getStream())) : groups.all();
      return new persistent.ListResp().setSubscriptionsList(found.map(infoOf));
    }),
    replayParked: unary(async (request: persistent.ReplayParkedReq) => {
      const options = given(request.getOptions());
      const group = groups.get(streamOf(options), options.getGroupName());
      group.replayParked(options.hasStopAt() ? toNumber(options.getStopAt()) : Number.MAX_SAFE_INTEGER);
      return new persistent.ReplayParkedResp();
    }),
    restartSubsystem: unary(async (_request: shared.Empty) => {
      groups.restart();
      return new shared.Empty();
    }),
    read: (call: ServerDuplexStream<persistent.ReadReq, persistent.ReadResp>) => read(groups, call, openCalls),
  };
}

/** Read: the options first, then acks and nacks, while messages go the other way. */
function read(
  groups: Groups,
  call: ServerDuplexStream<persistent.ReadReq, persistent.ReadResp>,
  openCalls: OpenCalls,
): void {
  const out = new Outgoing<persistent.ReadResp>(
    call as unknown as ServerDuplexStream<never, persistent.ReadResp>,
    openCalls,
  );
  let group: Group | undefined;
  call.on('data', (request: persistent.ReadReq) => {
    try {
      const ack = request.getAck();
      const nack = request.getNack();
      if (ack) group?.ack(ack.getIdsList().map(toId));
      else if (nack) group?.nack(nack.getIdsList().map(toId), actionOf(nack.getAction()), nack.getReason());
      else group ??= connect(groups, given(request.getOptions()), call, out);
    } catch (error) {
      out.fail(error);
    }
  });
  call.on('end', () => out.end());
}

function connect(
  groups: Groups,
  options: persistent.ReadReq.Options,
  call: ServerDuplexStream<persistent.ReadReq, persistent.ReadResp>,
  out: Outgoing<persistent.ReadResp>,
): Group {
  const group = groups.get(streamOf(options), options.getGroupName());
  const [authorization] = call.metadata.get('authorization');
  const [connectionName] = call.metadata.get('connection-name');
  const details = {
    from: call.getPeer(),
    user: userOf(authorization?.toString()),
    connectionName: connectionName?.toString() ?? '',
  };
  // Joining sends nothing yet, so the confirmation comes before the first message.
  const limit = Math.min(Math.max(1, options.getBufferSize()), MAX_IN_FLIGHT);
  group.connect(new Consumer(out, details, limit, group.settings.extraStatistics));
  void out.send(confirmationResponse(groupKey(group.settings)));
  return group;
}

function actionOf(action: persistent.ReadReq.Nack.Action): NackAction {
  switch (action) {
    case Action.PARK:
      return 'park';
    case Action.RETRY:
      return 'retry';
    case Action.SKIP:
      return 'skip';
    default:
      return 'stop';
  }
}

/** The user in a Basic header, which has been checked before. Where there are no accounts, everyone is the administrator. */
function userOf(authorization: string | undefined): string {
  if (!authorization) return 'admin';
  return Buffer.from(authorization.replace(/^Basic /i, ''), 'base64')
    .toString('utf8')
    .split(':', 1)[0]!;
}

interface StreamOption {
  hasAll(): boolean;
  getStreamIdentifier(): shared.StreamIdentifier | undefined;
}

function streamOf(options: StreamOption): string {
  return options.hasAll() ? ALL : toStreamName(options.getStreamIdentifier());
}

function streamOfSettings(options: persistent.CreateReq.Options | persistent.UpdateReq.Options): string {
  if (options.hasAll()) return ALL;
  return toStreamName(options.getStream()?.getStreamIdentifier() ?? options.getStreamIdentifier());
}

function given<Options>(options: Options | undefined): Options {
  if (options === undefined) throw invalidArgument('The request has no options.');
  return options;
}

function unary<Request, Response>(answer: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toRefusal(error)),
    );
  };
}
