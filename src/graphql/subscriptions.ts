import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLError, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { RequestContext } from '../session/request-context.js';
import type { Admission } from './admission.js';

/** The largest message, in bytes: a subscription is a short document. */
const MOST_BYTES = 64 * 1024;
/** Connections of this process, and subscriptions of one connection. */
const MOST_CONNECTIONS = 5_000;
const MOST_SUBSCRIPTIONS = 20;
/** How long a connection may take to say who it is, in milliseconds. */
const INIT_TIME = 3_000;

/** What a front end may say in the first message; the rest, such as the origin, is the browser's to say. */
const SAID_FIRST = new Set(['authorization', 'x-council', 'x-session', 'x-correlation-id']);

type Headers = IncomingMessage['headers'];

export interface SubscriptionTools {
  path: string;
  schema: GraphQLSchema;
  admission: Admission;
  /** Whether a page of this origin may connect. */
  mayConnect: (origin: string, host: string | undefined) => boolean;
  context: (headers: Headers, request: IncomingMessage) => Promise<RequestContext>;
  format: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}

/** GraphQL subscriptions over WebSockets (graphql-ws), and nothing else there. Gives what ends them all. */
export function serveSubscriptions(server: Server, tools: SubscriptionTools): () => Promise<void> {
  const { path, schema, admission, mayConnect, context, format } = tools;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES });
  const told = (errors: readonly (GraphQLError | GraphQLFormattedError)[]) =>
    errors.map((error) => format('toJSON' in error ? error.toJSON() : error, error));
  const served = useServer<Record<string, unknown>, { request: IncomingMessage }>(
    {
      schema,
      connectionInitWaitTimeout: INIT_TIME,
      // A WebSocket of a browser has no headers of the front end's: what they would say comes with its first message.
      context: ({ connectionParams, extra }) => {
        const given = Object.entries(connectionParams ?? {}).map(
          ([name, value]) => [name.toLowerCase(), value] as const,
        );
        const named = given.filter(([name, value]) => SAID_FIRST.has(name) && typeof value === 'string');
        return context(
          { ...extra.request.headers, ...(Object.fromEntries(named) as Record<string, string>) },
          extra.request,
        );
      },
      onSubscribe: ({ subscriptions }, _id, asked) => {
        // Queries and mutations go over HTTP, where they are guarded against forged requests.
        const refusal =
          Object.keys(subscriptions).length > MOST_SUBSCRIPTIONS
            ? admission.tooManySubscriptions
            : admission.refusedSubscription(asked);
        return refusal && [refusal];
      },
      onError: (_ctx, _id, _payload, errors) => told(errors),
      onNext: (_ctx, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: told(result.errors) } : undefined,
    },
    sockets,
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { origin, host } = request.headers;
    const here = request.url?.split('?')[0] === path;
    const status = !here ? '404 Not Found' : origin && !mayConnect(origin, host) ? '403 Forbidden' : undefined;
    const full = sockets.clients.size >= MOST_CONNECTIONS ? '503 Service Unavailable' : undefined;
    if (status || full) {
      socket.end(`HTTP/1.1 ${status ?? full}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  return async () => served.dispose();
}
