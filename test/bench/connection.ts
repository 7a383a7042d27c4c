import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  body: string;
}

interface Awaited {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/**
 * One kept-alive connection that posts GraphQL and waits for each answer: as little of a client as can be, so that what is
 * measured is the server. Opened again where the server closes it.
 */
export class Connection {
  private readonly at: URL;
  private socket: Socket | undefined;
  private received: Buffer = NOTHING;
  private awaited: Awaited | undefined;

  constructor(base: string) {
    this.at = new URL(base);
  }

  post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
    const named = { host: this.at.host, 'content-type': 'application/json', ...headers };
    const lines = Object.entries(named).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST /graphql HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return new Promise((resolve, reject) => {
      this.awaited = { resolve, reject };
      this.opened().write(head + body);
    });
  }

  close(): void {
    this.socket?.destroy();
  }

  private opened(): Socket {
    if (this.socket?.writable) return this.socket;
    const socket = connect({ port: Number(this.at.port), host: this.at.hostname, noDelay: true });
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.received = NOTHING;
      this.awaited?.reject(new Error('The server closed the connection.'));
    });
    this.socket = socket;
    return socket;
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const end = this.received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const from = end + HEAD_END.length;
    const to = from + Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < to) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.received.toString('utf8', from, to) };
    this.received = NOTHING;
    const { resolve } = this.awaited!;
    this.awaited = undefined;
    // What the server will close is not written to again.
    if (/connection: *close/i.test(head)) {
      const { socket } = this;
      this.socket = undefined;
      socket?.destroy();
    }
    resolve(answer);
  }
}
