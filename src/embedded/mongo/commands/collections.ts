import { Fault } from '../errors.js';
import type { Doc } from '../bson/document.js';
import { write } from '../bson/document.js';
import { compileFilter } from '../query/matcher.js';
import { cursorReply } from '../wire/message.js';
import {
  checkFields,
  collectionName,
  collectionOf,
  documentIn,
  type Reply,
  type Request,
  type Server,
} from './request.js';

const CREATE_REFUSED = [
  'capped',
  'size',
  'max',
  'timeseries',
  'expireAfterSeconds',
  'clusteredIndex',
  'validator',
  'validationLevel',
  'validationAction',
  'viewOn',
  'pipeline',
  'storageEngine',
  'indexOptionDefaults',
  'changeStreamPreAndPostImages',
  'encryptedFields',
  'autoIndexId',
];

/** `create`. */
export async function createCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, [], CREATE_REFUSED);
  const name = collectionName(request);
  await server.commits.run(() => {
    if (collectionOf(server, request) !== undefined)
      throw new Fault('NamespaceExists', `Collection ${request.db}.${name} already exists.`);
    server.store.catalog.ensure(request.db, name);
  });
  return { ok: 1 };
}

/** `compact`: writes the file anew, all collections of it, whichever is named. */
export async function compactCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, ['force']);
  if (collectionOf(server, request) === undefined) throw new Fault('NamespaceNotFound', 'collection does not exist');
  server.commits.flush();
  server.traces.compact();
  return { ok: 1, bytesFreed: 0 };
}

/** `drop`; dropping what is not there succeeds, as in MongoDB 7. */
export async function dropCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, []);
  const dropped = await server.commits.run(() => {
    const collection = collectionOf(server, request);
    if (collection === undefined) return undefined;
    const nIndexesWas = collection.indexes.length;
    server.store.catalog.drop(collection);
    return { nIndexesWas, ns: collection.namespace };
  });
  return { ...dropped, ok: 1 };
}

/** `dropDatabase`. */
export async function dropDatabaseCommand(server: Server, request: Request): Promise<Reply> {
  checkFields(request, []);
  await server.commits.run(() => {
    for (const collection of server.store.catalog.inDatabase(request.db)) server.store.catalog.drop(collection);
  });
  return { dropped: request.db, ok: 1 };
}

/** `listCollections`. */
export function listCollectionsCommand(server: Server, request: Request): Reply {
  checkFields(request, ['filter', 'nameOnly', 'cursor', 'authorizedCollections']);
  const matches = compileFilter(documentIn(request.body, 'filter'));
  const described = server.store.catalog.inDatabase(request.db).map(({ name, namespace }): Doc => {
    if (request.body.nameOnly === true) return { name, type: 'collection' };
    const idIndex = { v: 2, key: { _id: 1 }, name: '_id_', ns: namespace };
    return { name, type: 'collection', options: {}, info: { readOnly: false }, idIndex };
  });
  return cursorReply('firstBatch', described.filter(matches).map(write), 0n, `${request.db}.$cmd.listCollections`);
}

/** `listDatabases`. */
export function listDatabasesCommand(server: Server, request: Request): Reply {
  checkFields(request, ['filter', 'nameOnly', 'authorizedDatabases']);
  const matches = compileFilter(documentIn(request.body, 'filter'));
  const names = [...new Set(server.store.catalog.all().map(({ db }) => db))].sort();
  const [pages, size] = [
    server.store.sqlite.get('PRAGMA page_count', []),
    server.store.sqlite.get('PRAGMA page_size', []),
  ];
  const total = Number(pages?.[0]) * Number(size?.[0]);
  // All databases share one file; nobody can say how much of it is whose.
  const databases = names
    .map((name): Doc => (request.body.nameOnly === true ? { name } : { name, sizeOnDisk: total, empty: false }))
    .filter(matches);
  return {
    databases,
    ...(request.body.nameOnly === true ? {} : { totalSize: total, totalSizeMb: Math.floor(total / 1048576) }),
    ok: 1,
  };
}
