import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { asFault } from '../errors.js';
import { frameReply, MAX_MESSAGE, readMessage, type Message } from './message.js';

type Handler = (message: Message) => Promise<Buffer>;

/** Cuts a stream of bytes into whole messages. */
class Framer {
  private chunks: Buffer[] = [];
  private size = 0;

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  /** The next whole message, or undefined while more of it has to come. */
  next(): Buffer | undefined {
    if (this.size < 16) return undefined;
    const head = this.chunks[0] as Buffer;
    const length = (head.length >= 4 ? head : this.joined()).readInt32LE(0);
    if (length < 16 || length > MAX_MESSAGE) throw new Error(`a message of ${length} bytes`);
    if (this.size < length) return undefined;
    const all = this.joined();
    this.size -= length;
    this.chunks = this.size > 0 ? [all.subarray(length)] : [];
    return all.subarray(0, length);
  }

  private joined(): Buffer {
    const [only] = this.chunks;
    if (this.chunks.length === 1 && only !== undefined) return only;
    const all = Buffer.concat(this.chunks, this.size);
    this.chunks = [all];
    return all;
  }
}

function converse(socket: Socket, handle: Handler): void {
  const framer = new Framer();
  // One connection's commands are answered in their order.
  let last = Promise.resolve();
  const reply = async (message: Message): Promise<void> => {
    const document = await handle(message);
    if (!message.silent && !socket.destroyed) socket.write(frameReply(message, document));
  };
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    try {
      framer.add(chunk);
      for (let bytes = framer.next(); bytes !== undefined; bytes = framer.next()) {
        const message = readMessage(bytes);
        last = last.then(() => reply(message)).catch(() => void socket.destroy());
      }
    } catch (error) {
      // Without a whole message there is nobody to answer: the stream makes no sense any more.
      socket.destroy(asFault(error));
    }
  });
}

/** A listening server and its connections. */
export interface Listening {
  port: number;
  close: () => Promise<void>;
}

/** Listens for MongoDB clients. */
export async function listen(host: string, port: number, handle: Handler): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server: NetServer = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    converse(socket, handle);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: (server.address() as AddressInfo).port, close };
}
