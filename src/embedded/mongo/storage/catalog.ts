import { isDocument, readPlain, write, type Doc } from '../bson/document.js';
import { Fault } from '../errors.js';
import type { Sqlite } from './sqlite.js';

/** One field of an index; direction as MongoDB writes it. */
export interface IndexField {
  path: string;
  parts: string[];
  descending: boolean;
}

/** An index as its creator described it, and where it lives in SQLite. */
export interface Index {
  id: number;
  name: string;
  key: Doc;
  fields: IndexField[];
  unique: boolean;
  partial: Doc | undefined;
  expireAfterSeconds: number | undefined;
  /** Bit n: field n has met an array, so one document can have several keys. Never taken back. */
  multikey: number;
}

export interface Collection {
  id: number;
  db: string;
  name: string;
  namespace: string;
  /** Another array whenever there is another index: what is known of all of them can hang on it. */
  indexes: readonly Index[];
  /** Documents in it; counted when first asked for, then kept. */
  count: number | undefined;
}

/** The index every collection has. It lives in the table of documents itself. */
const idIndex = (): Index => ({
  id: 0,
  name: '_id_',
  key: { _id: 1 },
  fields: [{ path: '_id', parts: ['_id'], descending: false }],
  unique: true,
  partial: undefined,
  expireAfterSeconds: undefined,
  multikey: 0,
});

/** Collections and indexes: kept in SQLite, held in memory. */
export class Catalog {
  private collections = new Map<string, Collection>();

  constructor(private readonly sqlite: Sqlite) {
    sqlite.exec(`
      CREATE TABLE IF NOT EXISTS collections (
        id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (db, name));
      CREATE TABLE IF NOT EXISTS indexes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, spec BLOB NOT NULL, multikey INTEGER NOT NULL);
    `);
    this.reload();
  }

  /** Reads everything from disk again: what a rolled-back transaction changed in memory is forgotten. */
  reload(): void {
    this.collections = new Map();
    for (const [id, db, name] of this.sqlite.all('SELECT id, db, name FROM collections ORDER BY id', [])) {
      const collection = this.remember(id as number, db as string, name as string);
      const rows = this.sqlite.all('SELECT id, spec, multikey FROM indexes WHERE collection = ? ORDER BY id', [id]);
      const indexes = rows.map(([indexId, spec, multikey]) =>
        indexFrom(indexId as number, readPlain(spec as Buffer), multikey as number),
      );
      collection.indexes = [...collection.indexes, ...indexes];
    }
  }

  find(db: string, name: string): Collection | undefined {
    return this.collections.get(`${db}.${name}`);
  }

  /** The collection, made if need be, as MongoDB does at the first write. */
  ensure(db: string, name: string): Collection {
    const found = this.find(db, name);
    if (found !== undefined) return found;
    checkName(db, name);
    const { lastInsertRowid } = this.sqlite.run('INSERT INTO collections (db, name) VALUES (?, ?)', [db, name]);
    const id = Number(lastInsertRowid);
    this.sqlite.exec(`CREATE TABLE d${id} (rid INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, doc BLOB NOT NULL)`);
    const made = this.remember(id, db, name);
    made.count = 0;
    return made;
  }

  drop(collection: Collection): void {
    for (const index of collection.indexes.slice(1)) this.dropIndex(collection, index);
    this.sqlite.run('DELETE FROM collections WHERE id = ?', [collection.id]);
    this.sqlite.drop(`d${collection.id}`);
    this.collections.delete(collection.namespace);
  }

  /** Gives a collection another name, indexes and all; what had that name before must be gone. */
  rename(collection: Collection, db: string, name: string): void {
    checkName(db, name);
    this.sqlite.run('UPDATE collections SET db = ?, name = ? WHERE id = ?', [db, name, collection.id]);
    this.collections.delete(collection.namespace);
    Object.assign(collection, { db, name, namespace: `${db}.${name}` });
    this.collections.set(collection.namespace, collection);
  }

  addIndex(collection: Collection, spec: Doc): Index {
    const { lastInsertRowid } = this.sqlite.run('INSERT INTO indexes (collection, spec, multikey) VALUES (?, ?, 0)', [
      collection.id,
      write(spec),
    ]);
    const index = indexFrom(Number(lastInsertRowid), spec, 0);
    this.sqlite.exec(
      `CREATE TABLE x${index.id} (key BLOB NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (key, rid)) WITHOUT ROWID`,
    );
    collection.indexes = [...collection.indexes, index];
    return index;
  }

  dropIndex(collection: Collection, index: Index): void {
    this.sqlite.run('DELETE FROM indexes WHERE id = ?', [index.id]);
    this.sqlite.drop(`x${index.id}`);
    collection.indexes = collection.indexes.filter((other) => other !== index);
  }

  /** Remembers that fields of an index have met arrays. */
  markMultikey(index: Index, fields: number): void {
    if ((index.multikey | fields) === index.multikey) return;
    index.multikey |= fields;
    this.sqlite.run('UPDATE indexes SET multikey = ? WHERE id = ?', [index.multikey, index.id]);
  }

  all(): Collection[] {
    return [...this.collections.values()];
  }

  inDatabase(db: string): Collection[] {
    return this.all().filter((collection) => collection.db === db);
  }

  private remember(id: number, db: string, name: string): Collection {
    const namespace = `${db}.${name}`;
    const collection: Collection = { id, db, name, namespace, indexes: [idIndex()], count: undefined };
    this.collections.set(namespace, collection);
    return collection;
  }
}

function checkName(db: string, name: string): void {
  if (name === '' || name.includes('\0') || name.includes('$') || name.startsWith('system.'))
    throw new Fault('InvalidNamespace', `Invalid collection name: ${name}`);
  if (db === '' || /[/\\. "$\0]/.test(db)) throw new Fault('InvalidNamespace', `Invalid database name: '${db}'`);
}

function indexFrom(id: number, spec: Doc, multikey: number): Index {
  const key = spec.key as Doc;
  return {
    id,
    name: spec.name as string,
    key,
    fields: Object.entries(key).map(([path, direction]) => ({
      path,
      parts: path.split('.'),
      descending: Number(direction) < 0,
    })),
    unique: spec.unique === true,
    partial: isDocument(spec.partialFilterExpression) ? spec.partialFilterExpression : undefined,
    expireAfterSeconds: spec.expireAfterSeconds === undefined ? undefined : Number(spec.expireAfterSeconds),
    multikey,
  };
}
