import { Long } from 'bson';
import { isDocument, readPlain, write, type Doc } from '../bson/document.js';
import { encodeKey } from '../bson/order.js';
import { Fault } from '../errors.js';
import { aggregate, countMatching } from '../query/aggregate.js';
import { find, findById, type FindRequest } from '../query/find.js';
import { valuesAt } from '../query/paths.js';
import { compileProjection } from '../query/projection.js';
import { sortFields } from '../query/sort.js';
import type { Stored } from '../storage/store.js';
import { cursorReply } from '../wire/message.js';
import {
  checkFields,
  collectionName,
  collectionOf,
  documentIn,
  wholeIn,
  type Reply,
  type Request,
  type Server,
} from './request.js';

const FIRST_BATCH = 101;

const FIND_FIELDS = [
  'filter',
  'sort',
  'projection',
  'skip',
  'limit',
  'batchSize',
  'singleBatch',
  'hint',
  'noCursorTimeout',
  'allowPartialResults',
  'allowDiskUse',
];
const FIND_REFUSED = ['tailable', 'awaitData', 'oplogReplay', 'min', 'max', 'returnKey', 'showRecordId', 'let'];

/** Reads the query of a find or count command. */
export function findRequest(body: Doc, filterField = 'filter'): FindRequest {
  return {
    filter: documentIn(body, filterField),
    sort: sortFields(body.sort),
    skip: wholeIn(body, 'skip', 0),
    limit: wholeIn(body, 'limit', 0),
    hint: body.hint,
  };
}

/** `find`. A look-up by _id goes straight to the document. */
export function findCommand(server: Server, request: Request): Reply {
  checkFields(request, FIND_FIELDS, FIND_REFUSED);
  const { body } = request;
  const collection = collectionOf(server, request);
  const namespace = `${request.db}.${collectionName(request)}`;
  const query = findRequest(body);
  const project = compileProjection(documentIn(body, 'projection'));
  if (collection === undefined) {
    find(server.store, NOWHERE, query);
    return cursorReply('firstBatch', [], 0n, namespace);
  }
  const named = findById(server.store, collection, query);
  if (named !== undefined) return cursorReply('firstBatch', [...projected(named, project)], 0n, namespace);
  const { documents } = find(server.store, collection, query);
  const single = body.singleBatch === true;
  const size = wholeIn(body, 'batchSize', FIRST_BATCH);
  const batch = server.cursors.start(namespace, collection.id, projected(documents, project), size, single);
  return cursorReply('firstBatch', batch.documents, batch.id, namespace);
}

/** Stands for a collection that does not exist, so that a wrong query is told all the same. */
const NOWHERE = { id: -1, db: '', name: '', namespace: '', indexes: [], count: 0 };

const cursorId = (value: unknown): bigint => {
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof Long) return value.toBigInt();
  throw new Fault('TypeMismatch', 'a cursor id has to be a long');
};

/** `getMore`. */
export function getMoreCommand(server: Server, request: Request): Reply {
  checkFields(request, ['collection', 'batchSize']);
  const namespace = `${request.db}.${String(request.body.collection)}`;
  const now = server.store.catalog.find(request.db, String(request.body.collection))?.id;
  const size = wholeIn(request.body, 'batchSize', 0) || Infinity;
  const batch = server.cursors.next(cursorId(request.body.getMore), namespace, now, size);
  return cursorReply('nextBatch', batch.documents, batch.id, namespace);
}

/** `killCursors`. */
export function killCursorsCommand(server: Server, request: Request): Reply {
  checkFields(request, ['cursors']);
  const ids = (request.body.cursors as unknown[]).map(cursorId);
  const killed = ids.filter((id) => server.cursors.kill(id));
  const unknown = ids.filter((id) => !killed.includes(id));
  const longs = (list: bigint[]): Long[] => list.map((id) => Long.fromBigInt(id));
  return { cursorsKilled: longs(killed), cursorsNotFound: longs(unknown), cursorsAlive: [], cursorsUnknown: [], ok: 1 };
}

/** `count`, which `estimatedDocumentCount` sends too. */
export function countCommand(server: Server, request: Request): Reply {
  checkFields(request, ['query', 'limit', 'skip', 'hint', 'fields']);
  const collection = collectionOf(server, request);
  const query = findRequest({ ...request.body, sort: undefined }, 'query');
  return { n: collection === undefined ? 0 : countMatching(server.store, collection, query), ok: 1 };
}

/** `distinct`: values in the order in which they are met, elements of arrays apart. */
export function distinctCommand(server: Server, request: Request): Reply {
  checkFields(request, ['key', 'query', 'hint']);
  const { key } = request.body;
  if (typeof key !== 'string')
    throw new Fault('TypeMismatch', "BSON field 'distinct.key' is the wrong type, expected type 'string'");
  const collection = collectionOf(server, request);
  const values = new Map<string, unknown>();
  if (collection !== undefined)
    for (const { bytes } of find(server.store, collection, findRequest(request.body, 'query')).documents) {
      const found = valuesAt(readPlain(bytes), key);
      for (const value of found.length > 1 ? found.slice(Array.isArray(found[0]) ? 1 : 0) : found)
        if (value !== undefined && !(Array.isArray(value) && found.length === 1))
          values.set(encodeKey(value).toString('latin1'), value);
    }
  return { values: [...values.values()], ok: 1 };
}

/** `aggregate`. */
export function aggregateCommand(server: Server, request: Request): Reply {
  checkFields(request, ['pipeline', 'cursor', 'allowDiskUse', 'hint'], ['let', 'explain', 'bypassDocumentValidation']);
  const collection = collectionOf(server, request);
  const result = aggregate(server.store, collection, request.body.pipeline, request.body.hint);
  const cursor = isDocument(request.body.cursor) ? request.body.cursor : {};
  const size = wholeIn(cursor, 'batchSize', FIRST_BATCH);
  const namespace = `${request.db}.${collectionName(request)}`;
  const documents =
    'stored' in result ? projected(result.stored.documents, (bytes) => bytes) : written(result.computed);
  const batch = server.cursors.start(namespace, collection?.id, documents, size, false);
  return cursorReply('firstBatch', batch.documents, batch.id, namespace);
}

function* projected(documents: Iterable<Stored>, project: (bytes: Buffer) => Buffer): Generator<Buffer> {
  for (const { bytes } of documents) yield project(bytes);
}

function* written(documents: Iterable<Doc>): Generator<Buffer> {
  for (const document of documents) yield write(document);
}
