import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** An instant as all of ours are stored. */
const STORED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** An instant in UTC, RFC 3339 with milliseconds. Inside it is a Date where it came in, and ISO text or a Date going out. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (typeof value === 'string' && STORED.test(value)) return value;
    return (value instanceof Date ? value : new Date(String(value))).toISOString();
  },
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(literal(node)),
});

/** A calendar date, YYYY-MM-DD. */
export const CalendarDate = new GraphQLScalarType<string, string>({
  name: 'Date',
  serialize: String,
  parseValue: readDate,
  parseLiteral: (node) => readDate(literal(node)),
});

/** A JSON object, in variables or written out in the document. */
export const JSONObject = new GraphQLScalarType<object, object>({
  name: 'JSONObject',
  serialize: (value) => value as object,
  parseValue: readObject,
  parseLiteral: (node, variables) => readObject(literal(node, variables)),
});

function readInstant(value: unknown): Date {
  const instant = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : undefined;
  // Date takes 30 February for 2 March: the day must be one of its month.
  if (instant && !Number.isNaN(instant.getTime()) && isDate(String(value).slice(0, 10))) return instant;
  throw new GraphQLError('A DateTime is an RFC 3339 instant, such as 2026-11-20T09:34:15.000Z.');
}

function readDate(value: unknown): string {
  if (typeof value === 'string' && isDate(value)) return value;
  throw new GraphQLError('A Date is a calendar date, such as 2014-03-09.');
}

function isDate(text: string): boolean {
  const date = DATE.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function readObject(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new GraphQLError('A JSON object is asked for here.');
}

function literal(node: ValueNode, variables?: Record<string, unknown> | null): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((field) => [field.name.value, literal(field.value, variables)]));
    case Kind.LIST:
      return node.values.map((value) => literal(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.NULL:
      return null;
    default:
      return node.value;
  }
}
