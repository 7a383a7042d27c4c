import { ErrorType } from '@eventstore/db-client';
import { DomainError } from './problem.js';
import { isTransient } from './transient-errors.js';

const types: ReadonlySet<unknown> = new Set(Object.values(ErrorType));

/** What the official client calls an error of the store; undefined for any other. By its name alone: it may come from another thread. */
export function storeErrorType(error: unknown): ErrorType | undefined {
  if (!(error instanceof Error) || !('type' in error)) return undefined;
  return types.has(error.type) ? (error.type as ErrorType) : undefined;
}

/** What the store's errors mean to a caller: an outcome that is not known is safe to ask for again. */
export function asProblem(error: unknown): Error {
  if (error instanceof DomainError) return error;
  if (isTransient(error)) {
    const message = 'The service cannot store or read this just now. Please try again shortly.';
    return new DomainError('UNAVAILABLE', message, undefined, undefined, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
