import type { ApolloServerPlugin } from '@apollo/server';
import {
  buildSchema,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  OperationTypeNode,
  parse,
  type ASTVisitor,
  type DocumentNode,
  type OperationDefinitionNode,
  type ValidationContext,
} from 'graphql';
import { MOST_LENGTH, MOST_TOKENS, overLimit } from './document-limits.js';
import { callsOf, costOf, guessingMutations, MOST_COST } from './request-cost.js';
import type { TrustedDocuments } from './trusted-documents.js';

/** For graphql-js: after so many tokens it stops reading. */
export const parseOptions = { maxTokens: MOST_TOKENS };

interface Asked {
  query?: string | null;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/** What is let in at all: documents within the limits, and listed where there is a list; operations that cost little. */
export class Admission {
  /** Listed documents may be asked for by their hash, as Apollo's clients do; nobody can add to the list. */
  readonly listed?: {
    get(key: string): Promise<string | undefined>;
    set(): Promise<void>;
    delete(): Promise<boolean>;
  };
  private readonly schema;
  private readonly guessing;
  /** With which variables operations were found to cost little. As long as Apollo keeps the document. */
  private readonly weighed = new WeakMap<OperationDefinitionNode, Set<string>>();

  constructor(
    schemaText: string,
    private readonly trusted?: TrustedDocuments,
  ) {
    this.schema = buildSchema(schemaText);
    this.guessing = guessingMutations(this.schema);
    this.listed = trusted && {
      // Apollo puts its own prefix before the hash.
      get: async (key) => trusted.get(key.replace(/^apq:/, '')),
      set: async () => undefined,
      delete: async () => false,
    };
  }

  /**
   * The rule that looks at a document before any other has begun. It says so twice where it refuses: the server is told
   * to stop at the second mistake (`maxErrors: 1`), so that nothing else is done with the document.
   */
  readonly rule = (context: ValidationContext): ASTVisitor => ({
    Document: (document) => {
      const refusal = this.refused(document);
      if (!refusal) return;
      context.reportError(refusal);
      context.reportError(refusal);
    },
  });

  /** Holds each operation, with its variables, to what one request may ask for. Documents met again are not checked again. */
  readonly plugin: ApolloServerPlugin = {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, request }) => {
        const refusal = this.tooMuch(document, request);
        if (refusal) throw refusal;
      },
    }),
  };

  readonly tooManySubscriptions = refusal('There are too many subscriptions on this connection.');

  /** Why a subscription over a WebSocket is not served, or undefined; everything but subscriptions belongs to HTTP. */
  refusedSubscription({ query, operationName, variables }: Asked): GraphQLError | undefined {
    if (query && query.length > MOST_LENGTH) return refusal('The document is too long.');
    try {
      const document = parse(query ?? '', parseOptions);
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION)
        return refusal(ONLY_SUBSCRIPTIONS);
      return this.refused(document) ?? this.tooMuch(document, { operationName, variables });
    } catch (error) {
      if (error instanceof GraphQLError) return error;
      throw error;
    }
  }

  private refused(document: DocumentNode): GraphQLError | undefined {
    if (this.trusted && !this.trusted.has(document.loc?.source.body ?? '')) return refusal(UNLISTED);
    const reason = overLimit(document);
    return reason === undefined ? undefined : refusal(reason);
  }

  private tooMuch(document: DocumentNode, { operationName, variables }: Asked): GraphQLError | undefined {
    const operation = getOperationAST(document, operationName);
    if (!operation) return undefined;
    const weighed = this.weighed.get(operation) ?? new Set();
    this.weighed.set(operation, weighed);
    const counted = countedVariables(operation, variables ?? {});
    if (weighed.has(counted)) return undefined;
    // Those that do not fit are told of by the execution, whether the document was met before or not.
    const coerced = getVariableValues(this.schema, operation.variableDefinitions ?? [], variables ?? {}, ONE);
    if (coerced.errors) return undefined;
    const refusal = this.weigh(document, operation, variables ?? {});
    if (!refusal && weighed.size < MOST_WEIGHED) weighed.add(counted);
    return refusal;
  }

  private weigh(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
  ): GraphQLError | undefined {
    if (operation.operation === OperationTypeNode.MUTATION && callsOf(this.guessing, operation, document) > 1) {
      return refusal('A request may hold one operation that takes a password, a code or an address.');
    }
    try {
      const cost = costOf(this.schema, document, operation.name?.value, variables);
      if (cost <= MOST_COST) return undefined;
      return refusal(`This asks for too much at once: it costs ${cost}, and ${MOST_COST} is the most.`);
    } catch (error) {
      if (error instanceof GraphQLError) return refusal(error.message);
      throw error;
    }
  }
}

/** Of each operation so many lengths of its lists are remembered as fit. */
const MOST_WEIGHED = 50;
const ONE = { maxErrors: 1 };

/** What an operation's cost depends on: the numbers and truths among its variables, and which others there are. */
function countedVariables({ variableDefinitions }: OperationDefinitionNode, given: Record<string, unknown>): string {
  if (!variableDefinitions?.length) return '';
  const counted = variableDefinitions.map(({ variable: { name } }) => {
    const value = given[name.value];
    return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : typeof value;
  });
  return JSON.stringify(counted);
}

const ONLY_SUBSCRIPTIONS = 'Only subscriptions are served here. Send the rest to POST /graphql.';
const UNLISTED = 'Only the documents that this service lists are served.';

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
