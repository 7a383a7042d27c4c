import { isDocument, type Doc } from '../bson/document.js';
import { ARRAY, elementOf, Elements, OBJECT } from '../bson/elements.js';
import { Fault, unsupported } from '../errors.js';
import type { Collection } from '../storage/catalog.js';
import type { GroupCommit } from '../storage/group-commit.js';
import type { Traces } from '../storage/traces.js';
import type { Store } from '../storage/store.js';
import type { Cursors } from './cursors.js';

/** What commands work with. */
export interface Server {
  store: Store;
  commits: GroupCommit;
  cursors: Cursors;
  traces: Traces;
}

/** A command as it came: `body` with plain numbers, `raw` where types matter. */
export interface Request {
  name: string;
  db: string;
  body: Doc;
  raw: Buffer;
  sequences: Map<string, Buffer[]>;
}

/** An answer: a document, or BSON ready to be sent. */
export type Reply = Doc | Buffer;

/** Accepted with every command; sessions and concerns mean nothing on one machine with one copy. */
const COMMON = [
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'comment',
  'maxTimeMS',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
];

const isSimpleCollation = (value: unknown): boolean => isDocument(value) && value.locale === 'simple';

/** Refuses what a command does not have, as MongoDB does, and what only this server does not have, in so many words. */
export function checkFields(request: Request, known: readonly string[], refused: readonly string[] = []): void {
  for (const [field, value] of Object.entries(request.body)) {
    if (field === request.name || COMMON.includes(field) || known.includes(field)) continue;
    if (field === 'collation' && isSimpleCollation(value)) continue;
    if (refused.includes(field) || field === 'collation') {
      if (value === false || value === undefined) continue;
      throw unsupported(`the option '${field}' of ${request.name}`);
    }
    if (field === 'txnNumber' || field === 'startTransaction' || field === 'autocommit')
      throw new Fault('IllegalOperation', 'Transaction numbers are only allowed on a replica set member or mongos');
    throw new Fault('Location40415', `BSON field '${request.name}.${field}' is an unknown field.`);
  }
}

/** The collection a command names. */
export function collectionName(request: Request): string {
  const name = request.body[request.name];
  if (typeof name !== 'string') throw new Fault('InvalidNamespace', `collection name has invalid type ${typeof name}`);
  return name;
}

export const collectionOf = (server: Server, request: Request): Collection | undefined =>
  server.store.catalog.find(request.db, collectionName(request));

/** The documents of an array in a command, wherever the driver has put them. */
export function statements(request: Request, name: string): Buffer[] {
  const beside = request.sequences.get(name);
  if (beside !== undefined) return beside;
  const within = elementOf(request.raw, name);
  if (within?.type !== ARRAY)
    throw new Fault('FailedToParse', `BSON field '${request.name}.${name}' is missing but a required field`);
  const found: Buffer[] = [];
  const elements = new Elements(within.content);
  while (elements.next()) {
    if (elements.type !== OBJECT)
      throw new Fault(
        'TypeMismatch',
        `BSON field '${request.name}.${name}.${elements.name}' is the wrong type, expected type 'object'`,
      );
    found.push(elements.content);
  }
  return found;
}

/** A field that has to be a document; missing means empty. */
export function documentIn(body: Doc, field: string): Doc {
  const value = body[field];
  if (value === undefined || value === null) return {};
  if (!isDocument(value))
    throw new Fault('TypeMismatch', `BSON field '${field}' is the wrong type, expected type 'object'`);
  return value;
}

/** A field that has to be a whole number that is not negative; missing means `otherwise`. */
export function wholeIn(body: Doc, field: string, otherwise: number): number {
  const value = body[field];
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new Fault('BadValue', `BSON field '${field}' value must be >= 0, actual value '${JSON.stringify(value)}'`);
  return value;
}
