import type { Binary, BSONRegExp, BSONSymbol, Code, DBRef, ObjectId, Timestamp } from 'bson';
import { unsupported } from '../errors.js';
import { bsonType, type Doc } from './document.js';
import { orderedNumber, type OrderedNumber } from './numbers.js';

/** MongoDB's order of types. Gaps leave room for "the next rank" as an upper bound. */
export const RANK = {
  minKey: 0x0a,
  emptyArray: 0x0f,
  null: 0x14,
  number: 0x1e,
  string: 0x3c,
  object: 0x46,
  array: 0x50,
  binary: 0x5a,
  objectId: 0x64,
  boolean: 0x6e,
  date: 0x78,
  timestamp: 0x82,
  regex: 0x8c,
  code: 0x96,
  maxKey: 0xf0,
} as const;

/** Stands for the key of `[]` in an index: MongoDB sorts it below null. */
export const EMPTY_ARRAY = Symbol('empty array');

/**
 * Writes values as bytes whose plain byte order is MongoDB's order of values, across types. No encoding is the
 * beginning of another, so encodings can be strung together into compound keys and cut out as prefixes.
 */
export class KeyWriter {
  private bytes = Buffer.allocUnsafe(256);
  private length = 0;

  /** Adds a value; descending components are written inverted. */
  add(value: unknown, descending = false): void {
    const start = this.length;
    this.value(value);
    if (descending) for (let at = start; at < this.length; at++) this.bytes[at] = ~(this.bytes[at] ?? 0) & 0xff;
  }

  /** The key so far, copied; the writer is empty again. */
  take(): Buffer {
    const key = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return key;
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private raw(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** UTF-8, closed by 00 01; a zero inside becomes 00 FF, so that shorter sorts first. */
  private text(value: string): void {
    const size = Buffer.byteLength(value);
    this.reserve(size + 2);
    this.bytes.write(value, this.length, 'utf8');
    if (this.bytes.subarray(this.length, this.length + size).includes(0)) {
      const escaped: number[] = [];
      for (const byte of this.bytes.subarray(this.length, this.length + size)) {
        escaped.push(byte);
        if (byte === 0) escaped.push(0xff);
      }
      this.raw(Uint8Array.from(escaped));
    } else {
      this.length += size;
    }
    this.byte(0);
    this.byte(1);
  }

  private number({ double, rest }: OrderedNumber): void {
    this.byte(RANK.number);
    this.reserve(8);
    if (Number.isNaN(double)) {
      this.bytes.fill(0, this.length, this.length + 8);
    } else {
      this.bytes.writeDoubleBE(double === 0 ? 0 : double, this.length);
      if (double < 0) {
        for (let at = this.length; at < this.length + 8; at++) this.bytes[at] = ~(this.bytes[at] ?? 0) & 0xff;
      } else {
        this.bytes[this.length] = (this.bytes[this.length] ?? 0) | 0x80;
      }
    }
    this.length += 8;
    if (rest !== undefined) {
      const digits = rest.digits.toString();
      this.byte(1);
      this.reserve(2);
      this.length = this.bytes.writeUInt16BE(digits.length + rest.exponent + 0x8000, this.length);
      for (const digit of digits.replace(/0+$/, '')) this.byte(Number(digit) + 1);
    }
    this.byte(0);
  }

  private long(value: bigint, rank: number): void {
    this.byte(rank);
    this.reserve(8);
    this.length = this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), this.length);
  }

  private object(value: Doc): void {
    this.byte(RANK.object);
    for (const [name, field] of Object.entries(value)) {
      // MongoDB compares the type of a field first, then its name, then its value.
      this.byte(rankOf(field));
      this.text(name);
      this.value(field);
    }
    this.byte(0);
  }

  private value(value: unknown): void {
    const number = orderedNumber(value);
    if (number !== undefined) return this.number(number);
    if (typeof value === 'string') {
      this.byte(RANK.string);
      return this.text(value);
    }
    if (value === null || value === undefined) return this.byte(RANK.null);
    if (typeof value === 'boolean') {
      this.byte(RANK.boolean);
      return this.byte(value ? 1 : 0);
    }
    if (value instanceof Date) return this.long(BigInt(value.getTime()) + 0x8000000000000000n, RANK.date);
    if (Array.isArray(value)) {
      this.byte(RANK.array);
      for (const element of value) this.value(element);
      return this.byte(0);
    }
    if (value instanceof RegExp) return this.regex(value.source, value.flags.replace('g', 's'));
    if (value === EMPTY_ARRAY) return this.byte(RANK.emptyArray);
    this.bsonValue(value);
  }

  private regex(pattern: string, options: string): void {
    this.byte(RANK.regex);
    this.text(pattern);
    this.text([...options].sort().join(''));
  }

  private bsonValue(value: unknown): void {
    switch (bsonType(value)) {
      case undefined:
        return this.object(value as Doc);
      case 'ObjectId':
        this.byte(RANK.objectId);
        return this.raw((value as ObjectId).id);
      case 'Binary': {
        const { buffer, position, sub_type } = value as Binary;
        this.byte(RANK.binary);
        this.reserve(5);
        this.length = this.bytes.writeUInt32BE(position, this.length);
        this.byte(sub_type);
        return this.raw(buffer.subarray(0, position));
      }
      case 'Timestamp':
        return this.long((value as Timestamp).toBigInt(), RANK.timestamp);
      case 'BSONRegExp':
        return this.regex((value as BSONRegExp).pattern, (value as BSONRegExp).options);
      case 'BSONSymbol':
        this.byte(RANK.string);
        return this.text((value as BSONSymbol).value);
      case 'DBRef': {
        const { collection, oid, db, fields } = value as DBRef;
        return this.object({ $ref: collection, $id: oid, ...(db === undefined ? {} : { $db: db }), ...fields });
      }
      case 'Code':
        this.byte(RANK.code);
        return this.text((value as Code).code);
      case 'MinKey':
        return this.byte(RANK.minKey);
      case 'MaxKey':
        return this.byte(RANK.maxKey);
      default:
        throw unsupported(`BSON type ${String(bsonType(value))}`);
    }
  }
}

const writer = new KeyWriter();

/** The order-preserving bytes of one value. */
export function encodeKey(value: unknown): Buffer {
  writer.add(value);
  return writer.take();
}

const BSON_RANKS: Record<string, number> = {
  Int32: RANK.number,
  Double: RANK.number,
  Long: RANK.number,
  Decimal128: RANK.number,
  BSONSymbol: RANK.string,
  DBRef: RANK.object,
  Binary: RANK.binary,
  ObjectId: RANK.objectId,
  Timestamp: RANK.timestamp,
  BSONRegExp: RANK.regex,
  Code: RANK.code,
  MinKey: RANK.minKey,
  MaxKey: RANK.maxKey,
};

/** The place of a value's type in MongoDB's order: the first byte of its encoding. */
export function rankOf(value: unknown): number {
  if (typeof value === 'string') return RANK.string;
  if (typeof value === 'number' || typeof value === 'bigint') return RANK.number;
  if (typeof value === 'boolean') return RANK.boolean;
  if (value === null || value === undefined) return RANK.null;
  if (Array.isArray(value)) return RANK.array;
  if (value instanceof Date) return RANK.date;
  if (value instanceof RegExp) return RANK.regex;
  return BSON_RANKS[bsonType(value) ?? ''] ?? RANK.object;
}

/** Compares two values in MongoDB's order. */
export function compareValues(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number' && !Number.isNaN(left) && !Number.isNaN(right))
    return left - right || 0;
  if (left === right) return 0;
  return encodeKey(left).compare(encodeKey(right));
}

/** True where MongoDB takes two values for equal (5 and 5.0 are; field order in documents matters). */
export function equalValues(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left === right;
  return compareValues(left, right) === 0;
}
