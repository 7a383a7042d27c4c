import type { Decimal128, Double, Int32, Long } from 'bson';
import { bsonType } from './document.js';

/** A finite decimal, exact: digits × 10^exponent. */
interface Exact {
  digits: bigint;
  exponent: number;
}

/**
 * A number as an order: the greatest double not above it, and what is left, which is never negative.
 * Two numbers of any BSON types compare as these compare, also where a double cannot hold them.
 */
export interface OrderedNumber {
  double: number;
  rest: Exact | undefined;
}

const bits = Buffer.alloc(8);

function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  if (value === Infinity) return Number.MAX_VALUE;
  bits.writeDoubleBE(value);
  bits.writeBigUInt64BE(bits.readBigUInt64BE() + (value > 0 ? -1n : 1n));
  return bits.readDoubleBE();
}

/** A double is m × 2^e, hence a finite decimal. */
function exactDouble(value: number): Exact {
  bits.writeDoubleBE(Math.abs(value));
  const raw = bits.readBigUInt64BE();
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xfffffffffffffn;
  const mantissa = (biased === 0 ? fraction : fraction | 0x10000000000000n) * (value < 0 ? -1n : 1n);
  const power = (biased === 0 ? 1 : biased) - 1075;
  if (power >= 0) return { digits: mantissa << BigInt(power), exponent: 0 };
  return { digits: mantissa * 5n ** BigInt(-power), exponent: power };
}

function minus(left: Exact, right: Exact): Exact {
  const exponent = Math.min(left.exponent, right.exponent);
  const at = (value: Exact): bigint => value.digits * 10n ** BigInt(value.exponent - exponent);
  return { digits: at(left) - at(right), exponent };
}

function ordered(value: Exact, nearest: number): OrderedNumber {
  // Below every double there is only -Infinity; what lies between counts from a number no Decimal128 reaches.
  if (nearest === -Infinity) return { double: -Infinity, rest: minus(value, { digits: -1n, exponent: 6200 }) };
  let double = nearest === Infinity ? Number.MAX_VALUE : nearest;
  let rest = minus(value, exactDouble(double));
  if (rest.digits < 0n) {
    double = nextBelow(double);
    if (double === -Infinity) return ordered(value, -Infinity);
    rest = minus(value, exactDouble(double));
  }
  return { double, rest: rest.digits === 0n ? undefined : rest };
}

function orderedDecimal(text: string): OrderedNumber {
  if (text === 'NaN') return { double: NaN, rest: undefined };
  if (text === 'Infinity' || text === '-Infinity') return { double: Number(text), rest: undefined };
  const [coefficient = '0', exponent = '0'] = text.toUpperCase().split('E');
  const [whole = '0', fraction = ''] = coefficient.split('.');
  return ordered({ digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }, Number(text));
}

/** The order of a BSON number, or undefined if the value is not a number. */
export function orderedNumber(value: unknown): OrderedNumber | undefined {
  if (typeof value === 'number') return { double: value, rest: undefined };
  if (typeof value === 'bigint') return ordered({ digits: value, exponent: 0 }, Number(value));
  switch (bsonType(value)) {
    case 'Int32':
    case 'Double':
      return { double: (value as Int32 | Double).value, rest: undefined };
    case 'Long': {
      const long = (value as Long).toBigInt();
      return ordered({ digits: long, exponent: 0 }, Number(long));
    }
    case 'Decimal128':
      return orderedDecimal((value as Decimal128).toString());
    default:
      return undefined;
  }
}
