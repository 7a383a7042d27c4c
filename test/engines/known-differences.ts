/** Tests in which a server is not what MongoDB or EventStoreDB is, or cannot do what the test needs, and why. */
export interface Difference {
  servers: readonly string[];
  /** What the server does, where MongoDB does what the test says. */
  reason: string;
  /** Full names of tests. */
  tests: readonly string[];
  /** True where chance decides; without it, a test that passes after all is an error in this table. */
  sometimes?: boolean;
}

const JAVA = ['mongo-java-server'];
const FERRET = ['FerretDB'];

/** A name with and without an index. */
const bothWays = (around: string, names: readonly string[]) =>
  ['without an index', 'with an index'].flatMap((way) => names.map((name) => `${around} ${way} ${name}`));

const aboutTheApplication: Difference[] = [
  {
    servers: [...JAVA, 'KurrentDB and MongoDB', 'EventStoreDB and MongoDB'],
    reason:
      'no fault of the server: a mail that a killed process had claimed is sent after the two minutes of its claim where others may share the stores, and the test waits a minute; a process alone with embedded stores lets claims go at its start',
    tests: [
      'Killed at any moment and started again everything acknowledged is there, views go on from their checkpoints, and no mail is lost',
    ],
    sometimes: true,
  },
];

const javaServer: Difference[] = [
  {
    servers: JAVA,
    reason: 'two conditions on an array have to be met by one element, where MongoDB lets each find its own',
    tests: bothWays('filters', ['{"extra":{"$gt":1,"$lt":5}}']),
  },
  {
    servers: JAVA,
    reason: 'has no $elemMatch within $all',
    tests: bothWays('filters', ['{"pets":{"$all":[{"$elemMatch":{"kind":"dog"}},{"$elemMatch":{"kind":"cat"}}]}}']),
  },
  {
    servers: JAVA,
    reason: 'a comparison with null finds no missing field',
    tests: bothWays('filters', ['{"extra":{"$lte":null}}']),
  },
  {
    servers: JAVA,
    reason: '$rename goes ahead where MongoDB refuses, or refuses with another code',
    tests: ['to itself', 'to within itself', 'of an element', 'to an element'].map(
      (what) => `update operators refuse $rename ${what}`,
    ),
  },
  {
    servers: JAVA,
    reason: 'says "Unknown error", without a code',
    tests: ['filters tell $in without an array from an empty result'],
  },
  {
    servers: JAVA,
    reason: 'cannot compare regular expressions',
    tests: ['sorting goes by type, then by value', 'sorting goes by type, then by value, with an index'],
  },
  {
    servers: JAVA,
    reason: 'does not know projections of documents within documents, as MongoDB does since 4.4',
    tests: ['projections {"b":{"d":0},"l":0}'],
  },
  {
    servers: JAVA,
    reason: 'another code: 31253 is for an inclusion among exclusions, this is the other way round',
    tests: ['projections either include or exclude'],
  },
  {
    servers: JAVA,
    reason: 'the code of MongoDB before 2.6, 10141',
    tests: ['update operators refuse $addToSet onto text'],
  },
  {
    servers: JAVA,
    reason: 'takes no notice of singleBatch',
    tests: ['cursors are closed after a single batch where that is asked for'],
  },
  {
    servers: JAVA,
    reason: 'a cursor goes on over a collection that is gone',
    tests: ['cursors say so when their collection is gone'],
  },
  { servers: JAVA, reason: 'leaves the _id where the client put it', tests: ['insert puts the _id first'] },
  {
    servers: JAVA,
    reason: 'does not count what went in before a failure',
    tests: ['insert says how many went in before a failure'],
  },
  { servers: JAVA, reason: 'integers wrap round', tests: ['update operators integers refuse to grow over 64 bits'] },
  {
    servers: JAVA,
    reason: 'gives out a document that the next update changes beneath it',
    tests: ['findAndModify counts every one of many concurrent increments'],
    sometimes: true,
  },
  {
    servers: JAVA,
    reason: 'makes a second index on the same key under another name',
    tests: ['indexes are one of a key, and one of a name'],
  },
  {
    servers: JAVA,
    reason: 'an error about a duplicate key comes without keyPattern and keyValue',
    tests: ['indexes say what would be double, in words and fields as MongoDB does'],
  },
  {
    servers: JAVA,
    reason: 'takes no notice of partialFilterExpression',
    tests: ['indexes hold only part of a collection when told so'],
  },
  { servers: JAVA, reason: 'its indexes take parallel arrays', tests: ['indexes refuse two arrays side by side'] },
  {
    servers: JAVA,
    reason: 'takes no notice of the filter of listCollections',
    tests: ['collections and databases are listed by name'],
  },
  { servers: JAVA, reason: 'knows isMaster only', tests: ['commands answer hello'] },
  { servers: JAVA, reason: 'takes no notice of unknown fields', tests: ['commands refuse fields they do not know'] },
  { servers: JAVA, reason: 'has no sessions', tests: ['commands accept sessions'] },
];

const ferret: Difference[] = [
  {
    servers: FERRET,
    reason: '$elemMatch takes operators on single values only, and one element need not meet them all',
    tests: bothWays('filters', [
      '{"pets":{"$elemMatch":{"kind":"dog","age":9}}}',
      '{"pets":{"$elemMatch":{"kind":"cat","age":{"$gt":5}}}}',
      '{"pets":{"$elemMatch":{"$or":[{"kind":"dog"},{"age":2}]}}}',
      '{"pets":{"$all":[{"$elemMatch":{"kind":"dog"}},{"$elemMatch":{"kind":"cat"}}]}}',
      '{"scores":{"$elemMatch":{"$gt":3,"$lt":12}}}',
    ]),
  },
  {
    servers: FERRET,
    reason: 'a field of the documents in an array is not each value on its own to $all, to null and to a sort',
    tests: [
      ...bothWays('filters', [
        '{"pets.age":{"$all":[3,9]}}',
        '{"pets.kind":null}',
        '{"pets.kind":{"$in":[null,"dog"]}}',
      ]),
      'sorting takes a field of the documents in an array as an index has it',
      'sorting takes a field of the documents in an array as an index has it, with an index',
    ],
  },
  {
    servers: FERRET,
    reason: '$rename goes ahead where MongoDB refuses',
    tests: ['to within itself', 'of an element', 'to an element'].map(
      (what) => `update operators refuse $rename ${what}`,
    ),
  },
  {
    servers: FERRET,
    reason: 'has hardly any of the operators of expressions and accumulators ("not implemented yet")',
    tests: [
      ...bothWays('filters', ['{"$expr":{"$gt":["$home.zip",1]}}']),
      ...bothWays('counting and aggregation aggregate', [
        '$group with $max',
        '$project of something computed',
        '$addFields',
      ]),
    ],
  },
  {
    servers: FERRET,
    reason: 'of several accumulators in one $group only the first counts',
    tests: bothWays('counting and aggregation aggregate', ['$group']),
  },
  {
    servers: FERRET,
    reason: 'cuts the connection at a value of a type it does not have: Decimal128, MinKey, MaxKey',
    tests: [
      'types survive being written, found by value, and read: Decimal128 {"$numberDecimal":"0.1"}',
      'types are told apart among each other, by an index',
      'sorting goes by type, then by value',
      'sorting goes by type, then by value, with an index',
    ],
  },
  {
    servers: FERRET,
    reason: 'has no such projection ("is not supported")',
    tests: [
      'projections {"b":{"d":0},"l":0}',
      'projections {"a":1,"l":{"$slice":-1}}',
      'projections {"l":{"$elemMatch":{"x":2}}}',
      'findAndModify gives only the fields that are asked for',
    ],
  },
  {
    servers: FERRET,
    reason: 'another code: CursorNotFound, which MongoDB gave before 4.4',
    tests: ['cursors say so when their collection is gone'],
  },
  {
    servers: FERRET,
    reason: 'another code: 40234, a slip of the pen for 40324',
    tests: ['counting and aggregation refuse stages there are not'],
  },
  {
    servers: FERRET,
    reason: 'another code: FailedToParse',
    tests: ['commands refuse fields they do not know'],
  },
  {
    servers: FERRET,
    reason: 'has no such limit',
    tests: ['insert refuses documents over 16 MB'],
  },
  {
    servers: FERRET,
    reason: 'takes the element out, where MongoDB puts null so that others keep their places',
    tests: ['update operators $unset'],
  },
  {
    servers: FERRET,
    reason: 'has no arrays within arrays',
    tests: ['update operators $push an array as one'],
  },
  {
    servers: FERRET,
    reason: 'takes no notice of the modifiers of $push other than $each',
    tests: ['$slice', '$slice to none', '$position', '$sort', '$sort values'].map(
      (it) => `update operators $push ${it}`,
    ),
  },
  {
    servers: FERRET,
    reason: '$pull takes values, not conditions',
    tests: ['update operators $pull by condition', 'update operators $pull documents'],
  },
  {
    servers: FERRET,
    reason: 'has no positional operators and no arrayFilters',
    tests: [
      'update operators $[]',
      'update operators $[name] changes the elements an array filter picks',
      'update operators $ changes the element the filter has found',
    ],
  },
  {
    servers: FERRET,
    reason: 'an upsert takes nothing from $and',
    tests: ['update and delete upserts from equalities within $and'],
  },
  {
    servers: FERRET,
    reason: 'counts upserts among themselves, where MongoDB names the operation of the bulk',
    tests: ['update and delete says which operation of a bulk made a document'],
  },
  {
    servers: FERRET,
    reason: 'updates are not atomic: each reads and writes without looking whether another wrote between',
    tests: [
      'findAndModify counts every one of many concurrent increments',
      'races let one of a hundred equal upserts insert, and the others update',
      'races let one of many take a lease',
      'races leave what went with a failing write as if it had gone alone',
    ],
    sometimes: true,
  },
  {
    servers: FERRET,
    reason: 'lists indexes by name, not in the order they were made',
    tests: ['indexes are made once, listed and dropped'],
  },
  {
    servers: FERRET,
    reason: 'has neither TTL nor partial indexes ("not implemented yet")',
    tests: ['indexes keep when what they hold expires', 'indexes hold only part of a collection when told so'],
  },
  {
    servers: FERRET,
    reason: 'a unique index over documents that break it fails with an internal error',
    tests: ['indexes refuse what would be double'],
  },
  {
    servers: FERRET,
    reason: 'an error about a duplicate key comes without keyPattern and keyValue',
    tests: ['indexes say what would be double, in words and fields as MongoDB does'],
  },
  {
    servers: FERRET,
    reason: 'its indexes are those of SQLite over JSON: a missing field is unlike any other, an array is one value',
    tests: [
      'indexes take a missing field for null',
      'indexes hold the elements of arrays one by one',
      'indexes refuse two arrays side by side',
    ],
  },
  {
    servers: FERRET,
    reason: 'answers a write that asked for no answer, and the driver takes that for the next one',
    tests: ['commands accept write concerns, none included'],
  },
];

export const differences: readonly Difference[] = [...aboutTheApplication, ...javaServer, ...ferret];
