import { ErrorType } from '@eventstore/db-client';
import { StoreSilent } from './patience.js';
import { DomainError } from './problem.js';

const types: ReadonlySet<unknown> = new Set(Object.values(ErrorType));

/** What the official client calls an error of the store; undefined for any other. By its name alone: it may come from another thread. */
export function storeErrorType(error: unknown): ErrorType | undefined {
  if (!(error instanceof Error) || !('type' in error)) return undefined;
  return types.has(error.type) ? (error.type as ErrorType) : undefined;
}

/** What the store's errors mean to a caller: an outcome that is not known is safe to ask for again. */
export function asProblem(error: unknown): Error {
  if (error instanceof DomainError) return error;
  const type = storeErrorType(error);
  // A raw gRPC ServiceError (no `type`, code 14) comes where even the server's features could not be asked for.
  const code = (error as { code?: number }).code;
  const passing =
    error instanceof StoreSilent ||
    // What the store has no name for: a full disk, a failing sync. It refuses, and goes on when that is mended.
    type === ErrorType.UNKNOWN ||
    type === ErrorType.UNAVAILABLE ||
    type === ErrorType.TIMEOUT ||
    type === ErrorType.DEADLINE_EXCEEDED ||
    type === ErrorType.CANCELLED ||
    type === ErrorType.NOT_LEADER ||
    code === 14 ||
    // A connection that was cut under a call.
    (code === 13 && String((error as Error).message).includes('RST_STREAM'));
  if (passing) {
    const message = 'The service cannot store or read this just now. Please try again shortly.';
    return new DomainError('UNAVAILABLE', message, undefined, undefined, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
