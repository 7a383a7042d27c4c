import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As often as a balancer asks whether a process is ready, in milliseconds. */
const INTERVAL = 100;

interface Backend {
  port: number;
  ready: boolean;
}

/**
 * A small load balancer: sends each request to a process that says it is ready, in turn, and to another one only where
 * the connection could not be made at all. What broke half-way it answers with 502.
 */
export class Balancer {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server = createServer((asked, reply) => void this.forward(asked, reply));
  private readonly backends: Backend[];
  private readonly timer: NodeJS.Timeout;
  private turn = 0;

  constructor(ports: number[]) {
    this.backends = ports.map((port) => ({ port, ready: false }));
    this.timer = setInterval(() => void this.look(), INTERVAL);
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whether requests are sent to this process. */
  sendsTo(port: number): boolean {
    return this.backends.some((backend) => backend.port === port && backend.ready);
  }

  stop(): void {
    clearInterval(this.timer);
    this.server.close();
    this.server.closeAllConnections();
    this.agent.destroy();
  }

  private async look(): Promise<void> {
    const looks = this.backends.map(async (backend) => {
      const reply = await fetch(`http://127.0.0.1:${backend.port}/readyz`).catch(() => undefined);
      backend.ready = reply?.ok ?? false;
    });
    await Promise.all(looks);
  }

  private async forward(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk as Buffer);
    const ready = this.backends.filter((backend) => backend.ready);
    this.turn += 1;
    const inTurn = ready.map((_, nth) => ready[(nth + this.turn) % ready.length]!);
    for (const backend of inTurn) {
      if (await this.sent(backend, asked, Buffer.concat(chunks), reply)) return;
    }
    reply.writeHead(503).end('{"errors":[{"message":"Nobody is ready.","extensions":{"code":"NOBODY_READY"}}]}');
  }

  /** False where no connection could be made. */
  private sent({ port }: Backend, asked: IncomingMessage, body: Buffer, reply: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      const { method, url: path, headers } = asked;
      const sending = request({ host: '127.0.0.1', port, method, path, headers, agent: this.agent }, (answer) => {
        reply.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] });
        answer.pipe(reply);
        resolve(true);
      });
      sending.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'ECONNREFUSED') return resolve(false);
        reply.writeHead(502).end(`{"errors":[{"message":"${code}","extensions":{"code":"BROKEN_CONNECTION"}}]}`);
        resolve(true);
      });
      sending.end(body);
    });
  }
}
