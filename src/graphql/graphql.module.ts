import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { Logger } from '../core/logger.js';
import { projectRoot } from '../core/project-root.js';
import { CONFIG, VIEWER_SERVICES } from '../core/tokens.js';
import { RequestContext, type ViewerServices } from '../session/request-context.js';
import { Admission, parseOptions } from './admission.js';
import { answerText } from './answer-text.js';
import { errorFormatter } from './format-error.js';
import { httpStatus } from './http-status.js';
import { measureOperations } from './measure-operations.js';
import { PlannedDriver } from './planned-driver.js';
import { CalendarDate, DateTime, JSONObject } from './scalars.js';
import { TrustedDocuments } from './trusted-documents.js';

/** The served schema is a file: front ends are generated from the very same text. */
export const schemaText = readFileSync(join(projectRoot, 'src/schema.graphql'), 'utf8');

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

/** GraphQL over HTTP on Apollo Server, schema first. Subscriptions have a server of their own: see subscriptions.ts. */
export const graphqlModule = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: PlannedDriver,
  inject: [CONFIG, VIEWER_SERVICES, Logger, Admission],
  useFactory: (config: Config, services: ViewerServices, logger: Logger, admission: Admission) => ({
    typeDefs: schemaText,
    resolvers: { DateTime, Date: CalendarDate, JSONObject },
    path: '/graphql',
    playground: false,
    introspection: !config.production,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions,
    validationRules: [admission.rule],
    // The first mistake is told; at the second, nothing more is done with the document.
    validationOptions: { maxErrors: 1 },
    persistedQueries: admission.listed ? { cache: admission.listed } : false,
    stopOnApplicationShutdown: true,
    autoTransformHttpErrors: false,
    preserveHttpStatusForExecutionErrors: false,
    // The cache-control plugin costs a third of the rate of lists, and nothing here may be cached anyway.
    plugins: [ApolloServerPluginCacheControlDisabled(), correlation, admission.plugin, httpStatus, measureOperations],
    logger: logger.forLibrary('apollo'),
    context: ({ headers, ip }: FastifyRequest, reply: FastifyReply) =>
      RequestContext.of(headers, services, { ip, setHeader: (name, value) => void reply.header(name, value) }),
    formatError: errorFormatter(config, logger),
    stringifyResult: answerText,
  }),
});

/** What documents are let in: limits everywhere, and the list where there is one. */
export function admissionOf({ trustedDocuments }: Config): Admission {
  return new Admission(schemaText, trustedDocuments ? TrustedDocuments.load(trustedDocuments) : undefined);
}
