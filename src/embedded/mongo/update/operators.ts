import { Timestamp } from 'bson';
import { bsonType, hasOperators, isDocument, readPlain, write, type Doc } from '../bson/document.js';
import { compareValues, equalValues } from '../bson/order.js';
import { Fault } from '../errors.js';
import { compileFilter } from '../query/matcher.js';
import { sortFields, sortKey } from '../query/sort.js';
import { add, isNumeric } from './arithmetic.js';
import { KEEP, REMOVE } from './path.js';

/** Makes of a field's value (undefined: missing) and an operand the value it shall have, or KEEP, or REMOVE. */
type Operator = (current: unknown, operand: unknown, path: string) => unknown;

const typeName = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (value instanceof Date) return 'date';
  const names: Record<string, string> = {
    Int32: 'int',
    Long: 'long',
    Double: 'double',
    Decimal128: 'decimal',
    ObjectId: 'objectId',
    Binary: 'binData',
  };
  return names[bsonType(value) ?? ''] ?? (typeof value === 'boolean' ? 'bool' : typeof value);
};

/** A value as filters see it. */
export const plain = (value: unknown): unknown => readPlain(write({ value })).value;

function increment(current: unknown, operand: unknown, path: string): unknown {
  if (!isNumeric(operand))
    throw new Fault('TypeMismatch', `Cannot increment with non-numeric argument: {${path}: ${typeName(operand)}}`);
  if (current === undefined) return operand;
  if (!isNumeric(current))
    throw new Fault(
      'TypeMismatch',
      `Cannot apply $inc to a value of non-numeric type. The document has the field '${path}' of non-numeric type ${typeName(current)}`,
    );
  return add(current, operand);
}

interface PushSpec {
  each: unknown[];
  position: number | undefined;
  slice: number | undefined;
  sort: unknown;
}

function pushSpec(operand: unknown): PushSpec {
  if (!isDocument(operand) || !('$each' in operand))
    return { each: [operand], position: undefined, slice: undefined, sort: undefined };
  const { $each, $position, $slice, $sort, ...others } = operand;
  const [unknownKey] = Object.keys(others);
  if (unknownKey !== undefined) throw new Fault('BadValue', `Unrecognized clause in $push: ${unknownKey}`);
  if (!Array.isArray($each))
    throw new Fault(
      'BadValue',
      'The argument to $each in $push must be an array but it was of type: ' + typeName($each),
    );
  const whole = (value: unknown, name: string): number | undefined => {
    if (value === undefined) return undefined;
    const number = plain(value);
    if (typeof number !== 'number' || !Number.isInteger(number))
      throw new Fault('BadValue', `The value for ${name} must be an integer value`);
    return number;
  };
  return {
    each: $each,
    position: whole($position, '$position'),
    slice: whole($slice, '$slice'),
    sort: $sort === undefined ? undefined : plain($sort),
  };
}

function sortArray(array: unknown[], sort: unknown): unknown[] {
  if (sort === undefined) return array;
  if (sort === 1 || sort === -1) return array.sort((left, right) => compareValues(left, right) * sort);
  if (!isDocument(sort))
    throw new Fault(
      'BadValue',
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  const fields = sortFields(sort);
  const key = (element: unknown): Buffer => sortKey(isDocument(element) ? element : {}, fields);
  return array.sort((left, right) => key(left).compare(key(right)));
}

function push(current: unknown, operand: unknown, path: string): unknown {
  if (current !== undefined && !Array.isArray(current))
    throw new Fault('BadValue', `The field '${path}' must be an array but is of type ${typeName(current)} in document`);
  const { each, position, slice, sort } = pushSpec(operand);
  const array: unknown[] = [...((current as unknown[] | undefined) ?? [])];
  array.splice(position ?? array.length, 0, ...each);
  sortArray(array, sort);
  if (slice === undefined) return array;
  if (slice === 0) return [];
  return slice < 0 ? array.slice(slice) : array.slice(0, slice);
}

function addToSet(current: unknown, operand: unknown, path: string): unknown {
  if (current !== undefined && !Array.isArray(current))
    throw new Fault(
      'BadValue',
      `Cannot apply $addToSet to non-array field. Field named '${path}' has non-array type ${typeName(current)}`,
    );
  let values: unknown[] = [operand];
  if (isDocument(operand) && '$each' in operand) {
    const { $each, ...others } = operand;
    const [unknownKey] = Object.keys(others);
    if (unknownKey !== undefined)
      throw new Fault('BadValue', `Found unexpected fields after $each in $addToSet: ${unknownKey}`);
    if (!Array.isArray($each))
      throw new Fault(
        'TypeMismatch',
        'The argument to $each in $addToSet must be an array but it was of type ' + typeName($each),
      );
    values = $each;
  }
  const set: unknown[] = [...((current as unknown[] | undefined) ?? [])];
  for (const value of values) if (!set.some((element) => equalValues(element, value))) set.push(value);
  return set;
}

function pull(current: unknown, operand: unknown): unknown {
  if (current === undefined) return KEEP;
  if (!Array.isArray(current)) throw new Fault('BadValue', 'Cannot apply $pull to a non-array value');
  const condition = plain(operand);
  let goes: (element: unknown) => boolean;
  if (hasOperators(condition) || condition instanceof RegExp) {
    const test = compileFilter({ value: condition });
    goes = (element) => test({ value: plain(element) });
  } else if (isDocument(condition)) {
    const test = compileFilter(condition);
    goes = (element) => isDocument(element) && test(plain(element) as Doc);
  } else {
    goes = (element) => equalValues(element, operand);
  }
  return current.filter((element) => !goes(element));
}

function currentDate(_current: unknown, operand: unknown): unknown {
  const type = isDocument(operand) ? operand.$type : operand;
  if (type === true || type === 'date') return new Date();
  if (type === 'timestamp') return new Timestamp({ t: Math.floor(Date.now() / 1000), i: 1 });
  throw new Fault('BadValue', "The '$type' string field is required to be 'date' or 'timestamp'");
}

const extreme =
  (keeps: (order: number) => boolean): Operator =>
  (current, operand) =>
    current !== undefined && keeps(compareValues(current, operand)) ? KEEP : operand;

/** Every update operator but $rename, which speaks of two fields. */
export const OPERATORS: Record<string, Operator> = {
  $set: (_current, operand) => operand,
  $setOnInsert: (_current, operand) => operand,
  $unset: (current) => (current === undefined ? KEEP : REMOVE),
  $inc: increment,
  $min: extreme((order) => order <= 0),
  $max: extreme((order) => order >= 0),
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $currentDate: currentDate,
};
