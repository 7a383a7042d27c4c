import { Decimal128, Long } from 'bson';
import { evalExpr } from 'mingo/core';
import { bsonType, isDocument, type Doc } from '../bson/document.js';
import { compareValues, equalValues } from '../bson/order.js';
import { Fault, unsupported } from '../errors.js';

type Expression = (document: unknown, operands: unknown, options: unknown) => unknown;
const comparing =
  (result: (left: unknown, right: unknown) => unknown): Expression =>
  (document, operands, options) => {
    if (!Array.isArray(operands) || operands.length !== 2)
      throw new Fault('BadValue', 'an expression takes exactly 2 arguments');
    const [left, right] = evalExpr(document, operands as never, options as never) as unknown[];
    return result(left, right);
  };

/** Comparisons in expressions, by MongoDB's order of values. */
export const expressionOperators: Record<string, Expression> = {
  $eq: comparing(equalValues),
  $ne: comparing((left, right) => !equalValues(left, right)),
  $gt: comparing((left, right) => compareValues(left, right) > 0),
  $gte: comparing((left, right) => compareValues(left, right) >= 0),
  $lt: comparing((left, right) => compareValues(left, right) < 0),
  $lte: comparing((left, right) => compareValues(left, right) <= 0),
  $cmp: comparing((left, right) => Math.sign(compareValues(left, right))),
  $in: comparing((left, right) => (right as unknown[]).some((element) => equalValues(element, left))),
};

/** The fields that an expression speaks of ("$a.b" is a); undefined if it can see the whole document. */
function referenced(expression: unknown, fields = new Set<string>()): Set<string> | undefined {
  if (typeof expression === 'string') {
    if (expression.startsWith('$$ROOT') || expression.startsWith('$$CURRENT')) return undefined;
    if (expression.startsWith('$') && !expression.startsWith('$$')) fields.add(expression.slice(1).split('.')[0] ?? '');
    return fields;
  }
  if (typeof expression !== 'object' || expression === null) return fields;
  for (const part of Object.values(expression)) if (referenced(part, fields) === undefined) return undefined;
  return fields;
}

function refuseWide(value: unknown): void {
  if (value instanceof Long || value instanceof Decimal128)
    throw unsupported(`an expression over a ${bsonType(value)} (${value.toString()})`);
  if (Array.isArray(value)) value.forEach(refuseWide);
  else if (isDocument(value)) Object.values(value).forEach(refuseWide);
}

/**
 * Arithmetic on numbers that JavaScript cannot hold would be wrong without a word: makes a check that refuses
 * documents with such numbers in the fields an expression speaks of.
 */
export function wideNumberCheck(expression: unknown): (document: Doc) => void {
  const fields = referenced(expression);
  if (fields === undefined) return refuseWide;
  return (document) => fields.forEach((field) => refuseWide(document[field]));
}
