import { deserialize, serialize } from 'bson';
import { pick } from './elements.js';

/** A BSON document in memory. Values are what `bson` reads and writes. */
export type Doc = Record<string, unknown>;

/** Reads with every number kept in its BSON type (Int32, Double, Long), so that writing back changes nothing. */
export const readTyped = (bytes: Uint8Array): Doc => deserialize(bytes, { promoteValues: false, bsonRegExp: true });

/** Reads with numbers as JavaScript numbers; a Long beyond 2^53 stays a Long. What filters and pipelines look at. */
export const readPlain = (bytes: Uint8Array): Doc => deserialize(bytes);

/** Names of fields at the top of a document; undefined stands for all there are. */
export type Fields = readonly string[] | undefined;

/** The document with these fields alone, as BSON. */
export const pickFields = (bytes: Buffer, fields: Fields): Buffer =>
  fields === undefined ? bytes : pick(bytes, fields);

/** Reads these fields as `readPlain` does; the others stay unread. */
export const readFields = (bytes: Buffer, fields: Fields): Doc => readPlain(pickFields(bytes, fields));

/** The field at the top of a document in which a path begins. */
export const topOf = (path: string): string => {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
};

/** The BSON bytes of a document. */
export const write = (document: Doc): Buffer => {
  const bytes = serialize(document, { ignoreUndefined: false });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** The BSON class of a value ("ObjectId", "Long", …), or undefined for what is plain JavaScript. */
export const bsonType = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? (value as { _bsontype?: string })._bsontype : undefined;

/** True of an embedded document, false of arrays, dates, regular expressions and BSON values. */
export function isDocument(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (value instanceof Date || value instanceof RegExp || ArrayBuffer.isView(value)) return false;
  return bsonType(value) === undefined;
}

/** True of `{$gt: 1}`, false of `{a: 1}` and `{}`. */
export const hasOperators = (value: unknown): value is Doc =>
  isDocument(value) && Object.keys(value).some((key) => key.startsWith('$'));
