import { Long } from 'bson';
import { Context } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import { Query } from 'mingo/query';
import type { Options } from 'mingo/types';
import { hasOperators, isDocument, topOf, type Doc, type Fields } from '../bson/document.js';
import { compareValues, encodeKey, RANK, rankOf } from '../bson/order.js';
import { Fault, unsupported } from '../errors.js';
import { expressionOperators, wideNumberCheck } from './expressions.js';
import { ELEMENT, leavesAt, valuesAt } from './paths.js';

type Test = (document: Doc) => boolean;
type QueryOperator = (path: string, operand: never, options: Options) => Test;

const some =
  (path: string, predicate: (value: unknown) => boolean): Test =>
  (document) =>
    valuesAt(document, path).some(predicate);

/** mingo holds flags as JavaScript knows them; BSON's "s" (dot matches all) arrives as "g" and would keep state. */
export const usableRegex = (regex: RegExp): RegExp =>
  regex.flags.includes('g') || regex.flags.includes('y')
    ? new RegExp(regex.source, regex.flags.replace('g', 's').replace('y', ''))
    : regex;

function equals(operand: unknown): (value: unknown) => boolean {
  if (operand === null || operand === undefined) return (value) => value === null || value === undefined;
  if (typeof operand === 'string' || typeof operand === 'boolean') return (value) => value === operand;
  const key = encodeKey(operand);
  const rank = key[0];
  return (value) => value !== undefined && rankOf(value) === rank && encodeKey(value).equals(key);
}

function isIn(operand: unknown): (value: unknown) => boolean {
  if (!Array.isArray(operand)) throw new Fault('BadValue', '$in needs an array');
  const keys = new Set<string>();
  const patterns: RegExp[] = [];
  for (const candidate of operand) {
    if (hasOperators(candidate)) throw new Fault('BadValue', 'cannot nest $ under $in');
    if (candidate instanceof RegExp) patterns.push(usableRegex(candidate));
    else keys.add(encodeKey(candidate).toString('latin1'));
  }
  return (value) =>
    (typeof value === 'string' && patterns.some((pattern) => pattern.test(value))) ||
    keys.has(encodeKey(value).toString('latin1'));
}

/** Comparison stays within a type, as in MongoDB: {$lt: 5} finds no strings. MinKey and MaxKey compare with all. */
function ordering(accepts: (order: number) => boolean): QueryOperator {
  return (path, operand: unknown) => {
    if (operand instanceof RegExp)
      throw new Fault('BadValue', `Can't have RegExp as arg to predicate over field '${path}'.`);
    const rank = rankOf(operand);
    const across = rank === RANK.minKey || rank === RANK.maxKey;
    const isNaNOperand = typeof operand === 'number' && Number.isNaN(operand);
    return some(path, (value) => {
      if (value === undefined && rank !== RANK.null) return false;
      if (!across && rankOf(value) !== rank) return false;
      if (typeof value === 'number' && Number.isNaN(value) !== isNaNOperand && rank === RANK.number) return false;
      return accepts(compareValues(value, operand));
    });
  };
}

const TYPE_RANKS: Record<string, number> = {
  string: RANK.string,
  object: RANK.object,
  array: RANK.array,
  binData: RANK.binary,
  objectId: RANK.objectId,
  bool: RANK.boolean,
  date: RANK.date,
  null: RANK.null,
  regex: RANK.regex,
  timestamp: RANK.timestamp,
  number: RANK.number,
};
const TYPE_NAMES: Record<number, string> = {
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  17: 'timestamp',
};

function hasType(path: string, operand: unknown): Test {
  const ranks = (Array.isArray(operand) ? operand : [operand]).map((type: unknown) => {
    const rank = TYPE_RANKS[typeof type === 'number' ? (TYPE_NAMES[type] ?? '') : String(type)];
    // Filters see numbers as numbers, not as int, long or double.
    if (rank === undefined) throw unsupported(`$type: ${String(type)}`);
    return rank;
  });
  return some(path, (value) => value !== undefined && ranks.includes(rankOf(value)));
}

function modulo(path: string, operand: unknown): Test {
  if (!Array.isArray(operand) || operand.length !== 2)
    throw new Fault('BadValue', 'malformed mod, needs to be 2 numbers');
  const [divisor, remainder] = operand.map((part) => BigInt(Math.trunc(Number(part)))) as [bigint, bigint];
  if (divisor === 0n) throw new Fault('BadValue', 'divisor cannot be 0');
  return some(path, (value) => {
    if (value instanceof Long) return value.toBigInt() % divisor === remainder;
    return typeof value === 'number' && Number.isFinite(value) && BigInt(Math.trunc(value)) % divisor === remainder;
  });
}

/** Operators that speak of whole documents, also where an element of an array is one. */
const ABOUT_DOCUMENTS = new Set(['$and', '$or', '$nor', '$expr']);

/** True of a field that is itself an array with an element that meets all conditions. */
function elementMatches(path: string, operand: unknown): Test {
  if (!isDocument(operand)) throw new Fault('BadValue', '$elemMatch needs an Object');
  const keys = Object.keys(operand);
  const aboutValues = keys.length > 0 && keys.every((key) => key.startsWith('$') && !ABOUT_DOCUMENTS.has(key));
  const test = compileFilter(aboutValues ? { [ELEMENT]: operand } : operand);
  const meets = (element: unknown): boolean => {
    if (aboutValues) return test({ [ELEMENT]: element });
    // An array within an array is a document whose fields are its places.
    return isDocument(element) ? test(element) : Array.isArray(element) && test({ ...(element as unknown[]) });
  };
  return (document) => leavesAt(document, path).some((value) => Array.isArray(value) && value.some(meets));
}

/** True of a field that is itself an array of so many elements. */
function hasSize(path: string, operand: unknown): Test {
  const size = operand instanceof Long ? operand.toNumber() : operand;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
    throw new Fault('BadValue', 'Failed to parse $size. Expected a non-negative integer');
  return (document) => leavesAt(document, path).some((value) => Array.isArray(value) && value.length === size);
}

function all(path: string, operand: unknown): Test {
  if (!Array.isArray(operand)) throw new Fault('BadValue', '$all needs an array');
  const tests = operand.map((part: unknown) =>
    hasOperators(part)
      ? elementMatches(path, part.$elemMatch)
      : some(path, part instanceof RegExp ? matchesRegex(part) : equals(part)),
  );
  return (document) => tests.length > 0 && tests.every((test) => test(document));
}

function matchesRegex(operand: RegExp): (value: unknown) => boolean {
  const pattern = usableRegex(operand);
  return (value) => typeof value === 'string' && pattern.test(value);
}

const negated =
  (test: Test): Test =>
  (document) =>
    !test(document);

const queryOperators: Record<string, QueryOperator> = {
  $eq: (path, operand: unknown) => some(path, equals(operand)),
  $ne: (path, operand: unknown) => negated(some(path, equals(operand))),
  $in: (path, operand: unknown) => some(path, isIn(operand)),
  $nin: (path, operand: unknown) => negated(some(path, isIn(operand))),
  $gt: ordering((order) => order > 0),
  $gte: ordering((order) => order >= 0),
  $lt: ordering((order) => order < 0),
  $lte: ordering((order) => order <= 0),
  $exists: (path, operand: unknown) => {
    const exists = some(path, (value) => value !== undefined);
    return operand === false || operand === 0 || operand === null ? negated(exists) : exists;
  },
  $type: hasType,
  $mod: modulo,
  $all: all,
  $elemMatch: elementMatches,
  $size: hasSize,
  $regex: (path, operand: unknown) => some(path, matchesRegex(operand as RegExp)),
  $expr: (path, operand, options) => {
    const test = queries.$expr(path, operand, options) as Test;
    const check = wideNumberCheck(operand);
    return (document) => {
      check(document);
      return test(document);
    };
  },
};

/** mingo's language over MongoDB's order of values: mingo itself knows no Long, Decimal128, Binary or field order. */
export const context = Context.init({
  query: { ...queries, ...queryOperators },
  expression: { ...expressions, ...expressionOperators },
  accumulator: { ...accumulators },
  projection: { ...projections },
});

/** Operators whose test is wholly ours, so that mingo need not be asked to put them together. */
const OWN = new Set(['$eq', '$ne', '$in', '$nin', '$gt', '$gte', '$lt', '$lte', '$exists', '$elemMatch', '$size']);

/** The tests of a filter of everyday conditions; undefined where it says more, or something wrong. */
function everyday(filter: Doc): Test | undefined {
  const tests: Test[] = [];
  for (const [path, condition] of Object.entries(filter)) {
    if (path === '$and' || path === '$or') {
      const parts = Array.isArray(condition) && condition.every(isDocument) ? condition.map(everyday) : [undefined];
      if (!parts.every((part) => part !== undefined)) return undefined;
      tests.push(
        path === '$and'
          ? (document) => parts.every((test) => test(document))
          : (document) => parts.some((test) => test(document)),
      );
    } else if (path.startsWith('$') || condition instanceof RegExp) return undefined;
    else if (!hasOperators(condition)) tests.push(some(path, equals(condition)));
    else {
      for (const [operator, operand] of Object.entries(condition)) {
        const make = OWN.has(operator) ? queryOperators[operator] : undefined;
        if (make === undefined) return undefined;
        tests.push(make(path, operand as never, undefined as never));
      }
    }
  }
  return (document) => tests.every((test) => test(document));
}

/** The fields a filter looks at, so that the rest of a document need not be read for it. */
export function fieldsIn(filter: Doc, fields: string[] = []): Fields {
  for (const [key, condition] of Object.entries(filter)) {
    if (!key.startsWith('$')) fields.push(topOf(key));
    else if (!['$and', '$or', '$nor'].includes(key) || !Array.isArray(condition)) return undefined;
    else for (const part of condition as Doc[]) if (fieldsIn(part, fields) === undefined) return undefined;
  }
  return fields;
}

/** Compiles a filter into a test of documents read with `readPlain`, or of its `fieldsIn` alone. */
export function compileFilter(filter: Doc): Test {
  if (Object.keys(filter).length === 0) return () => true;
  const test = everyday(filter);
  if (test !== undefined) return test;
  for (const banned of ['$where', '$jsonSchema', '$text']) if (banned in filter) throw unsupported(banned);
  try {
    const query = new Query(filter, { context, scriptEnabled: false });
    return (document) => query.test(document);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault('BadValue', `Regular expression is invalid: ${error.message}`);
    throw error;
  }
}
