import { expect, test } from '@jest/globals';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { answerText } from '../../src/graphql/answer-text.js';
import { PlannedExecution } from '../../src/graphql/planned-execution.js';

const schema = buildSchema(`
  scalar Any
  type Query { shelf: Shelf }
  type Shelf { books: [Book], name: String, notes: Any, tags: [String] }
  type Book { title: String, pages: [Int], any: Any }
`);
const document = parse('{ shelf { name books { title pages any } notes tags } again: shelf { books { title } } }');
const answerOf = async (shelf: object) => {
  schema.getQueryType()!.getFields().shelf!.resolve = () => shelf;
  return new PlannedExecution(schema).answer(document, getOperationAST(document)!, {}, {});
};
const asApollo = (answer: object) => `${JSON.stringify(answer)}\n`;

const BOOKS = [
  { title: 'Emma "and" ünïcode \u2028', pages: [1, 2], any: { at: new Date(0), gone: undefined, list: [undefined] } },
  null,
];
const NOTES = { nested: { deep: [1, { a: null }], gone: undefined }, when: new Date(0), '1': 'first', 'a"b': true };

test('an answer is written as Apollo writes it, its lists new or given again', async () => {
  const shelves = [BOOKS, Object.freeze([...BOOKS]), Object.freeze([])].map((books) => ({
    name: 'Novels',
    books,
    notes: NOTES,
    tags: ['a'],
  }));
  for (const shelf of shelves) {
    for (let time = 1; time <= 3; time += 1) {
      const answer = await answerOf(shelf);
      expect(answerText(answer)).toBe(asApollo(answer));
    }
  }
});

test('errors, extensions and the order of all three are kept', async () => {
  const books = Object.freeze([...BOOKS]);
  const shelf = { books, get name(): string { throw new Error('No name.'); } }; // prettier-ignore
  await answerOf(shelf);
  const { data, errors } = await answerOf(shelf);
  const told = errors!.map((error) => error.toJSON());
  for (const answer of [{ errors: told, data }, { errors: told, data, extensions: { cost: 1 } }, { data }]) {
    expect(answerText(answer)).toBe(asApollo(answer));
  }
  for (const answer of [{ errors: told }, { errors: told, data: null }, { data: { shelf: null } }]) {
    expect(answerText(answer)).toBe(asApollo(answer));
  }
});

test('the text of a list that is given again is made once', async () => {
  const execution = new PlannedExecution(schema);
  let looks = 0;
  const watched = { toJSON: () => (looks += 1) };
  const shelf = { books: Object.freeze([{ title: 'Emma', pages: [], any: watched }]) };
  schema.getQueryType()!.getFields().shelf!.resolve = () => shelf;
  const asked = parse('{ shelf { books { any } } }');
  const texts = [];
  for (let time = 1; time <= 4; time += 1) {
    texts.push(answerText(await execution.answer(asked, getOperationAST(asked)!, {}, {})));
  }
  // The first time it was not known yet that it would be given again.
  expect(texts.map((text) => /"any":(\d)/.exec(text)![1])).toEqual(['1', '2', '2', '2']);
});
