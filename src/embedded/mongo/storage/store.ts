import { pickFields, readFields, readPlain, topOf, type Doc, type Fields } from '../bson/document.js';
import { encodeKey } from '../bson/order.js';
import { Fault } from '../errors.js';
import { duplicateKey } from './duplicate-key.js';
import { compileFilter, fieldsIn } from '../query/matcher.js';
import type { Catalog, Collection, Index } from './catalog.js';
import { keysOf, type IndexKeys } from './index-keys.js';
import type { Sqlite } from './sqlite.js';

const MAX_DOCUMENT = 16 * 1024 * 1024;
const NONE: IndexKeys = { keys: [], multikey: 0 };

/** A document as stored: its place and its BSON. */
export interface Stored {
  rid: number;
  bytes: Buffer;
}

interface EntryChange {
  index: Index;
  added: IndexKeys;
  removed: Buffer[];
}

/** Writes documents and their index entries together. Reading ranges is `scan.ts`. */
export class Store {
  private readonly partialTests = new WeakMap<Index, (document: Doc) => boolean>();
  /** The fields that each set of indexes looks at. */
  private readonly indexedFields = new WeakMap<readonly Index[], { fields: Fields }>();

  constructor(
    readonly sqlite: Sqlite,
    readonly catalog: Catalog,
  ) {}

  /** The document with this _id, or undefined. */
  byId(collection: Collection, id: unknown): Stored | undefined {
    const row = this.sqlite.get(`SELECT rid, doc FROM d${collection.id} WHERE id = ?`, [encodeKey(id)]);
    return row && { rid: row[0] as number, bytes: row[1] as Buffer };
  }

  byRid(collection: Collection, rid: number): Stored | undefined {
    const row = this.sqlite.get(`SELECT doc FROM d${collection.id} WHERE rid = ?`, [rid]);
    return row && { rid, bytes: row[0] as Buffer };
  }

  /** Stores a new document, or throws E11000. */
  insert(collection: Collection, id: unknown, bytes: Buffer): void {
    checkSize(bytes);
    const key = encodeKey(id);
    const entries = this.entries(collection, bytes);
    for (const [index, { keys }] of entries) this.checkUnique(collection, index, keys, 0, bytes);
    let rid: number;
    try {
      const sql = `INSERT INTO d${collection.id} (id, doc) VALUES (?, ?)`;
      rid = Number(this.sqlite.run(sql, [key, bytes]).lastInsertRowid);
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw error;
      throw duplicateKey(collection.namespace, '_id_', { _id: 1 }, { _id: id });
    }
    for (const [index, entry] of entries) this.addEntries(index, entry, rid);
    if (collection.count !== undefined) collection.count++;
  }

  /** Replaces a document in its place; its _id stays. Entries that do not change are not touched. */
  replace(collection: Collection, old: Stored, bytes: Buffer): void {
    checkSize(bytes);
    const changes = this.changes(collection, old, bytes);
    this.sqlite.run(`UPDATE d${collection.id} SET doc = ? WHERE rid = ?`, [bytes, old.rid]);
    for (const { index, added, removed } of changes) {
      this.removeEntries(index, removed, old.rid);
      this.addEntries(index, added, old.rid);
    }
  }

  /** What a replacement changes in the indexes: nothing, where it leaves all that they look at as it is. */
  private changes(collection: Collection, old: Stored, bytes: Buffer): EntryChange[] {
    if (collection.indexes.length === 1) return [];
    const fields = this.fieldsOf(collection);
    const [was, is] = [pickFields(old.bytes, fields), pickFields(bytes, fields)];
    if (was.equals(is)) return [];
    const before = this.entries(collection, was);
    return this.entries(collection, is).flatMap(([index, entry], at) => {
      const had = before[at]?.[1] ?? NONE;
      const knownArrays = (index.multikey | entry.multikey) === index.multikey;
      if (knownArrays && sameKeys(had, entry)) return [];
      const removed = new Map(had.keys.map((key) => [key.toString('latin1'), key]));
      const added = entry.keys.filter((key) => !removed.delete(key.toString('latin1')));
      this.checkUnique(collection, index, added, old.rid, bytes);
      return { index, added: { keys: added, multikey: entry.multikey }, removed: [...removed.values()] };
    });
  }

  remove(collection: Collection, old: Stored): void {
    for (const [index, { keys }] of this.entries(collection, old.bytes)) this.removeEntries(index, keys, old.rid);
    this.sqlite.run(`DELETE FROM d${collection.id} WHERE rid = ?`, [old.rid]);
    if (collection.count !== undefined) collection.count--;
  }

  /** How many documents a collection holds; counted once. */
  count(collection: Collection): number {
    collection.count ??= this.sqlite.get(`SELECT count(*) FROM d${collection.id}`, [])?.[0] as number;
    return collection.count;
  }

  /** Makes an index and fills it from the documents there are. */
  buildIndex(collection: Collection, spec: Doc): void {
    const index = this.catalog.addIndex(collection, spec);
    for (let rid = 0; ;) {
      const sql = `SELECT rid, doc FROM d${collection.id} WHERE rid > ? ORDER BY rid LIMIT 500`;
      const rows = this.sqlite.all(sql, [rid]) as [number, Buffer][];
      for (const [place, bytes] of rows) {
        const entry = this.entriesOf(index, readPlain(bytes));
        this.checkUnique(collection, index, entry.keys, place, bytes);
        this.addEntries(index, entry, place);
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      rid = last[0];
    }
  }

  private entries(collection: Collection, bytes: Buffer): [Index, IndexKeys][] {
    const secondary = collection.indexes.slice(1);
    if (secondary.length === 0) return [];
    const document = readFields(bytes, this.fieldsOf(collection));
    return secondary.map((index) => [index, this.entriesOf(index, document)]);
  }

  /** What the indexes of a collection look at. */
  private fieldsOf({ indexes }: Collection): Fields {
    const known = this.indexedFields.get(indexes);
    if (known !== undefined) return known.fields;
    const looked = indexes.flatMap((index) => [
      index.fields.map(({ path }) => topOf(path)),
      fieldsIn(index.partial ?? {}),
    ]);
    const fields = looked.includes(undefined) ? undefined : [...new Set(looked.flat() as string[])];
    this.indexedFields.set(indexes, { fields });
    return fields;
  }

  private entriesOf(index: Index, document: Doc): IndexKeys {
    if (index.partial !== undefined) {
      const test = this.partialTests.get(index) ?? compileFilter(index.partial);
      this.partialTests.set(index, test);
      if (!test(document)) return NONE;
    }
    return keysOf(document, index);
  }

  private checkUnique(collection: Collection, index: Index, keys: readonly Buffer[], own: number, bytes: Buffer): void {
    if (!index.unique) return;
    for (const key of keys) {
      const taken = this.sqlite.get(`SELECT rid FROM x${index.id} WHERE key = ? AND rid <> ? LIMIT 1`, [key, own]);
      if (taken === undefined) continue;
      const document = readPlain(bytes);
      const value = Object.fromEntries(index.fields.map(({ path }) => [path, keyValueAt(document, path)]));
      throw duplicateKey(collection.namespace, index.name, index.key, value);
    }
  }

  private addEntries(index: Index, { keys, multikey }: IndexKeys, rid: number): void {
    for (const key of keys) this.sqlite.run(`INSERT INTO x${index.id} (key, rid) VALUES (?, ?)`, [key, rid]);
    this.catalog.markMultikey(index, multikey);
  }

  private removeEntries(index: Index, keys: readonly Buffer[], rid: number): void {
    for (const key of keys) this.sqlite.run(`DELETE FROM x${index.id} WHERE key = ? AND rid = ?`, [key, rid]);
  }
}

const sameKeys = (one: IndexKeys, other: IndexKeys): boolean =>
  one.keys.length === other.keys.length && one.keys.every((key, at) => other.keys[at]?.equals(key) === true);

function keyValueAt(document: Doc, path: string): unknown {
  const value = path
    .split('.')
    .reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? (at as Doc)[part] : undefined), document);
  return value ?? null;
}

function checkSize(bytes: Buffer): void {
  if (bytes.length > MAX_DOCUMENT)
    throw new Fault(
      'BSONObjectTooLarge',
      `object to insert too large. size in bytes: ${bytes.length}, max size: ${MAX_DOCUMENT}`,
    );
}
