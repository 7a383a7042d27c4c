import { createHash, timingSafeEqual } from 'node:crypto';
import {
  Metadata,
  ResponderBuilder,
  ServerInterceptingCall,
  ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';
import { StoreError, toRefusal } from '../problem.js';

export interface Account {
  user: string;
  password: string;
}

/** What the official client asks before and without logging in; neither tells anything of the data. */
const OPEN_SERVICES = ['/event_store.client.server_features.', '/event_store.client.gossip.'];

/** Refuses every call to the data that does not carry the account as Basic authentication. */
export function authentication({ user, password }: Account): ServerInterceptor {
  const expected = digest(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  const isGenuine = (metadata: Metadata) => {
    const [given] = metadata.get('authorization');
    return given !== undefined && timingSafeEqual(digest(given.toString()), expected);
  };
  return (method, call) => {
    if (OPEN_SERVICES.some((service) => method.path.startsWith(service))) return new ServerInterceptingCall(call);
    const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, next) => {
      if (isGenuine(metadata)) next(metadata);
      else call.sendStatus(toRefusal(new StoreError({ kind: 'unauthenticated' })));
    });
    const responder = new ResponderBuilder().withStart((next) => next(listener.build()));
    return new ServerInterceptingCall(call, responder.build());
  };
}

/** Equal lengths, whatever was given, for a comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
