import type { Binary, Double, Int32, Long, ObjectId, UUID } from 'bson';
import { bsonType, isDocument, type Doc } from './document.js';

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || value === undefined) return 'null';
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[ ${value.map(describe).join(', ')} ]`;
  if (isDocument(value)) return describeKey(value);
  switch (bsonType(value)) {
    case 'ObjectId':
      return `ObjectId('${(value as ObjectId).toHexString()}')`;
    case 'Binary':
      return (value as Binary).sub_type === 4
        ? `UUID("${(value as UUID).toHexString()}")`
        : `BinData(${(value as Binary).sub_type}, ${(value as Binary).toString('hex').toUpperCase()})`;
    case 'Int32':
    case 'Double':
    case 'Long':
      return (value as Int32 | Double | Long).toString();
    default:
      return `${value as string | number | boolean}`;
  }
}

/** A key as MongoDB writes it in messages: `{ a: 1, b: "x" }`. */
export const describeKey = (key: Doc): string =>
  `{ ${Object.entries(key)
    .map(([name, value]) => `${name}: ${describe(value)}`)
    .join(', ')} }`;
