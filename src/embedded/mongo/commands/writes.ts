import { bsonType, readFields, readPlain, readTyped, type Doc } from '../bson/document.js';
import { checkDocument, elementOf, pick, without } from '../bson/elements.js';
import { ID, withIdFirst } from '../bson/id.js';
import { Fault } from '../errors.js';
import type { Collection } from '../storage/catalog.js';
import type { Stored } from '../storage/store.js';
import { find, findById, type FindRequest } from '../query/find.js';
import { readUpdate } from '../update/read-update.js';
import { applyUpdate, upserted } from '../update/update.js';
import {
  checkFields,
  collectionName,
  collectionOf,
  documentIn,
  statements,
  type Reply,
  type Request,
  type Server,
} from './request.js';

const [QUERY, UPDATE] = [['q'], ['u']];
const BYPASS = ['bypassDocumentValidation', 'bypassEmptyTsReplacement'];
const STATEMENT_UNKNOWN = 'is an unknown field.';

/** The documents a write is about, found before any of them is changed. */
export function targets(server: Server, collection: Collection, request: FindRequest): Stored[] {
  const named = findById(server.store, collection, request);
  if (named !== undefined) return named;
  const { documents } = find(server.store, collection, request);
  if (request.limit > 0) return [...documents];
  // Places only: an update of many documents does not hold them all.
  const rids: number[] = [];
  for (const { rid } of documents) rids.push(rid);
  return rids.map((rid) => ({ rid, bytes: Buffer.alloc(0) }));
}

/** The document itself, where `targets` has only kept its place. */
export function whole(server: Server, collection: Collection, target: Stored): Stored {
  if (target.bytes.length > 0) return target;
  const stored = server.store.byRid(collection, target.rid);
  if (stored === undefined) throw new Fault('InternalError', 'a document vanished within a transaction');
  return stored;
}

/** Does each statement, and tells which failed; an ordered batch ends at its first failure. */
function each(count: number, ordered: boolean, statement: (at: number) => void): Doc {
  const writeErrors: Doc[] = [];
  for (let at = 0; at < count; at++) {
    try {
      statement(at);
    } catch (error) {
      // What is no fault of the client's undoes the whole command.
      if (!(error instanceof Fault) || error.code === 1) throw error;
      writeErrors.push({ index: at, code: error.code, ...error.details, errmsg: error.message });
      if (ordered) break;
    }
  }
  return writeErrors.length === 0 ? {} : { writeErrors };
}

function checkId(id: unknown): void {
  const type = Array.isArray(id)
    ? 'array'
    : id === undefined
      ? 'undefined'
      : bsonType(id) === 'BSONRegExp' || id instanceof RegExp
        ? 'regex'
        : '';
  if (type !== '') throw new Fault('InvalidIdField', `The '_id' value cannot be of type ${type}`);
}

/** Inserts one document as the bytes it came as; a missing _id is given, and _id is moved to the front. */
function insertOne(server: Server, collection: Collection, given: Buffer): void {
  checkDocument(given);
  const bytes = withIdFirst(given);
  const { _id: id } = readFields(bytes, ID);
  checkId(id);
  server.store.insert(collection, id, bytes);
}

/** `insert`. */
export function insertCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, ['documents', 'ordered', ...BYPASS]);
  const documents = statements(request, 'documents');
  return server.commits.run(() => {
    const collection = server.store.catalog.ensure(request.db, collectionName(request));
    let n = 0;
    const errors = each(documents.length, request.body.ordered !== false, (at) => {
      insertOne(server, collection, documents[at] as Buffer);
      n++;
    });
    return { n, ...errors, ok: 1 };
  });
}

function checkStatement(kind: string, statement: Doc, known: readonly string[]): void {
  for (const [field, value] of Object.entries(statement)) {
    if (known.includes(field) || (field === 'collation' && (value as Doc).locale === 'simple')) continue;
    if (field === 'collation' || field === 'c')
      throw new Fault('CommandNotSupported', `the option '${field}' is not supported by the embedded server`);
    throw new Fault('Location40415', `BSON field '${kind}.${field}' ${STATEMENT_UNKNOWN}`);
  }
}

interface Updated {
  n: number;
  nModified: number;
  upsertedId?: unknown;
}

function updateMatching(server: Server, request: Request, bytes: Buffer): Updated {
  const statement = readPlain(without(bytes, UPDATE));
  checkStatement('update.updates', statement, ['q', 'multi', 'upsert', 'arrayFilters', 'hint']);
  const filter = documentIn(statement, 'q');
  const update = readUpdate(elementOf(bytes, 'u'), filter, statement.arrayFilters);
  const many = statement.multi === true;
  if (many && update.replacement !== undefined)
    throw new Fault('FailedToParse', 'multi update is not supported for replacement-style update');
  const collection = collectionOf(server, request);
  const query: FindRequest = { filter, sort: [], skip: 0, limit: many ? 0 : 1, hint: statement.hint };
  const found = collection === undefined ? [] : targets(server, collection, query);
  if (found.length === 0 && statement.upsert === true) {
    const made = upserted(readTyped(pick(bytes, QUERY)).q as Doc, update);
    checkId(made.id);
    server.store.insert(server.store.catalog.ensure(request.db, collectionName(request)), made.id, made.bytes);
    return { n: 1, nModified: 0, upsertedId: made.id };
  }
  let nModified = 0;
  for (const target of found) {
    const old = whole(server, collection as Collection, target);
    const after = applyUpdate(old.bytes, update);
    if (after.equals(old.bytes)) continue;
    server.store.replace(collection as Collection, old, after);
    nModified++;
  }
  return { n: found.length, nModified };
}

/** `update`. */
export function updateCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, ['updates', 'ordered', ...BYPASS], ['let']);
  const updates = statements(request, 'updates');
  return server.commits.run(() => {
    let [n, nModified] = [0, 0];
    const upserts: Doc[] = [];
    const errors = each(updates.length, request.body.ordered !== false, (at) => {
      const result = updateMatching(server, request, updates[at] as Buffer);
      n += result.n;
      nModified += result.nModified;
      if ('upsertedId' in result) upserts.push({ index: at, _id: result.upsertedId });
    });
    return { n, nModified, ...(upserts.length > 0 ? { upserted: upserts } : {}), ...errors, ok: 1 };
  });
}

function deleteMatching(server: Server, request: Request, bytes: Buffer): number {
  const statement = readPlain(bytes);
  checkStatement('delete.deletes', statement, ['q', 'limit', 'hint']);
  const collection = collectionOf(server, request);
  if (statement.limit !== 0 && statement.limit !== 1)
    throw new Fault('FailedToParse', 'The limit field in delete objects must be 0 or 1');
  const query: FindRequest = {
    filter: documentIn(statement, 'q'),
    sort: [],
    skip: 0,
    limit: statement.limit,
    hint: statement.hint,
  };
  if (collection === undefined) return 0;
  const found = targets(server, collection, query);
  for (const target of found) server.store.remove(collection, whole(server, collection, target));
  return found.length;
}

/** `delete`. */
export function deleteCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, ['deletes', 'ordered'], ['let']);
  const deletes = statements(request, 'deletes');
  return server.commits.run(() => {
    let n = 0;
    const errors = each(deletes.length, request.body.ordered !== false, (at) => {
      n += deleteMatching(server, request, deletes[at] as Buffer);
    });
    return { n, ...errors, ok: 1 };
  });
}
