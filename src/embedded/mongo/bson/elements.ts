import { isUtf8 } from 'node:buffer';
import { Fault } from '../errors.js';

export const [OBJECT, ARRAY] = [3, 4];
const [STRING, BINARY, REGEX, DB_POINTER, CODE, SYMBOL, SCOPED_CODE] = [2, 5, 11, 12, 13, 14, 15];

/** Bytes that a value takes, by type, where the type alone says it. */
const FIXED: Record<number, number> = {
  1: 8,
  6: 0,
  7: 12,
  8: 1,
  9: 8,
  10: 0,
  16: 4,
  17: 8,
  18: 8,
  19: 16,
  127: 0,
  255: 0,
};

const EMPTY = Buffer.from([5, 0, 0, 0, 0]);

const invalid = (what: string): Fault => new Fault('InvalidBSON', `a BSON document ${what}`);

/**
 * Walks over the elements of a BSON document without reading their values: most of a document that is looked for,
 * sorted or replaced is none of this server's business.
 */
export class Elements {
  type = 0;
  /** Where the element begins (its type), its value begins, and it ends. */
  start = 0;
  value = 0;
  end = 4;
  private readonly last: number;

  constructor(readonly bytes: Buffer) {
    this.last = bytes.length - 1;
    if (bytes.length < 5 || bytes.readInt32LE(0) !== bytes.length || bytes[this.last] !== 0)
      throw invalid('is not as long as it says');
  }

  /** Goes on to the next element; false behind the last. */
  next(): boolean {
    const { bytes, last } = this;
    let at = this.end;
    if (at >= last) return false;
    this.start = at;
    this.type = bytes[at] as number;
    while (at < last && bytes[++at] !== 0);
    this.value = at + 1;
    this.end = this.value + this.size();
    if (this.end > last) throw invalid('has an element that reaches beyond it');
    return true;
  }

  get name(): string {
    return this.bytes.toString('utf8', this.start + 1, this.value - 1);
  }

  /** Whether that is its name, told without making a text of it. */
  isNamed(name: string): boolean {
    const { bytes, start } = this;
    const size = this.value - start - 2;
    for (let at = 0; at < name.length; at++) {
      const code = name.charCodeAt(at);
      if (code > 0x7f) return this.name === name;
      if (bytes[start + 1 + at] !== code) return false;
    }
    return size === name.length;
  }

  /** The element whole, type and name included. */
  get whole(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The bytes of the value alone: of an embedded document, that document. */
  get content(): Buffer {
    return this.bytes.subarray(this.value, this.end);
  }

  private size(): number {
    const fixed = FIXED[this.type];
    if (fixed !== undefined) return fixed;
    if (this.type === REGEX) return this.bytes.indexOf(0, this.bytes.indexOf(0, this.value) + 1) + 1 - this.value;
    if (this.value + 4 > this.bytes.length) throw invalid('ends within an element');
    const length = this.bytes.readInt32LE(this.value);
    if (length < 0) throw invalid('has an element of negative length');
    switch (this.type) {
      case OBJECT:
      case ARRAY:
      case SCOPED_CODE:
        return length;
      case STRING:
      case CODE:
      case SYMBOL:
        return 4 + length;
      case BINARY:
        return 5 + length;
      case DB_POINTER:
        return 16 + length;
      default:
        throw invalid(`has an element of unknown type ${this.type}`);
    }
  }
}

/** A document of these elements, each as it stands in another document. */
export function fromElements(elements: readonly Buffer[]): Buffer {
  if (elements.length === 0) return EMPTY;
  let size = 5;
  for (const element of elements) size += element.length;
  const document = Buffer.allocUnsafe(size);
  document.writeInt32LE(size, 0);
  let at = 4;
  for (const element of elements) at += element.copy(document, at);
  document[at] = 0;
  return document;
}

/** The document with the elements of these names alone. */
export const pick = (bytes: Buffer, names: readonly string[]): Buffer => sieve(bytes, names, true);

/** The document without the elements of these names. */
export const without = (bytes: Buffer, names: readonly string[]): Buffer => sieve(bytes, names, false);

function sieve(bytes: Buffer, names: readonly string[], kept: boolean): Buffer {
  const elements = new Elements(bytes);
  const bounds: number[] = [];
  let size = 5;
  while (elements.next()) {
    if (names.some((name) => elements.isNamed(name)) !== kept) continue;
    bounds.push(elements.start, elements.end);
    size += elements.end - elements.start;
  }
  if (size === bytes.length) return bytes;
  const sieved = Buffer.allocUnsafe(size);
  let at = sieved.writeInt32LE(size, 0);
  for (let nth = 0; nth < bounds.length; nth += 2) at += bytes.copy(sieved, at, bounds[nth], bounds[nth + 1]);
  sieved[at] = 0;
  return sieved;
}

/** All elements of a document, one after the other, without its frame. */
export const inner = (document: Buffer): Buffer => document.subarray(4, -1);

/** An element that holds a document. */
export function embedded(name: string, document: Buffer): Buffer {
  const head = Buffer.from(`\u0003${name}\0`);
  return Buffer.concat([head, document], head.length + document.length);
}

/** The first element of that name, or undefined. */
export function elementOf(bytes: Buffer, name: string): Elements | undefined {
  const elements = new Elements(bytes);
  while (elements.next()) if (elements.isNamed(name)) return elements;
  return undefined;
}

/** Throws unless a document holds together to its depth and its texts are UTF-8: what is stored can be read again. */
export function checkDocument(bytes: Buffer): void {
  const elements = new Elements(bytes);
  while (elements.next()) {
    const { type, value, end } = elements;
    if (type === OBJECT || type === ARRAY) checkDocument(elements.content);
    else if (type === STRING && !(bytes[end - 1] === 0 && end - value > 4 && isUtf8(bytes.subarray(value + 4, end))))
      throw invalid('has a text that is not UTF-8');
  }
}
