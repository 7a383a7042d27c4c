import { ErrorType } from '@eventstore/db-client';
import { MongoAPIError, MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';
import { DomainError } from './problem.js';

/** Thrown where what a follower needs is away: it waits and tries again for as long as that takes. */
export class Outage extends Error {
  override name = 'Outage';
}

/**
 * MongoDB's errors that are about one document and would come again with it (mongo/src/mongo/base/error_codes.yml):
 * BadValue, FailedToParse, TypeMismatch, PathNotViable, DollarPrefixedFieldName, InvalidIdField,
 * DocumentValidationFailure, CannotIndexParallelArrays, BSONObjectTooLarge, DuplicateKey, and two for a document that
 * is too large after its update.
 */
const ABOUT_A_DOCUMENT = new Set([2, 9, 14, 28, 52, 53, 121, 171, 10334, 11000, 17419, 17420]);

/**
 * Whether it is the world that failed, not the event: then it is never counted against an event. Of a store's errors all
 * are outages but those that are known to be about what was written; of everything else, those that came by a network,
 * a disk or a time limit. What is left is the code's or the event's, and comes again however often it is tried.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof Outage) return true;
  if (error instanceof DomainError) return error.code === 'UNAVAILABLE';
  if (error instanceof MongoError) return isMongoOutage(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return true;
  const { code, syscall, type } = error as { code?: unknown; syscall?: unknown; type?: unknown };
  // A failed call to the operating system: sockets, files, names.
  if (typeof syscall === 'string' || (typeof code === 'string' && /^(E[A-Z]{2,}|UND_ERR_\w+)$/.test(code))) return true;
  // A stream that somebody deleted for good stays so.
  if (type === ErrorType.STREAM_DELETED) return false;
  // A gRPC status; the event store's client wraps it in an error whose type is one of its own.
  if (typeof code === 'number' || Object.values(ErrorType).includes(type as ErrorType)) return true;
  return isOutage(error.cause);
}

function isMongoOutage(error: MongoError): boolean {
  if (error instanceof MongoBulkWriteError) {
    const errors = [error.writeErrors].flat();
    return errors.length === 0 || errors.some(({ code }) => !ABOUT_A_DOCUMENT.has(Number(code)));
  }
  if (error instanceof MongoServerError) return !ABOUT_A_DOCUMENT.has(Number(error.code));
  // The driver's own complaint about what it was given; a client that was closed is none.
  return !(error instanceof MongoAPIError) || /closed|connected|expired/i.test(error.message);
}
