import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyReply } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Config } from '../config.js';
import { Logger } from '../core/logger.js';
import { projectRoot } from '../core/project-root.js';
import { CONFIG, VIEWER_SERVICES } from '../core/tokens.js';
import { RequestContext, type Peer, type ViewerServices } from '../session/request-context.js';
import { formatError } from './format-error.js';
import { httpStatus } from './http-status.js';
import { CalendarDate, DateTime, JSONObject } from './scalars.js';

/** The served schema is a file: front ends are generated from the very same text. */
export const schemaText = readFileSync(join(projectRoot, 'src/schema.graphql'), 'utf8');

interface WebSocketRequest {
  connectionParams?: Record<string, unknown>;
  extra: { request: { headers: HttpRequest['headers']; socket: { remoteAddress?: string } } };
}

interface HttpRequest {
  headers: Record<string, string | string[] | undefined>;
  ip: string;
}

/** Gives every error the correlation id of its request, for the one place that formats errors. */
const correlation: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) error.extensions.correlationId = contextValue.correlationId;
      },
    };
  },
};

/** GraphQL over HTTP on Apollo Server, schema first. */
export const graphqlModule = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: ApolloDriver,
  inject: [CONFIG, VIEWER_SERVICES, Logger],
  useFactory: (config: Config, services: ViewerServices, logger: Logger) => {
    const format = (formatted: GraphQLFormattedError, error: unknown) => {
      const given = formatted.extensions?.correlationId;
      return formatError(formatted, error, typeof given === 'string' ? given : randomUUID(), logger);
    };
    return {
      typeDefs: schemaText,
      resolvers: { DateTime, Date: CalendarDate, JSONObject },
      path: '/graphql',
      playground: false,
      introspection: !config.production,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      stopOnApplicationShutdown: true,
      autoTransformHttpErrors: false,
      preserveHttpStatusForExecutionErrors: false,
      // The cache-control plugin costs a third of the rate of lists, and nothing here may be cached anyway.
      plugins: [ApolloServerPluginCacheControlDisabled(), correlation, httpStatus],
      subscriptions: {
        'graphql-ws': {
          // Queries and mutations go over HTTP, where they are guarded against forged requests.
          onSubscribe: (_ctx, _id, { query }) => (/^\s*subscription\b/.test(query) ? undefined : [onlySubscriptions]),
          onError: (_ctx: unknown, _id: string, _payload: unknown, errors: readonly GraphQLError[]) =>
            errors.map((error) => format(asSent(error), error)),
          onNext: (_ctx, _id, _payload, _args, result) =>
            result.errors
              ? { ...result, errors: result.errors.map((error) => format(asSent(error), error)) }
              : undefined,
        },
      },
      context: (asked: HttpRequest | WebSocketRequest, reply?: FastifyReply) =>
        RequestContext.of(headersOf(asked), services, peerOf(asked, reply)),
      formatError: format,
    };
  },
});

const onlySubscriptions = new GraphQLError('Only subscriptions are served here. Send the rest to POST /graphql.', {
  extensions: { code: 'BAD_REQUEST' },
});

function asSent(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
  return 'toJSON' in error ? error.toJSON() : error;
}

/** What a front end may say in the first message of a WebSocket; the rest, such as the origin, is the browser's to say. */
const SAID_FIRST = ['authorization', 'x-council', 'x-session', 'x-correlation-id'];

/** A subscription is no activity: it would keep a session alive that nobody sits at. */
function peerOf(asked: HttpRequest | WebSocketRequest, reply?: FastifyReply): Peer {
  if ('headers' in asked) return { ip: asked.ip, setHeader: (name, value) => void reply?.header(name, value) };
  return { ip: asked.extra.request.socket.remoteAddress, passive: true };
}

/** A WebSocket of a browser has no headers of the front end's: what they would say comes with its first message. */
function headersOf(asked: HttpRequest | WebSocketRequest): HttpRequest['headers'] {
  if ('headers' in asked) return asked.headers;
  const given = Object.entries(asked.connectionParams ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const named = Object.fromEntries(
    given.filter(([name, value]) => SAID_FIRST.includes(name as string) && typeof value === 'string'),
  ) as Record<string, string>;
  return { ...asked.extra.request.headers, ...named };
}
