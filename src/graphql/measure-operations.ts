import type { ApolloServerPlugin } from '@apollo/server';
import { Kind, type OperationDefinitionNode } from 'graphql';
import { Histogram } from 'prom-client';
import { LATENCIES } from '../core/metrics.js';

const operations = new Histogram({
  name: 'frontdoor_graphql_seconds',
  help: 'Time of a GraphQL operation, by its field in the schema and outcome (ok, or the code of its first problem).',
  labelNames: ['operation', 'outcome'] as const,
  buckets: LATENCIES,
});

/** Measures each operation over HTTP, under the names of the schema: those that callers give may be anything. */
export const measureOperations: ApolloServerPlugin = {
  async requestDidStart() {
    const took = operations.startTimer();
    return {
      async willSendResponse({ operation, response }) {
        const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
        const code = errors ? ((errors[0]?.extensions?.code as string | undefined) ?? 'INTERNAL') : 'ok';
        took({ operation: operation ? fieldOf(operation) : 'refused', outcome: code });
      },
    };
  },
};

/** The one field that is asked for; it was held to the schema before. */
function fieldOf({ selectionSet }: OperationDefinitionNode): string {
  const [field, ...others] = selectionSet.selections;
  return field?.kind === Kind.FIELD && others.length === 0 ? field.name.value : 'several';
}
