import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Platform } from '../platform.js';
import { Metrics } from './state-metrics.js';

/** Metrics and health on a port that the outside does not reach: of API processes and of projectors. */
export async function serveMetrics(platform: Platform, port: number): Promise<{ stop(): Promise<void> }> {
  const metrics = new Metrics(platform);
  const routes: Record<string, (reply: ServerResponse) => Promise<void>> = {
    '/metrics': async (reply) => {
      const text = await metrics.text();
      reply.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    },
    '/healthz': async (reply) => json(reply, 200, { status: 'ok' }),
    '/readyz': async (reply) => {
      const { served, body } = await platform.health.report();
      json(reply, served ? 200 : 503, body);
    },
  };
  const server = createServer((request, reply) => {
    const route = request.method === 'GET' ? routes[request.url ?? ''] : undefined;
    if (!route) return json(reply, 404, { status: 'not found' });
    route(reply).catch((error: unknown) => {
      platform.logger.error('metrics could not be told', { error });
      json(reply, 500, { status: 'failed' });
    });
  });
  server.listen(port, platform.config.host);
  await once(server, 'listening');
  return {
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function json(reply: ServerResponse, status: number, body: object): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
