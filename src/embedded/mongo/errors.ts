import type { Doc } from './bson/document.js';

/** MongoDB's error names and numbers, as far as this server raises them. */
const CODES = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  IllegalOperation: 20,
  InvalidBSON: 22,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  CommandNotSupported: 115,
  CannotIndexParallelArrays: 171,
  QueryPlanKilled: 175,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  Location31249: 31249,
  Location31254: 31254,
  Location40323: 40323,
  Location40324: 40324,
  Location40415: 40415,
} as const;

export type FaultName = keyof typeof CODES;

/** An error that a client gets to see, in MongoDB's own shape. */
export class Fault extends Error {
  readonly code: number;
  constructor(
    readonly codeName: FaultName,
    message: string,
    readonly details: Doc = {},
  ) {
    super(message);
    this.code = CODES[codeName];
  }
}

/** Something MongoDB can do and this stand-in refuses, rather than get it wrong. */
export const unsupported = (what: string): Fault =>
  new Fault('CommandNotSupported', `${what} is not supported by the embedded server`);

/** Any thrown thing as a Fault; what nobody foresaw is an InternalError with its own message. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  // mingo's complaints are about what the client asked for.
  if (error instanceof Error && error.constructor.name === 'MingoError') return new Fault('BadValue', message);
  return new Fault('InternalError', message);
}
