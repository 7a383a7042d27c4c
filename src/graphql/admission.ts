import type { ApolloServerPlugin } from '@apollo/server';
import type { KeyValueCache } from '@apollo/utils.keyvaluecache';
import {
  buildSchema,
  getOperationAST,
  GraphQLError,
  parse,
  type ASTVisitor,
  type DocumentNode,
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
  readonly listed?: KeyValueCache;
  private readonly schema;
  private readonly guessing;

  constructor(
    schemaText: string,
    private readonly trusted?: TrustedDocuments,
  ) {
    this.schema = buildSchema(schemaText);
    this.guessing = guessingMutations(this.schema);
    this.listed = trusted && {
      get: async (hash) => trusted.get(hash),
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
      if (getOperationAST(document, operationName)?.operation !== 'subscription') return refusal(ONLY_SUBSCRIPTIONS);
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
    if (operation.operation === 'mutation' && callsOf(this.guessing, operation, document) > 1) {
      return refusal('A request may hold one operation that takes a password, a code or an address.');
    }
    try {
      const cost = costOf(this.schema, document, operation.name?.value, variables ?? undefined);
      if (cost <= MOST_COST) return undefined;
      return refusal(`This asks for too much at once: it costs ${cost}, and ${MOST_COST} is the most.`);
    } catch (error) {
      if (error instanceof GraphQLError) return refusal(error.message);
      throw error;
    }
  }
}

const ONLY_SUBSCRIPTIONS = 'Only subscriptions are served here. Send the rest to POST /graphql.';
const UNLISTED = 'Only the documents that this service lists are served.';

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
