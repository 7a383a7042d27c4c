import type { InboxQuery, InboxQueryVariables } from './frontdoor.generated.js';

/** The answer of an operation; the first problem is thrown, with its code. */
export async function ask<Result, Variables>(
  endpoint: { url: string; council: string; token?: string },
  query: string,
  variables: Variables,
): Promise<Result> {
  const headers = {
    'content-type': 'application/json',
    'x-council': endpoint.council,
    ...(endpoint.token ? { authorization: `Bearer ${endpoint.token}` } : {}),
  };
  const reply = await fetch(endpoint.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await reply.json()) as {
    data?: Result | null;
    errors?: { message: string; extensions: { code: string } }[];
  };
  if (errors?.[0]) throw new Error(`${errors[0].extensions.code}: ${errors[0].message}`);
  return data!;
}

/** The references that wait in the inbox; `document` is the text of operations/inbox.graphql. */
export async function waiting(endpoint: Parameters<typeof ask>[0], document: string): Promise<string[]> {
  const variables: InboxQueryVariables = { filter: { status: ['SUBMITTED'] }, first: 50 };
  const { inbox } = await ask<InboxQuery, InboxQueryVariables>(endpoint, document, variables);
  return inbox.edges.map(({ node }) => `${node.reference} ${node.status}`);
}
