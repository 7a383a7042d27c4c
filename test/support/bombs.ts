/** A request that asks for too much, or guesses: what is sent, and under which name. */
export interface Bomb {
  name: string;
  query: string;
  variables?: Record<string, unknown>;
}

const times = (count: number, make: (nth: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, nth) => make(nth)).join(between);

const page = 'edges{node{id subjects{id} attachments{id} check{problems{code}}}}';
const saved = `query($n: Int){savedForms(first:$n){${page}}}`;
const submitted = `query($n: Int){submittedForms(first:$n){requestingMoreInformation{previousForm{attachments{id}}}}}`;

/** A page size that only the variables tell. */
const variables: Bomb[] = [1_000, 100_000, 2_147_483_647].flatMap((n) => [
  { name: `a page of ${n} saved forms`, query: saved, variables: { n } },
  { name: `a page of ${n} submitted forms`, query: submitted, variables: { n } },
  { name: `${n} through a default value`, query: saved.replace('Int', `Int = ${n}`) },
  {
    name: `${n} within a fragment`,
    query: `query($n: Int){...F} fragment F on Query{savedForms(first:$n){${page}}}`,
    variables: { n },
  },
]);

const doubling = (levels: number, last: string) =>
  `{...f0} ${times(levels, (nth) => `fragment f${nth} on Query{...f${nth + 1} ...f${nth + 1}}`)} fragment f${levels} on Query{${last}}`;

const fragments: Bomb[] = [
  { name: 'fragments that double 20 times', query: doubling(20, 'council{name}') },
  { name: 'fragments that double 28 times', query: doubling(28, `savedForms{${page}}`) },
  { name: 'a fragment within itself', query: '{...a} fragment a on Query{...a}' },
  { name: 'two fragments in a circle', query: '{...a} fragment a on Query{...b} fragment b on Query{...a}' },
  {
    name: 'twenty fragments in a circle',
    query: `{...f0} ${times(20, (nth) => `fragment f${nth} on Query{...f${(nth + 1) % 20}}`)}`,
  },
  {
    name: 'a circle that nobody uses',
    query: '{council{name} __typename ...a} fragment a on Query{council{...b}} fragment b on Council{id ...b}',
  },
  { name: '60 fragments', query: `{...f0} ${times(60, (nth) => `fragment f${nth} on Query{council{id}}`)}` },
  { name: 'one fragment used 100 times', query: `{${times(100, () => '...f')}} fragment f on Query{council{id}}` },
  { name: '100 inline fragments', query: `{${times(100, () => '...on Query{council{id}}')}}` },
];

/** Lists that have no argument to bound them, in one another and beside one another. */
const lists: Bomb[] = [
  ...[2, 4].map((depth) => ({
    name: `columns of columns, ${depth} deep, of every question`,
    query: `{${times(15, (nth) => `f${nth}:form(id:"a${nth}"){sections{questions{${'columns{choices{code} '.repeat(depth)}id${'}'.repeat(depth)}}}}`)}}`,
  })),
  {
    name: 'every saved form with the request that it answers',
    query: `{savedForms(first:100){edges{node{answersRequest{previousForm{subjects{id} attachments{id}}} subjects{id}}}}}`,
  },
  {
    name: 'every request with the form before it',
    query: `{${times(2, (nth) => `s${nth}:submittedForms(first:100){requestingMoreInformation{questions{note} previousForm{subjects{id} attachments{id} answers}}}`)}}`,
  },
  {
    name: 'fifteen pages of a hundred at once',
    query: `{${times(15, (nth) => `p${nth}:savedForms(first:100){edges{node{id subjects{id}}}}`)}}`,
  },
  {
    name: 'ten comparisons of all versions',
    query: `{referral(reference:"x"){${times(10, (nth) => `c${nth}:changes(from:1,to:${nth}){label}`)} versions{subjects{id} attachments{id}}} ${times(5, (nth) => `r${nth}:referral(reference:"x"){versions{subjects{id} attachments{id}} subjects{subject{id}} informationRequests{questions{note}} mails{id} receipts{system}}`)} inbox(first:2000){edges{node{reference}}}}`,
  },
];

const nested = (depth: number) =>
  `{form(id:"a"){sections{questions{${'columns{'.repeat(depth)}id${'}'.repeat(depth)}}}}}`;
const deep: Bomb[] = [8, 12, 50, 200, 400].map((depth) => ({
  name: `fields nested ${depth + 3} deep`,
  query: nested(depth),
}));
const deepThrough: Bomb = {
  name: 'fields nested through fragments',
  query: `{form(id:"a"){sections{questions{...q0}}}} ${times(12, (nth) => `fragment q${nth} on Question{columns{...q${nth + 1}}}`)} fragment q12 on Question{id}`,
};

const wide: Bomb[] = [
  ...[16, 60, 240].map((many) => ({
    name: `${many} aliases of one field`,
    query: `{council{${times(many, (nth) => `a${nth}:name`)}}}`,
  })),
  { name: '100 councils', query: `{${times(100, (nth) => `a${nth}:council{name}`)}}` },
  { name: 'one field 900 times', query: `{council{${times(900, () => 'name')}}}` },
  { name: 'one selection 200 times', query: `{${times(200, () => 'council{name}')}}` },
];

const directives: Bomb[] = [
  {
    name: '100 directives that there are',
    query: `{council{${times(15, (nth) => `a${nth}:name @include(if:true) @skip(if:false)`)}}}`,
  },
  { name: '300 directives that there are not', query: `{council{name ${times(300, () => '@a')}}}` },
  { name: '400 directives on the operation', query: `query ${times(400, () => '@a')} {council{name}}` },
  { name: '200 directives on a variable', query: `query($a: Int ${times(200, () => '@a')}){council{name}}` },
];

const tokens: Bomb[] = [
  { name: '1,100 tokens', query: `{council{${times(1_100, (nth) => `f${nth}`)}}}` },
  { name: '100,000 tokens', query: `{${'a '.repeat(100_000)}}` },
  { name: 'half a million comments', query: `{council{name}}${'#\n'.repeat(250_000)}` },
  { name: 'a string of 900 KB', query: `{form(id:"${'a'.repeat(900_000)}"){id}}` },
  { name: 'a block string of 400,000 lines', query: `{form(id:"""${'a\n'.repeat(400_000)}"""){id}}` },
  { name: 'a name of 900 KB', query: `{${'a'.repeat(900_000)}}` },
  { name: '400 brackets', query: `{council(a:${'['.repeat(400)}${']'.repeat(400)}){name}}` },
  { name: '5,000 brackets that never close', query: `{council(a:${'['.repeat(5_000)}` },
  { name: '50 operations', query: times(50, (nth) => `query q${nth}{council{name}}`) },
];

/** Fifty and more, of every kind that there is to think of. */
export const bombs: readonly Bomb[] = [
  ...variables,
  ...fragments,
  ...lists,
  ...deep,
  deepThrough,
  ...wide,
  ...directives,
  ...tokens,
];
