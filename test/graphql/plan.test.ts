import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  getOperationAST,
  GraphQLObjectType,
  parse,
  validate,
  type ExecutionResult,
} from 'graphql';
import { planOf } from '../../src/graphql/plan.js';
import { PlannedExecution } from '../../src/graphql/planned-execution.js';
import { runs } from '../support/runs.js';

const schema = buildSchema(`
  scalar Any
  enum Size { SMALL LARGE }
  type Query { node(id: ID, size: Size = SMALL): Node, sure: Node!, nodes: [Node], all: [Node!]!, grid: [[Int!]]! }
  type Mutation { first(n: Int!): Node, second(n: Int!): Node! }
  type Node { name: String, id: ID!, count: Int!, size: Size, any: Any, tags: [String!], child: Node, self: Node!, late: Node, lateSure: Node!, children: [Node!] }
`);

/** What a field does when it is resolved. */
type Behaviour = 'value' | 'promise' | 'null' | 'throw' | 'reject' | 'error';
let behave: (path: string) => Behaviour = () => 'value';
let calls: string[] = [];

const NODE = { name: 'Violet', id: 7, count: 1, size: 'LARGE', any: { free: [1] }, tags: ['a', 'b'] };
const valueOf = (name: string): unknown =>
  ({ nodes: [NODE, null, Promise.resolve(NODE)], all: [NODE, NODE], children: [NODE], grid: [[1, 2], null] })[name] ??
  (name in NODE ? NODE[name as keyof typeof NODE] : NODE);

for (const type of Object.values(schema.getTypeMap())) {
  if (!(type instanceof GraphQLObjectType) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    if (type.name === 'Node' && !['child', 'self', 'late', 'lateSure', 'children', 'count'].includes(field.name))
      continue;
    field.resolve = (_source, given, _context, { path }) => {
      const keys: (string | number)[] = [];
      for (let at: typeof path | undefined = path; at; at = at.prev) keys.unshift(at.key);
      const place = keys.join('.');
      calls.push(`${place} ${JSON.stringify(given)}`);
      const broken = new Error(`${place} is broken`);
      const answers: Record<Behaviour, () => unknown> = {
        value: () => valueOf(field.name),
        promise: () => Promise.resolve(valueOf(field.name)),
        null: () => null,
        throw: () => {
          throw broken;
        },
        reject: () => Promise.reject(broken),
        error: () => broken,
      };
      return answers[behave(place)]();
    };
  }
}

const planned = new PlannedExecution(schema);

function parsed(source: string) {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  return [document, getOperationAST(document)!] as const;
}

async function both(source: string, variables: Record<string, unknown> = {}) {
  const [document, operation] = parsed(source);
  const run = async (asked: () => Promise<ExecutionResult> | ExecutionResult) => {
    calls = [];
    const { data, errors } = await asked();
    const told = errors?.map(({ message, path, locations, nodes }) => {
      return JSON.stringify({ message, path, locations, field: nodes?.map(({ kind }) => kind) });
    });
    return {
      data: data && (JSON.parse(JSON.stringify(data)) as object),
      errors: told?.sort(),
      calls: [...calls].sort(),
    };
  };
  const ours = await run(() => planned.answer(document, operation, variables, {}));
  const theirs = await run(() => execute({ schema, document, variableValues: variables, contextValue: {} }));
  return { ours, theirs, isPlanned: planOf(schema, document, operation) !== undefined };
}

const leaves = ['name', 'id', 'count', 'size', 'any', 'tags', '__typename', 'alias: name'];
const nodes = ['child', 'self', 'late', 'lateSure', 'children', 'other: child'];
const selection = (depth: number): fc.Arbitrary<string> => {
  const plain = fc.subarray(leaves, { minLength: 1 });
  const deeper =
    depth === 0
      ? fc.constant([])
      : fc.array(fc.tuple(fc.constantFrom(...nodes), selection(depth - 1)), { maxLength: 2 });
  return fc.tuple(plain, deeper).map(([names, nested]) => {
    return `{${names.join(' ')} ${nested.map((one) => one.join(' ')).join(' ')} ...F}`;
  });
};
const roots = fc.array(fc.tuple(fc.constantFrom('node(id: "1")', 'sure', 'nodes', 'all'), selection(3)), {
  minLength: 1,
  maxLength: 3,
});

/** Which behaviour a place shows, out of those given: the same in both executions. */
const spread = (given: readonly Behaviour[]) => (path: string) =>
  given[[...path].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7) % given.length]!;
const asText = (asked: readonly (readonly [string, string])[]) =>
  `{ ${asked.map(([field, set], nth) => `f${nth}: ${field} ${set}`).join(' ')} }
  fragment F on Node { name ... on Node { id } }`;
const some = (...of: Behaviour[]) => fc.array(fc.constantFrom(...of), { minLength: 1, maxLength: 40 });

test('whatever goes wrong in whatever is asked for, the answer is that of graphql-js', async () => {
  const property = fc.asyncProperty(roots, some('value', 'value', 'null', 'throw', 'error'), async (asked, given) => {
    behave = spread(given);
    const { ours, theirs, isPlanned } = await both(asText(asked));
    expect(isPlanned).toBe(true);
    expect(ours).toEqual(theirs);
  });
  await fc.assert(property, { numRuns: runs(200) });
});

test('one thing that goes wrong sooner or later is told in the same words', async () => {
  const property = fc.asyncProperty(
    roots,
    some('value', 'promise'),
    fc.nat(),
    fc.constantFrom<Behaviour>('null', 'throw', 'reject', 'error'),
    async (asked, given, nth, broken) => {
      behave = spread(given);
      const whole = await both(asText(asked));
      const place = whole.ours.calls[nth % whole.ours.calls.length]!.split(' ')[0];
      behave = (path) => (path === place ? broken : spread(given)(path));
      const { ours, theirs } = await both(asText(asked));
      expect([ours.data, ours.errors]).toEqual([theirs.data, theirs.errors]);
    },
  );
  await fc.assert(property, { numRuns: runs(200) });
});

test('several things that go wrong later leave the data that they would have left at once', async () => {
  const atOnce = {
    value: 'value',
    promise: 'value',
    reject: 'throw',
    null: 'null',
    throw: 'throw',
    error: 'error',
  } as const;
  const property = fc.asyncProperty(roots, some('promise', 'promise', 'reject', 'null'), async (asked, given) => {
    behave = spread(given);
    const later = await planned.answer(...parsed(asText(asked)), {}, {});
    behave = (path) => atOnce[spread(given)(path)];
    const { theirs } = await both(asText(asked));
    expect(JSON.parse(JSON.stringify(later.data))).toEqual(theirs.data);
    expect(later.errors === undefined).toBe(theirs.errors === undefined);
  });
  await fc.assert(property, { numRuns: runs(200) });
});

test.each([
  [
    'arguments, defaults and variables',
    'query($id: ID, $size: Size){node(id:$id, size:$size){id} other: node{id}}',
    { id: 3 },
  ],
  ['a variable of the wrong kind', 'query($size: Size!){node(size:$size){id}}', { size: 'ENORMOUS' }],
  ['a variable that is missing', 'query($size: Size!){node(size:$size){id}}', {}],
  ['null where a variable may not be null', 'query($id: ID = "1"){node(id:$id){id}}', { id: null }],
  ['lists in lists', '{grid}', {}],
  ['one name asked for in several places', '{node{child{id}} node{child{name}} ...on Query{node{child{count}}}}', {}],
  ['mutations', 'mutation{a: first(n:1){id} b: second(n:2){name} c: first(n:3){count}}', {}],
  ['names that objects have anyway', '{constructor: node{toString: id hasOwnProperty: name}}', {}],
])('%s', async (_what, source, variables) => {
  behave = () => 'promise';
  const { ours, theirs, isPlanned } = await both(source, variables);
  expect(isPlanned).toBe(true);
  expect(ours).toEqual(theirs);
});

test.each([
  ['directives', 'query($no: Boolean!){node{id @skip(if:$no) name}}', { no: true }],
  ['the schema', '{__type(name:"Node"){name} __typename}', {}],
  ['a name that no plain object can have', '{node{__proto__: id}}', {}],
])('%s are left to graphql-js', async (_what, source, variables) => {
  behave = () => 'value';
  const { ours, theirs, isPlanned } = await both(source, variables);
  expect(isPlanned).toBe(false);
  expect(ours).toEqual(theirs);
});

test('mutations wait for one another', async () => {
  behave = () => 'promise';
  const order: string[] = [];
  const { first } = schema.getMutationType()!.getFields();
  const { resolve } = first!;
  first!.resolve = async (_source, { n }: { n: number }) => {
    order.push(`${n} begun`);
    await new Promise((done) => setTimeout(done, 5 - n));
    order.push(`${n} done`);
    return NODE;
  };
  await both('mutation{a: first(n:1){id} b: first(n:2){id}}');
  first!.resolve = resolve;
  expect(order.slice(0, 4)).toEqual(['1 begun', '1 done', '2 begun', '2 done']);
});

test('what fails beside something that failed already ends no process', async () => {
  behave = (path) =>
    path === 'all.1' ? 'value' : path.endsWith('late') ? 'reject' : path === 'all.1.self' ? 'throw' : 'value';
  const heard: unknown[] = [];
  const hear = (error: unknown) => heard.push(error);
  process.on('unhandledRejection', hear);
  const { errors } = await planned.answer(...parsed('{all{id late{id} lateSure{id} self{id}}}'), {}, {});
  // Node reports a rejection that nobody handled once the turn of the event loop ends.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', hear);
  expect(errors?.length).toBeGreaterThan(0);
  expect(heard).toEqual([]);
});

const shelves = buildSchema(`
  type Query { shelf: Shelf! }
  type Shelf { books: [Book] }
  type Book { title: String!, pages: [Int], price: Int }
`);
const shelfOf = (books: readonly unknown[]) => {
  const execution = new PlannedExecution(shelves);
  const document = parse('{ shelf { books { __typename title pages price } } }');
  return () => {
    shelves.getQueryType()!.getFields().shelf!.resolve = () => ({ books });
    return execution.answer(document, getOperationAST(document)!, undefined, undefined);
  };
};

test('a frozen list of data is completed once, and answered as ever', async () => {
  let looked = 0;
  const book = { pages: [1, 2], price: null, get title() { looked += 1; return 'Emma'; } }; // prettier-ignore
  const [kept, anew] = [shelfOf(Object.freeze([book, null])), shelfOf([book, null])];
  const answer = {
    data: { shelf: { books: [{ __typename: 'Book', title: 'Emma', pages: [1, 2], price: null }, null] } },
  };
  expect([await kept(), await kept(), await kept()]).toEqual([answer, answer, answer]);
  expect(looked).toBe(1);
  expect([await anew(), await anew()]).toEqual([answer, answer]);
  expect(looked).toBe(3);
});

test('a frozen list is completed anew each time where something in it is called or goes wrong', async () => {
  let price = 0;
  const dear = shelfOf(Object.freeze([{ title: 'Emma', price: () => (price += 1) }]));
  const prices = [await dear(), await dear()].map(({ data }) => (data as { shelf: { books: unknown[] } }).shelf.books);
  expect(prices).toMatchObject([[{ price: 1 }], [{ price: 2 }]]);
  const late = shelfOf(Object.freeze([{ title: 'Emma', price: Promise.resolve(3) }]));
  expect([await late(), await late()]).toMatchObject(
    [3, 3].map((price) => ({ data: { shelf: { books: [{ price }] } } })),
  );
  const broken = shelfOf(Object.freeze([{ title: null }]));
  for (const { data, errors } of [await broken(), await broken()]) {
    expect(data).toEqual({ shelf: { books: [null] } });
    expect(errors).toHaveLength(1);
  }
});
