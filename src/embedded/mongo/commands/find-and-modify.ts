import { readTyped, type Doc } from '../bson/document.js';
import { Fault } from '../errors.js';
import { compileProjection } from '../query/projection.js';
import { sortFields } from '../query/sort.js';
import type { Stored } from '../storage/store.js';
import { applyUpdate, readUpdate, upserted } from '../update/update.js';
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
  const typed = readTyped(request.raw);
  const filter = documentIn(body, 'query');
  const project = compileProjection(documentIn(body, 'fields'));
  const value = (bytes: Buffer | undefined): Doc | null => (bytes === undefined ? null : readTyped(project(bytes)));
  if ((body.remove === true) === (body.update !== undefined))
    throw new Fault('FailedToParse', "Either an update or 'remove=true' must be specified");
  const update = body.remove === true ? undefined : readUpdate(typed.update, filter, body.arrayFilters);
  const query = { filter, sort: sortFields(body.sort), skip: 0, limit: 1, hint: body.hint };

  return server.commits.run((): Reply => {
    const collection = collectionOf(server, request);
    const old: Stored | undefined = collection === undefined ? undefined : targets(server, collection, query)[0];
    if (collection === undefined || old === undefined) {
      if (update === undefined || body.upsert !== true)
        return { lastErrorObject: { ...(update && { updatedExisting: false }), n: 0 }, value: null, ok: 1 };
      const made = upserted((typed.query as Doc | undefined) ?? {}, update);
      server.store.insert(server.store.catalog.ensure(request.db, collectionName(request)), made.id, made.bytes);
      const lastErrorObject = { updatedExisting: false, upserted: made.id, n: 1 };
      return { lastErrorObject, value: body.new === true ? value(made.bytes) : null, ok: 1 };
    }
    if (update === undefined) {
      server.store.remove(collection, old);
      return { lastErrorObject: { n: 1 }, value: value(old.bytes), ok: 1 };
    }
    const after = applyUpdate(old.bytes, update);
    if (!after.equals(old.bytes)) server.store.replace(collection, old, after);
    return {
      lastErrorObject: { updatedExisting: true, n: 1 },
      value: value(body.new === true ? after : old.bytes),
      ok: 1,
    };
  });
}
