import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { GraphQLError, Kind, parseValue } from 'graphql';
import { Logger } from '../../src/core/logger.js';
import { CalendarDate, DateTime, JSONObject } from '../../src/graphql/scalars.js';
import { connection, pageSize, readCursor, writeCursor } from '../../src/referral/cursors.js';

describe('a cursor', () => {
  const kinds: [string, string] = ['string', 'string'];
  const read = (cursor: string) => readCursor<[string, string]>(cursor, kinds);
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('gives back the keys that it was made of', () => {
    expect(read(writeCursor('2026-11-20T12:00:00.000Z', 'r-1'))).toEqual(['2026-11-20T12:00:00.000Z', 'r-1']);
    expect(readCursor<[number, string]>(writeCursor(7, 'é/💥'), ['number', 'string'])).toEqual([7, 'é/💥']);
  });

  test.each([
    '',
    ' ',
    'nonsense',
    '💥',
    encoded(null),
    encoded({}),
    encoded('ab'),
    encoded([]),
    encoded(['a']),
    encoded(['a', 'b', 'c']),
    encoded(['a', 1]),
    encoded([{ $gt: '' }, 'b']),
    encoded(['a', { $gt: '' }]),
    encoded(['a', null]),
    encoded({ length: 2, 0: 'a', 1: 'b' }),
    writeCursor('a', 'b').slice(0, -2),
  ])('that was not given out is refused: %p', (cursor) => {
    expect(() => read(cursor)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', field: 'after' }));
  });

  test.each<[number | null | undefined, number]>([
    [undefined, 20],
    [null, 20],
    [1, 1],
    [100, 100],
  ])('pages of %p hold %i', (first, size) => {
    expect(pageSize(first)).toBe(size);
  });

  test.each([0, -1, 101, 2 ** 31 - 1])('there are no pages of %i', (first) => {
    expect(() => pageSize(first)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', field: 'first' }));
  });

  test('a page knows whether another follows', () => {
    const page = (rows: number[], first: number) =>
      connection(rows, first, 9, (row) => ({ cursor: `c${row}`, node: row }));
    expect(page([1, 2, 3], 2)).toEqual({
      edges: [
        { cursor: 'c1', node: 1 },
        { cursor: 'c2', node: 2 },
      ],
      pageInfo: { hasNextPage: true, endCursor: 'c2' },
      totalCount: 9,
    });
    expect(page([1, 2], 2).pageInfo).toEqual({ hasNextPage: false, endCursor: 'c2' });
    expect(page([], 2)).toEqual({ edges: [], pageInfo: { hasNextPage: false, endCursor: null }, totalCount: 9 });
  });
});

describe('a DateTime', () => {
  test.each([
    ['2026-11-20T09:34:15.000Z', '2026-11-20T09:34:15.000Z'],
    ['2026-11-20T09:34:15Z', '2026-11-20T09:34:15.000Z'],
    ['2026-11-20T10:34:15.5+01:00', '2026-11-20T09:34:15.500Z'],
    ['2026-11-20T09:34:15.123456789Z', '2026-11-20T09:34:15.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is the instant %s', (text, iso) => {
    expect(DateTime.parseValue(text).toISOString()).toBe(iso);
    expect(DateTime.parseLiteral({ kind: Kind.STRING, value: text }).toISOString()).toBe(iso);
  });

  test.each([
    '',
    'tomorrow',
    '2026-11-20',
    '2026-11-20T09:34:15',
    '2026-11-20 09:34:15Z',
    '2026-13-20T09:34:15Z',
    '2026-11-32T09:34:15Z',
    '2026-11-20T25:34:15Z',
    '2026-11-20T09:34:15.1234567890Z',
    '2026-11-20T09:34:15Z\n2026',
    1_795_167_255_000,
    null,
    {},
    new Date(0),
  ])('is not %p', (value) => {
    expect(() => DateTime.parseValue(value)).toThrow(GraphQLError);
  });

  test('goes out as ISO text, from a Date or from text', () => {
    expect(DateTime.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(DateTime.serialize('2026-11-20T09:34:15Z')).toBe('2026-11-20T09:34:15.000Z');
    expect(() => DateTime.parseLiteral({ kind: Kind.INT, value: '1' })).toThrow(GraphQLError);
  });
});

describe('a Date', () => {
  test.each(['2014-03-09', '2024-02-29', '1900-01-01'])('is %s', (text) => {
    expect(CalendarDate.parseValue(text)).toBe(text);
    expect(CalendarDate.parseLiteral({ kind: Kind.STRING, value: text })).toBe(text);
    expect(CalendarDate.serialize(text)).toBe(text);
  });

  test.each([
    '',
    '2014-3-9',
    '09/03/2014',
    '2026-02-29',
    '2026-02-30',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2014-03-09T00:00:00Z',
    '2014-03-09\n',
    20140309,
    null,
  ])('is not %p', (value) => {
    expect(() => CalendarDate.parseValue(value)).toThrow(GraphQLError);
  });
});

describe('a JSONObject', () => {
  test('comes as a variable or is written out, with variables in it', () => {
    const object = { a: [1, 2.5, 'x', true, null, { b: {} }] };
    expect(JSONObject.parseValue(object)).toEqual(object);
    const literal = parseValue('{a: [1, 2.5, "x", true, null, {b: {}}], c: $given}');
    expect(JSONObject.parseLiteral(literal, { given: 7 })).toEqual({ ...object, c: 7 });
  });

  test.each(['text', 1, null, [], [{}]])('is not %j', (value) => {
    expect(() => JSONObject.parseValue(value)).toThrow(GraphQLError);
  });

  test.each(['"text"', '1', 'null', '[{}]', '$unknown'])('is not written %s', (text) => {
    expect(() => JSONObject.parseLiteral(parseValue(text), {})).toThrow(GraphQLError);
  });

  test('written with a member __proto__ changes no prototype', () => {
    const object = JSONObject.parseLiteral(parseValue('{__proto__: {polluted: 1}}'), {});
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect('polluted' in object).toBe(false);
  });
});

describe('the logger', () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
  });
  afterEach(() => void jest.restoreAllMocks());
  const written = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  test('writes one line of JSON, with its fields', () => {
    new Logger('info').info('follower ready', { follower: 'inbox', took: 7 });
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(written()).toMatchObject([{ level: 'info', message: 'follower ready', follower: 'inbox', took: 7 }]);
  });

  test('writes of an error its name, code and place, and never its message', () => {
    class StoreError extends TypeError {
      override name = 'StoreError';
      code = 11000;
    }
    const error = new StoreError('dup key: { email: "canary@example.org" }', { cause: new Error('canary too') });
    new Logger('error').error('write failed', { error });
    expect(lines.join('')).not.toContain('canary');
    expect(written()).toMatchObject([{ message: 'write failed', error: 'StoreError', code: 11000 }]);
    expect((written()[0]!.place as string[])[0]).toContain('edges.test.ts');
  });

  test.each(['a canary text', { name: 'canary' }, ['canary'], 7, null])(
    'writes nothing of %j thrown as it is',
    (error) => {
      new Logger('error').error('failed', { error });
      expect(lines.join('')).not.toContain('canary');
      expect(written()).toMatchObject([{ error: typeof error }]);
    },
  );

  test('is as quiet as it was told to be', () => {
    new Logger('silent').error('failed');
    new Logger('silent').info('ready');
    new Logger('error').info('ready');
    expect(lines).toEqual([]);
    new Logger('error').error('failed');
    new Logger('info').error('failed');
    expect(lines).toHaveLength(2);
  });
});

test('an error message of several lines is not logged either', () => {
  const lines: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  new Logger('error').error('failed', { error: new Error('one\ncanary line\n    at canary (/tmp/x.ts:1:2)\nlast') });
  jest.restoreAllMocks();
  expect(lines.join('')).not.toContain('canary');
  expect(lines.join('')).toContain('.test.ts');
});

test.each(['2026-02-30T00:00:00Z', '2026-02-29T12:00:00Z', '2026-04-31T00:00:00Z'])('%s is no DateTime', (text) => {
  expect(() => DateTime.parseValue(text)).toThrow();
});
