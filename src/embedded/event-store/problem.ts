import { Metadata, status } from '@grpc/grpc-js';
import { ExpectedRevision, NO_STREAM, revisionText } from './events.js';

/** Everything the store refuses, by the names the official client knows. */
export type Problem =
  | { kind: 'wrong-expected-version'; stream: string; expected: ExpectedRevision; actual: number }
  | { kind: 'stream-deleted'; stream: string }
  | { kind: 'maximum-append-size-exceeded'; limit: number }
  | { kind: 'missing-required-metadata-property' }
  | { kind: 'access-denied' }
  | { kind: 'unauthenticated' }
  | { kind: 'invalid-argument'; reason: string }
  | { kind: 'timeout' }
  | { kind: 'cancelled' }
  | { kind: 'unavailable' }
  | { kind: 'storage-failed'; reason: string }
  | { kind: 'damaged'; place: string }
  | { kind: 'persistent-subscription-does-not-exist'; stream: string; group: string }
  | { kind: 'persistent-subscription-exists'; stream: string; group: string }
  | { kind: 'persistent-subscription-failed'; stream: string; group: string; reason: string }
  | { kind: 'persistent-subscription-dropped'; stream: string; group: string }
  | { kind: 'maximum-subscribers-reached'; stream: string; group: string };

/** A refusal that is meant for the caller. Anything else that is thrown is a fault of ours. */
export class StoreError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.kind);
  }
}

export interface Refusal {
  code: status;
  details: string;
  metadata: Metadata;
}

/** The one map from a problem to what gRPC carries; the client tells kinds apart by the key `exception`. */
export function toRefusal(error: unknown): Refusal {
  const problem = problemOf(error);
  switch (problem.kind) {
    case 'wrong-expected-version':
      return refusal(
        status.FAILED_PRECONDITION,
        `Delete failed due to WrongExpectedVersion. Stream: ${problem.stream}, ` +
          `Expected version: ${expectedText(problem.expected)}, Actual version: ${revisionText(problem.actual)}`,
        problem.kind,
        {
          'stream-name': problem.stream,
          'expected-version': expectedText(problem.expected),
          ...(problem.actual === NO_STREAM ? {} : { 'actual-version': revisionText(problem.actual) }),
        },
      );
    case 'stream-deleted':
      return refusal(status.FAILED_PRECONDITION, `Event stream '${problem.stream}' is deleted.`, problem.kind, {
        'stream-name': problem.stream,
      });
    case 'maximum-append-size-exceeded':
      return refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${problem.limit} Exceeded.`, problem.kind, {
        'maximum-append-size': String(problem.limit),
      });
    case 'missing-required-metadata-property':
      return refusal(status.INVALID_ARGUMENT, 'Required Metadata Property missing: type, content-type', problem.kind, {
        'required-metadata-properties': 'type,content-type',
      });
    case 'access-denied':
      return refusal(status.PERMISSION_DENIED, 'Access Denied', problem.kind);
    case 'unauthenticated':
      return refusal(status.UNAUTHENTICATED, 'Unauthenticated');
    case 'invalid-argument':
      return refusal(status.INVALID_ARGUMENT, problem.reason);
    case 'timeout':
      return refusal(status.ABORTED, 'Operation timed out');
    case 'cancelled':
      return refusal(status.CANCELLED, 'The server is going down.');
    case 'unavailable':
      return refusal(status.UNAVAILABLE, 'The server is going down.');
    case 'storage-failed':
      return refusal(status.UNKNOWN, `This cannot be stored or read: ${problem.reason}.`);
    case 'damaged':
      return refusal(status.DATA_LOSS, `The data is damaged: ${problem.place}. Restore it from a backup.`);
    case 'persistent-subscription-does-not-exist':
      return refusal(
        status.NOT_FOUND,
        `Subscription group ${problem.group} on stream ${problem.stream} does not exist.`,
        problem.kind,
        groupKeys(problem),
      );
    case 'persistent-subscription-exists':
      return refusal(
        status.ALREADY_EXISTS,
        `Subscription group ${problem.group} on stream ${problem.stream} exists.`,
        problem.kind,
        groupKeys(problem),
      );
    case 'persistent-subscription-failed':
      return refusal(
        status.INTERNAL,
        `Subscription group ${problem.group} on stream ${problem.stream} failed: '${problem.reason}'`,
        problem.kind,
        { ...groupKeys(problem), reason: problem.reason },
      );
    case 'persistent-subscription-dropped':
      return refusal(
        status.CANCELLED,
        `Subscription group ${problem.group} on stream ${problem.stream} was dropped.`,
        problem.kind,
        groupKeys(problem),
      );
    case 'maximum-subscribers-reached':
      return refusal(
        status.FAILED_PRECONDITION,
        `Maximum subscriptions reached for subscription group ${problem.group} on stream ${problem.stream}.`,
        problem.kind,
        groupKeys(problem),
      );
  }
}

/** The problem behind whatever was thrown; the unforeseen becomes `storage-failed`, whose outcome the caller cannot know. */
export function problemOf(error: unknown): Problem {
  if (error instanceof StoreError) return error.problem;
  if (isDamage(error)) return { kind: 'damaged', place: `events.db (${(error as Error).message})` };
  return { kind: 'storage-failed', reason: error instanceof Error ? error.message : String(error) };
}

/** True for what SQLite says of a file whose structure does not hold. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}

/** Tells whoever runs the store of a fault that is not a caller's doing. */
export function reportFault(what: string, error: unknown): void {
  if (error instanceof StoreError && error.problem.kind !== 'damaged') return;
  const said = error instanceof StoreError ? toRefusal(error).details : error instanceof Error ? error.stack : error;
  process.emitWarning(`${what}: ${String(said)}`);
}

/** An expectation as int64 text, with EventStoreDB's numbers for the words. */
function expectedText(expected: ExpectedRevision): string {
  switch (expected) {
    case 'any':
      return '-2';
    case 'no_stream':
      return '-1';
    case 'stream_exists':
      return '-4';
    default:
      return expected.toString();
  }
}

function groupKeys({ stream, group }: { stream: string; group: string }): Record<string, string> {
  return { 'stream-name': stream, 'group-name': group };
}

function refusal(code: status, details: string, exception?: string, keys: Record<string, string> = {}): Refusal {
  const metadata = new Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  for (const [key, value] of Object.entries(keys)) metadata.set(key, asHeader(value));
  return { code, details, metadata };
}

/** Headers are printable ASCII; other names travel percent-encoded. */
function asHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}
