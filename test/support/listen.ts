import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Api, Json } from '../../src/cli/demo/api.js';

const clients: Client[] = [];

/** Subscribes as somebody; gives what has come so far, and the problem it ended with. */
export function listen({ base, token, council }: Api, query: string) {
  const client = createClient({
    url: `${base.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}`, 'x-council': council },
    retryAttempts: 0,
  });
  clients.push(client);
  const heard: Json[] = [];
  let problem: string | undefined;
  client.subscribe<Json>(
    { query },
    {
      next: ({ data, errors }) => {
        if (data) heard.push(data);
        if (errors) problem = String(errors[0]!.extensions?.code);
      },
      error: (errors) => (problem = String((errors as { extensions?: Json }[])[0]?.extensions?.code)),
      complete: () => undefined,
    },
  );
  return { heard, problem: () => problem };
}

export async function endListening(): Promise<void> {
  for (const client of clients.splice(0)) await client.dispose();
}
