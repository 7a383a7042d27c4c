import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Config } from '../config.js';
import { Logger } from '../core/logger.js';
import { projectRoot } from '../core/project-root.js';
import { CONFIG, VIEWER_SERVICES } from '../core/tokens.js';
import { RequestContext, type ViewerServices } from '../session/request-context.js';
import { formatError } from './format-error.js';
import { measureOperations } from './measure-operations.js';
import { CalendarDate, DateTime, JSONObject } from './scalars.js';

/** The served schema is a file: front ends are generated from the very same text. */
export const schemaText = readFileSync(join(projectRoot, 'src/schema.graphql'), 'utf8');

interface WebSocketRequest {
  connectionParams?: Record<string, unknown>;
  extra: { request: { headers: HttpRequest['headers'] } };
}

interface HttpRequest {
  headers: Record<string, string | string[] | undefined>;
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
      // The cache-control plugin costs a third of the rate of lists, and nothing here may be cached anyway.
      plugins: [ApolloServerPluginCacheControlDisabled(), correlation, measureOperations],
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
      context: (asked: HttpRequest | WebSocketRequest) => RequestContext.of(headersOf(asked), services),
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

/** A WebSocket of a browser has no headers of the front end's: what they would say comes with its first message. */
function headersOf(asked: HttpRequest | WebSocketRequest): HttpRequest['headers'] {
  if ('headers' in asked) return asked.headers;
  const given = Object.entries(asked.connectionParams ?? {}).filter(([, value]) => typeof value === 'string');
  const named = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value as string]));
  return { ...asked.extra.request.headers, ...named };
}
