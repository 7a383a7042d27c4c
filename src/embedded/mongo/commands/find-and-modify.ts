import { readTyped, write, type Doc } from '../bson/document.js';
import { elementOf, embedded, fromElements, inner, pick } from '../bson/elements.js';
import { Fault } from '../errors.js';
import { compileProjection } from '../query/projection.js';
import { sortFields } from '../query/sort.js';
import type { Stored } from '../storage/store.js';
import { readUpdate } from '../update/read-update.js';
import { applyUpdate, upserted } from '../update/update.js';
import {
  checkFields,
  collectionName,
  collectionOf,
  documentIn,
  type Reply,
  type Request,
  type Server,
} from './request.js';
import { targets } from './writes.js';

const QUERY = ['query'];

const FIELDS = [
  'query',
  'sort',
  'remove',
  'update',
  'new',
  'fields',
  'upsert',
  'arrayFilters',
  'hint',
  'bypassDocumentValidation',
];

/** `findAndModify`: finds one document and changes or removes it in one step. */
export function findAndModifyCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, FIELDS, ['let']);
  const { body } = request;
  const filter = documentIn(body, 'query');
  const project = compileProjection(documentIn(body, 'fields'));
  if ((body.remove === true) === (body.update !== undefined))
    throw new Fault('FailedToParse', "Either an update or 'remove=true' must be specified");
  const update =
    body.remove === true ? undefined : readUpdate(elementOf(request.raw, 'update'), filter, body.arrayFilters);
  const query = { filter, sort: sortFields(body.sort), skip: 0, limit: 1, hint: body.hint };

  return server.commits.run((): Reply => {
    const collection = collectionOf(server, request);
    const old: Stored | undefined = collection === undefined ? undefined : targets(server, collection, query)[0];
    if (collection === undefined || old === undefined) {
      if (update === undefined || body.upsert !== true)
        return reply({ ...(update && { updatedExisting: false }), n: 0 });
      const typed = readTyped(pick(request.raw, QUERY)).query as Doc | undefined;
      const made = upserted(typed ?? {}, update);
      server.store.insert(server.store.catalog.ensure(request.db, collectionName(request)), made.id, made.bytes);
      const lastErrorObject = { updatedExisting: false, upserted: made.id, n: 1 };
      return reply(lastErrorObject, body.new === true ? project(made.bytes) : undefined);
    }
    if (update === undefined) {
      server.store.remove(collection, old);
      return reply({ n: 1 }, project(old.bytes));
    }
    const after = applyUpdate(old.bytes, update);
    if (!after.equals(old.bytes)) server.store.replace(collection, old, after);
    return reply({ updatedExisting: true, n: 1 }, project(body.new === true ? after : old.bytes));
  });
}

/** The answer around a document that stays the bytes it is stored as. */
function reply(lastErrorObject: Doc, value?: Buffer): Buffer {
  if (value === undefined) return write({ lastErrorObject, value: null, ok: 1 });
  return fromElements([inner(write({ lastErrorObject })), embedded('value', value), inner(write({ ok: 1 }))]);
}
