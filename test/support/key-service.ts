import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TransitPlace } from '../../src/core/vault-transit.js';
import { seal, unseal } from '../../src/core/seal.js';

export interface KeyService {
  place: TransitPlace;
  /** Answers in place of the engine for as long as it is set: a Vault that is sealed, or a proxy before it. */
  instead: RequestListener | undefined;
  /** How many requests were answered by `instead`. */
  refused: number;
  stop(): Promise<void>;
}

const KEY = Buffer.alloc(32, 21);

/** Answers as Vault's transit engine does (its HTTP API, v1), with one key. */
export async function startKeyService(): Promise<KeyService> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (service.instead) {
        service.refused += 1;
        return service.instead(request, response);
      }
      const reply = (status: number, data: object) => response.writeHead(status).end(JSON.stringify({ data }));
      if (request.method === 'GET') return reply(200, { latest_version: 1 });
      const given = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
      const context = given.associated_data!;
      if (request.url!.includes('/encrypt/')) {
        const sealed = seal(KEY, Buffer.from(given.plaintext!, 'base64'), context).toString('base64');
        return reply(200, { ciphertext: `vault:v1:${sealed}` });
      }
      const sealed = Buffer.from(given.ciphertext!.slice('vault:v1:'.length), 'base64');
      try {
        reply(200, { plaintext: unseal(KEY, sealed, context).toString('base64') });
      } catch {
        reply(400, {});
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: KeyService = {
    place: { url, mount: 'transit', key: 'frontdoor', token: 'the-token' },
    instead: undefined,
    refused: 0,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}
