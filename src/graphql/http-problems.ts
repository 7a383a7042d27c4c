import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Logger } from '../core/logger.js';
import type { ProblemCode } from '../core/problem.js';

/** Said where Fastify or Nest refuse a request before any of our own code sees it, by HTTP status. */
const sentences: Record<number, string> = {
  400: 'The body is not valid JSON.',
  401: 'Your session has ended. Please log in again; what you saved is kept.',
  404: 'There is nothing here. The API is at /graphql.',
  413: 'The body is too large.',
  415: 'Send JSON, as "content-type: application/json".',
};

/** Of those with a code of their own. */
const codes: Record<number, ProblemCode> = { 401: 'UNAUTHENTICATED', 404: 'NOT_FOUND' };

/** What goes wrong before GraphQL is reached answers in GraphQL's shape too. */
@Catch()
export class HttpProblems implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(exception: unknown, host: ArgumentsHost): unknown {
    // GraphQL formats its own errors.
    if (host.getType<string>() !== 'http') return asError(exception);
    const status = statusOf(exception);
    const { id: correlationId } = host.switchToHttp().getRequest<FastifyRequest>();
    if (status >= 500) this.logger.error('unexpected error', { correlationId, error: exception });
    const code = codes[status] ?? (status >= 500 ? 'INTERNAL' : 'BAD_INPUT');
    const message =
      sentences[status] ?? (status >= 500 ? 'Something went wrong on our side.' : 'This request is not valid.');
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    return reply.code(status).send({ errors: [{ message, extensions: { code, correlationId } }] });
  }
}

/**
 * What a resolver threw, as an error that it can be told by: anything else that is given back here passes for its answer,
 * and an error of GraphQL's for a mistake in the document, whose words are told.
 */
function asError(thrown: unknown): Error {
  const isOurs = thrown instanceof Error && !(thrown instanceof GraphQLError);
  return isOurs ? thrown : new Error('A resolver threw what is no error.', { cause: thrown });
}

function statusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  // Fastify's own errors carry theirs.
  const { statusCode } = exception as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}
