import { isNativeError } from 'node:util/types';
import { ErrorType } from '@eventstore/db-client';
import {
  MongoAPIError,
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoExpiredSessionError,
  MongoNotConnectedError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import { DomainError } from './problem.js';

/** Thrown where something that is needed is away: the caller tries again later, and nothing counts against an event. */
export class TransientError extends Error {
  override name = 'TransientError';
}

/** `later`: try again. `final`: the same input would give the same error. */
export type Verdict = 'later' | 'final';

/** One client's errors. `verdict` is undefined for an error that is not this client's. */
export interface ErrorSource {
  client: string;
  verdict: (error: Error) => Verdict | undefined;
}

/**
 * The one table of what "try again later" looks like, a row for each client that the product has. The first row that
 * knows an error decides. Store errors are transient unless they were caused by what was written, so that a wrong
 * password or a missing topic makes a follower wait and never costs an event.
 */
export const errorSources: readonly ErrorSource[] = [
  { client: 'Frontdoor', verdict: ownVerdict },
  { client: 'MongoDB', verdict: mongoVerdict },
  { client: 'Kafka', verdict: kafkaVerdict },
  { client: 'SMTP', verdict: smtpVerdict },
  { client: 'EventStoreDB', verdict: eventStoreVerdict },
  { client: 'HTTP', verdict: httpVerdict },
  { client: 'sockets and files', verdict: systemVerdict },
];

/** Whether to try again later. An error that no client knows is judged by its cause; without one it is final. */
export function isTransient(error: unknown): boolean {
  if (!isError(error)) return false;
  for (const { verdict } of errorSources) {
    const said = verdict(error);
    if (said) return said === 'later';
  }
  return isTransient(error.cause);
}

/** Whether an HTTP status says "later": 408 Request Timeout, 425 Too Early, 429 Too Many Requests, and all of 5xx. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Errors of another realm too, as Node's own are to a test, and DOMExceptions: an aborted fetch rejects with one. */
function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value) || value instanceof DOMException;
}

const verdictOf = (transient: boolean): Verdict => (transient ? 'later' : 'final');

function ownVerdict(error: Error): Verdict | undefined {
  if (error instanceof TransientError) return 'later';
  return error instanceof DomainError ? verdictOf(error.code === 'UNAVAILABLE') : undefined;
}

/**
 * MongoDB's errors about one document (mongo/src/mongo/base/error_codes.yml): BadValue, FailedToParse, TypeMismatch,
 * PathNotViable, DollarPrefixedFieldName, InvalidIdField, DocumentValidationFailure, CannotIndexParallelArrays,
 * BSONObjectTooLarge, DuplicateKey, and two for a document that is too large after its update.
 */
const ABOUT_A_DOCUMENT = new Set([2, 9, 14, 28, 52, 53, 121, 171, 10334, 11000, 17419, 17420]);
const RETRYABLE_LABELS = ['RetryableWriteError', 'RetryableReadError', 'TransientTransactionError'];
/** The driver's complaints about a client that was closed; its other MongoAPIErrors are about its input. */
const CLOSED = [MongoClientClosedError, MongoExpiredSessionError, MongoNotConnectedError, MongoTopologyClosedError];

function mongoVerdict(error: Error): Verdict | undefined {
  if (!(error instanceof MongoError)) return undefined;
  if (RETRYABLE_LABELS.some((label) => error.hasErrorLabel(label))) return 'later';
  if (error instanceof MongoBulkWriteError) {
    const errors = [error.writeErrors].flat();
    // Without a write error it is the write concern that failed.
    const unacknowledged = errors.length === 0 || error.result?.getWriteConcernError() !== undefined;
    return verdictOf(unacknowledged || errors.some(({ code }) => !ABOUT_A_DOCUMENT.has(Number(code))));
  }
  if (error instanceof MongoServerError) return verdictOf(!ABOUT_A_DOCUMENT.has(Number(error.code)));
  if (CLOSED.some((closed) => error instanceof closed)) return 'later';
  return verdictOf(!(error instanceof MongoAPIError));
}

/** Kafka's error codes about the records that were sent; a topic that is missing can still be made. */
const ABOUT_RECORDS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD']);

function kafkaVerdict(error: Error): Verdict | undefined {
  return error.name.startsWith('KafkaJS') ? verdictOf(!isAboutRecords(error)) : undefined;
}

/** kafkajs wraps what a broker said in what its own retries say. */
function isAboutRecords(error: unknown): boolean {
  if (!isError(error)) return false;
  return ABOUT_RECORDS.has(String((error as { type?: unknown }).type)) || isAboutRecords(error.cause);
}

/** SMTP commands whose reply is about one mail; at any other command the server refuses this installation. */
const ABOUT_A_MAIL = ['RCPT TO', 'DATA'];

/** Whether a mail server's reply was about the mail at hand. */
export function isAboutMail(command: string | undefined): boolean {
  return ABOUT_A_MAIL.includes(command ?? '');
}

/** nodemailer's errors carry the server's reply as a number and the command that it replied to. */
function smtpVerdict(error: Error): Verdict | undefined {
  const { responseCode, command } = error as { responseCode?: unknown; command?: string };
  if (typeof responseCode !== 'number') return undefined;
  return verdictOf(responseCode < 500 || !isAboutMail(command));
}

/** The official client's errors about what was asked or appended. */
const ABOUT_A_STREAM: ReadonlySet<unknown> = new Set([
  ErrorType.STREAM_DELETED,
  ErrorType.STREAM_NOT_FOUND,
  ErrorType.NO_STREAM,
  ErrorType.WRONG_EXPECTED_VERSION,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
  ErrorType.INVALID_ARGUMENT,
]);
const STORE_TYPES: ReadonlySet<unknown> = new Set(Object.values(ErrorType));
/** Of gRPC's status codes, UNAUTHENTICATED. */
const HIGHEST_STATUS = 16;
/** INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, OUT_OF_RANGE. */
const FINAL_STATUSES: ReadonlySet<unknown> = new Set([3, 5, 6, 9, 11]);

/** Judged by names and numbers alone: the error may come from another thread, which passes no classes on. */
function eventStoreVerdict(error: Error): Verdict | undefined {
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (STORE_TYPES.has(type)) return verdictOf(!ABOUT_A_STREAM.has(type));
  // A gRPC status that the client did not wrap. A DOMException has a number too, and says nothing of a store.
  if (typeof code !== 'number' || code < 1 || code > HIGHEST_STATUS || error instanceof DOMException) return undefined;
  return verdictOf(!FINAL_STATUSES.has(code));
}

/** fetch says no more than this itself; what failed is its cause, and may be a certificate that has expired. */
const FETCH_FAILED = /^(fetch failed|terminated)$/;

/** Answers of HTTP services are judged by their callers, who know what each status is about. */
function httpVerdict(error: Error): Verdict | undefined {
  const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
  return timedOut || (error.name === 'TypeError' && FETCH_FAILED.test(error.message)) ? 'later' : undefined;
}

/** ECONNRESET, ENOSPC and the like; undici's; Node's about TLS; and those of certificates. */
const SYSTEM_CODES = /^(E[A-Z]{2,}|UND_ERR_\w+|ERR_(TLS|SSL|SOCKET|HTTP2|STREAM_PREMATURE)_\w+|CERT_\w+)$/;
const CERTIFICATE_CODES = /^(UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+)$/;

/** A failed call to the operating system: sockets, files, names. */
function systemVerdict(error: Error): Verdict | undefined {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  const known = typeof code === 'string' && (SYSTEM_CODES.test(code) || CERTIFICATE_CODES.test(code));
  return typeof syscall === 'string' || known ? 'later' : undefined;
}
