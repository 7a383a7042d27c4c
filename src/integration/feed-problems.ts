import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Logger } from '../core/logger.js';
import { DomainError, type ProblemCode } from '../core/problem.js';
import { isTransient } from '../core/transient-errors.js';

const STATUS: Partial<Record<ProblemCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  COUNCIL_UNKNOWN: 404,
  UNAVAILABLE: 503,
};

/** Problems of the feed as small JSON, {code, message}. What was not expected says nothing of itself. */
@Catch()
export class FeedProblems implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { id } = host.switchToHttp().getRequest<FastifyRequest>();
    const { code, message, status } = this.described(error, id);
    if (status === 503) void reply.header('retry-after', '5');
    void reply.status(status).send({ code, message });
  }

  private described(error: unknown, correlationId: string): { code: ProblemCode; message: string; status: number } {
    if (error instanceof DomainError) {
      return { code: error.code, message: error.message, status: STATUS[error.code] ?? 400 };
    }
    if (error instanceof HttpException && error.getStatus() < 500) {
      return { code: 'BAD_INPUT', message: 'This request cannot be served here.', status: error.getStatus() };
    }
    if (isTransient(error)) {
      this.logger.error('a store refused or was silent', { correlationId, error });
      return { code: 'UNAVAILABLE', message: 'This is not possible just now. Please try again shortly.', status: 503 };
    }
    this.logger.error('unexpected error in the feed', { correlationId, error });
    return { code: 'INTERNAL', message: 'Something went wrong on our side. Please try again.', status: 500 };
  }
}
