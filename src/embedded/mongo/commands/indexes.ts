import { isDocument, write, type Doc } from '../bson/document.js';
import { Fault, unsupported } from '../errors.js';
import { compileFilter } from '../query/matcher.js';
import { isPosition } from '../query/paths.js';
import type { Collection, Index } from '../storage/catalog.js';
import { cursorReply } from '../wire/message.js';
import { checkFields, collectionName, collectionOf, type Reply, type Request, type Server } from './request.js';

const OPTIONS = ['v', 'key', 'name', 'ns', 'unique', 'partialFilterExpression', 'expireAfterSeconds', 'background'];
const REFUSED = [
  'sparse',
  'hidden',
  'collation',
  'storageEngine',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'wildcardProjection',
  'clustered',
  'prepareUnique',
];

/** What a client sees of an index. */
const described = (index: Index): Doc => ({
  v: 2,
  key: index.key,
  name: index.name,
  ...(index.unique && index.id !== 0 ? { unique: true } : {}),
  ...(index.partial === undefined ? {} : { partialFilterExpression: index.partial }),
  ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
});

const same = (left: Doc, right: Doc): boolean => write(left).equals(write(right));

function checkSpec(spec: Doc): Doc {
  for (const [option, value] of Object.entries(spec)) {
    if (OPTIONS.includes(option) || value === false || value === undefined) continue;
    if (REFUSED.includes(option)) throw unsupported(`the index option '${option}'`);
    throw new Fault('InvalidOptions', `The field '${option}' is not valid for an index specification.`);
  }
  const { key, name } = spec;
  if (!isDocument(key) || Object.keys(key).length === 0)
    throw new Fault('CannotCreateIndex', 'Index keys cannot be empty.');
  for (const [path, direction] of Object.entries(key)) {
    if (direction !== 1 && direction !== -1)
      throw unsupported(`an index of kind ${JSON.stringify(direction)} on '${path}'`);
    if (path.split('.').some((part) => part === '' || part.startsWith('$')))
      throw new Fault('CannotCreateIndex', `Index keys cannot contain an empty field or a '$': '${path}'`);
    if (path.split('.').some(isPosition)) throw unsupported(`an index on a place in an array ('${path}')`);
  }
  if (Object.keys(key).length > 31) throw new Fault('CannotCreateIndex', 'too many fields in an index');
  if (typeof name !== 'string' || name === '')
    throw new Fault('CannotCreateIndex', "The 'name' field is a required property of an index specification");
  if (spec.expireAfterSeconds !== undefined) {
    if (Object.keys(key).length !== 1 || '_id' in key)
      throw new Fault('CannotCreateIndex', 'TTL indexes are single-field indexes, compound indexes do not support TTL');
    if (typeof spec.expireAfterSeconds !== 'number' || spec.expireAfterSeconds < 0)
      throw new Fault('CannotCreateIndex', "TTL index 'expireAfterSeconds' option must be within an acceptable range");
  }
  const { partialFilterExpression: partial } = spec;
  if (partial !== undefined && !isDocument(partial))
    throw new Fault('CannotCreateIndex', 'partialFilterExpression must be an object');
  if (isDocument(partial)) compileFilter(partial);
  const { unique, expireAfterSeconds } = spec;
  return {
    key,
    name,
    ...(unique === true && { unique }),
    ...(isDocument(partial) && { partialFilterExpression: partial }),
    ...(expireAfterSeconds !== undefined && { expireAfterSeconds }),
  };
}

/** True if the index is there already; throws where another one stands in its place. */
function exists(collection: Collection, spec: Doc): boolean {
  const wanted = { v: 2, ...spec };
  for (const index of collection.indexes) {
    const there = described(index);
    const sameKey = JSON.stringify(index.key) === JSON.stringify(spec.key);
    if (index.id === 0 && sameKey) return true;
    if (index.name === spec.name) {
      if (same(there, wanted)) return true;
      if (!sameKey)
        throw new Fault(
          'IndexKeySpecsConflict',
          `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${JSON.stringify(wanted)}, existing index: ${JSON.stringify(there)}`,
        );
      throw new Fault(
        'IndexOptionsConflict',
        `An equivalent index already exists with the same name but different options. Requested index: ${JSON.stringify(wanted)}, existing index: ${JSON.stringify(there)}`,
      );
    }
    const partialToo = JSON.stringify(index.partial) === JSON.stringify(spec.partialFilterExpression);
    if (sameKey && partialToo)
      throw new Fault('IndexOptionsConflict', `Index already exists with a different name: ${index.name}`);
  }
  return false;
}

/** `createIndexes`. */
export function createIndexesCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions']);
  const specs = (request.body.indexes as Doc[]).map(checkSpec);
  return server.commits.run((): Reply => {
    const createdCollectionAutomatically = collectionOf(server, request) === undefined;
    const collection = server.store.catalog.ensure(request.db, collectionName(request));
    const numIndexesBefore = collection.indexes.length;
    for (const spec of specs) if (!exists(collection, spec)) server.store.buildIndex(collection, spec);
    const numIndexesAfter = collection.indexes.length;
    const note = numIndexesAfter === numIndexesBefore ? { note: 'all indexes already exist' } : {};
    return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, ...note, ok: 1 };
  });
}

function mustExist(server: Server, request: Request): Collection {
  const collection = collectionOf(server, request);
  if (collection === undefined)
    throw new Fault('NamespaceNotFound', `ns does not exist: ${request.db}.${collectionName(request)}`);
  return collection;
}

/** `listIndexes`. */
export function listIndexesCommand(server: Server, request: Request): Reply {
  checkFields(request, ['cursor']);
  const collection = mustExist(server, request);
  return cursorReply(
    'firstBatch',
    collection.indexes.map((index) => write(described(index))),
    0n,
    collection.namespace,
  );
}

/** `dropIndexes`: by name, by key, several, or all ("*") but _id. */
export function dropIndexesCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, ['index']);
  const { index: wanted } = request.body;
  return server.commits.run((): Reply => {
    const collection = mustExist(server, request);
    const nIndexesWas = collection.indexes.length;
    const chosen =
      wanted === '*'
        ? collection.indexes.slice(1)
        : (Array.isArray(wanted) ? wanted : [wanted]).map((one: unknown) => {
            const found = collection.indexes.find(
              ({ name, key }) => name === one || JSON.stringify(key) === JSON.stringify(one),
            );
            if (found === undefined)
              throw new Fault(
                'IndexNotFound',
                isDocument(one)
                  ? `can't find index with key: ${JSON.stringify(one)}`
                  : `index not found with name [${String(one)}]`,
              );
            if (found.id === 0) throw new Fault('InvalidOptions', 'cannot drop _id index');
            return found;
          });
    for (const index of chosen) server.store.catalog.dropIndex(collection, index);
    return { nIndexesWas, ok: 1 };
  });
}
