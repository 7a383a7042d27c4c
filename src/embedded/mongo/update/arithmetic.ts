import { Double, Int32, Long } from 'bson';
import { bsonType } from '../bson/document.js';
import { Fault, unsupported } from '../errors.js';

const fitsInt32 = (value: bigint): boolean => BigInt.asIntN(32, value) === value;
const integer = (value: unknown): bigint | undefined => {
  if (value instanceof Int32) return BigInt(value.value);
  return value instanceof Long ? value.toBigInt() : undefined;
};

/** True of every BSON number. */
export const isNumeric = (value: unknown): boolean =>
  ['Int32', 'Long', 'Double', 'Decimal128'].includes(bsonType(value) ?? '');

/** Adds two typed numbers as MongoDB does: integers stay integers and grow from 32 to 64 bits, never further. */
export function add(left: unknown, right: unknown): unknown {
  for (const side of [left, right]) if (bsonType(side) === 'Decimal128') throw unsupported('arithmetic on Decimal128');
  const [a, b] = [integer(left), integer(right)];
  if (a === undefined || b === undefined) return new Double(toDouble(left) + toDouble(right));
  const sum = a + b;
  if (left instanceof Int32 && right instanceof Int32 && fitsInt32(sum)) return new Int32(Number(sum));
  if (BigInt.asIntN(64, sum) !== sum)
    throw new Fault(
      'BadValue',
      `Failed to apply $inc operations to current value ((NumberLong)${a}): the sum does not fit 64 bits`,
    );
  return Long.fromBigInt(sum);
}

const toDouble = (value: unknown): number => (value instanceof Double ? value.value : Number(integer(value)));
