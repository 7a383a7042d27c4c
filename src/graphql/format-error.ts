import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import { BadRequestException } from '@nestjs/common';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import type { Config } from '../config.js';
import type { Logger } from '../core/logger.js';
import { DomainError, type ProblemCode } from '../core/problem.js';
import { isTransient } from '../core/transient-errors.js';

interface Problem {
  code: ProblemCode;
  message: string;
  field?: string;
  details?: Record<string, unknown>;
}

/** The formatter of this installation: a problem without a correlation id of its own is given one. */
export function errorFormatter({ production }: Config, logger: Logger) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const given = formatted.extensions?.correlationId;
    return formatError(formatted, error, typeof given === 'string' ? given : randomUUID(), logger, production);
  };
}

/**
 * The one map from what was thrown to what a caller is told. An expected problem says its code, the field at fault and
 * a sentence; anything unexpected says INTERNAL, no more, and is logged under the correlation id.
 */
function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  correlationId: string,
  logger: Logger,
  /** Whether graphql-js may suggest names of the schema that are near what was typed. */
  hideSchema: boolean,
): GraphQLFormattedError {
  const resolved = unwrapResolverError(error);
  // What was thrown before any resolver ran, while it was found out who asks, has no path and stays wrapped.
  const cause = resolved instanceof GraphQLError ? resolved.originalError : undefined;
  const thrown = isTransient(cause) ? cause : resolved;
  // Over a WebSocket what graphql-js finds wrong with a document has no code; what a resolver threw is never bare.
  const bare = thrown instanceof GraphQLError && !thrown.originalError && !formatted.extensions?.code;
  const problem = expected(thrown) ?? fromDocument(formatted, bare, hideSchema);
  // The field as the schema names it: aliases in the path are the caller's own words.
  const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined;
  const at = node?.kind === Kind.FIELD ? node.name.value : undefined;
  if (!problem) logger.error('unexpected error', { correlationId, field: at, error: thrown });
  // Expected, but whoever runs the service should know why.
  const absence = thrown instanceof DomainError ? thrown.cause : isTransient(thrown) ? thrown : undefined;
  if (absence) logger.error('a store refused or was silent', { correlationId, field: at, error: absence });
  const { code, message, field, details } = problem ?? unexpected;
  return {
    message,
    ...(formatted.path ? { path: formatted.path } : {}),
    ...(problem && formatted.locations ? { locations: formatted.locations } : {}),
    extensions: { ...details, code, ...(field === undefined ? {} : { field }), correlationId },
  };
}

const unexpected: Problem = {
  code: 'INTERNAL',
  message: 'Something went wrong on our side. Quote the correlationId if you report it.',
};

function expected(thrown: unknown): Problem | undefined {
  if (thrown instanceof DomainError) return thrown;
  if (thrown instanceof BadRequestException) return invalidInput(thrown);
  if (isTransient(thrown)) {
    return { code: 'UNAVAILABLE', message: 'This cannot be read just now. Please try again shortly.' };
  }
  return undefined;
}

/** What the validation pipe found: the first mistake is the message, all of them are listed. */
function invalidInput(thrown: BadRequestException): Problem {
  const { problems } = thrown.getResponse() as { problems?: { field: string; message: string }[] };
  const [first] = problems ?? [];
  return {
    code: 'BAD_INPUT',
    message: first?.message ?? 'The input is not valid.',
    field: first?.field,
    details: problems ? { problems } : undefined,
  };
}

/** Codes of Apollo Server's own: the document or its variables are at fault, never the server. */
const documentCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

function fromDocument(
  { message, extensions }: GraphQLFormattedError,
  bare: boolean,
  hideSchema: boolean,
): Problem | undefined {
  if (!bare && !documentCodes.has(String(extensions?.code))) return undefined;
  // 'Variable "$input" got invalid value … at "input.email"; …': the place is the field.
  const field = /at "([^"]+)"/.exec(message)?.[1] ?? /Variable "\$([^"]+)"/.exec(message)?.[1];
  const told = withoutValues(message);
  return { code: 'BAD_INPUT', message: hideSchema ? told.replace(/ ?Did you mean .*?\?/gs, '') : told, field };
}

/** graphql-js repeats what was sent: it may be personal, and tells nobody anything who sent it. */
function withoutValues(message: string): string {
  return message
    .replace(/ got invalid value .*?(?=( at ")|;)/s, ' got an invalid value')
    .replace(/(cannot represent [^:]*): .*$/s, '$1.')
    .replace(/(Expected value of type "[^"]*"), found .*$/s, '$1.')
    .replace(/Value ".*" does not exist in/s, 'This value does not exist in');
}
