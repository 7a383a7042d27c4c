import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { Config } from '../config.js';
import { Logger } from '../core/logger.js';
import { projectRoot } from '../core/project-root.js';
import { CONFIG, VIEWER_SERVICES } from '../core/tokens.js';
import { RequestContext, type ViewerServices } from '../session/request-context.js';
import { formatError } from './format-error.js';
import { CalendarDate, DateTime, JSONObject } from './scalars.js';

/** The served schema is a file: front ends are generated from the very same text. */
export const schemaText = readFileSync(join(projectRoot, 'src/schema.graphql'), 'utf8');

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
  useFactory: (config: Config, services: ViewerServices, logger: Logger) => ({
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
    plugins: [ApolloServerPluginCacheControlDisabled(), correlation],
    context: (request: HttpRequest) => RequestContext.of(request.headers, services),
    formatError: (formatted, error) => {
      const given = formatted.extensions?.correlationId;
      return formatError(formatted, error, typeof given === 'string' ? given : randomUUID(), logger);
    },
  }),
});
