export const json = { 'content-type': 'application/json', 'x-council': 'lancashire' };
export const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body,
});
export const query = (text: string) => post(JSON.stringify({ query: text }));

/** Every route there is, and every way to be refused before one: what is asked, where, how. */
export const requests: [string, string, RequestInit?][] = [
  ['a query', '/graphql', query('{council{name}}')],
  ['a problem', '/graphql', query('{me{email}}')],
  ['a document that is none', '/graphql', query('{')],
  ['introspection', '/graphql', query('{__schema{types{name}}}')],
  ['a body that is no JSON', '/graphql', post('{')],
  ['a body that is too large', '/graphql', post('x'.repeat(1_100_000))],
  ['another content type', '/graphql', post('<a/>', { 'content-type': 'application/xml' })],
  ['a GET', '/graphql?query={council{name}}'],
  ['a preflight', '/graphql', { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }],
  ['health', '/healthz'],
  ['readiness', '/readyz'],
  ['a file that is not there', '/files/made-up'],
  [
    'an upload to nowhere',
    '/files/made-up',
    { method: 'PUT', headers: { 'content-type': 'application/pdf' }, body: 'x' },
  ],
  ['the feed, to nobody', '/integration/events'],
  ['the contract', '/integration/asyncapi.yaml'],
  ['the mailbox, of which production has none', '/mailbox'],
  ['nothing', '/nowhere'],
  ['a method that is not served', '/healthz', { method: 'DELETE' }],
];
