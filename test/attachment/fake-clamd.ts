import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How the next files are answered: by what is in them, or not as a daemon that is well would do. */
export type Mood = 'well' | 'silent' | 'closing' | 'erring' | 'babbling' | 'limited';

/** What stands for malware here: it looks like nothing to the inspection of contents. */
export const EVIL = 'looks-like-nothing-and-is-evil';

/** A file of which a daemon that is well can make nothing. */
export const PUZZLING = 'nobody-can-say-what-this-is';

/** Answers clamd's INSTREAM over a real socket; everything that begins with EVIL is found. */
export class FakeClamd {
  mood: Mood = 'well';
  /** Files that arrived whole. */
  readonly scanned: Buffer[] = [];
  private server?: Server;
  private readonly sockets = new Set<Socket>();

  /** Listens on a free port, or where it is told to. */
  async start(where: number | string = 0): Promise<string> {
    this.server = createServer((socket) => void this.serve(socket).catch(() => socket.destroy()));
    if (typeof where === 'string') this.server.listen(where);
    else this.server.listen(where, '127.0.0.1');
    await once(this.server, 'listening');
    if (typeof where === 'string') return `unix:${where}`;
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    const path = server.address();
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(server, 'close');
    if (typeof path === 'string') rmSync(path, { force: true });
  }

  private async serve(socket: Socket): Promise<void> {
    this.sockets.add(socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket)));
    if (this.mood === 'closing') return void socket.destroy();
    if (this.mood === 'babbling') return void socket.write('x'.repeat(10_000));
    if (this.mood === 'limited') return void socket.end('INSTREAM size limit exceeded. ERROR\0');
    const bytes = await readStream(socket);
    this.scanned.push(bytes);
    if (this.mood === 'erring' || bytes.includes(PUZZLING))
      return void socket.end("stream: Can't allocate memory ERROR\0");
    if (this.mood === 'silent') return;
    socket.end(bytes.includes(EVIL) ? 'stream: Test.Evil-1 FOUND\0' : 'stream: OK\0');
  }
}

/** zINSTREAM, then chunks of a length and as many bytes, until one of none. Throws where it is anything else. */
async function readStream(socket: Socket): Promise<Buffer> {
  const command = Buffer.from('zINSTREAM\0');
  let buffered = Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let begun = false;
  for await (const data of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    buffered = Buffer.concat([buffered, data]);
    if (!begun && buffered.length >= command.length) {
      if (!buffered.subarray(0, command.length).equals(command)) throw new Error('not INSTREAM');
      buffered = buffered.subarray(command.length);
      begun = true;
    }
    while (begun && buffered.length >= 4) {
      const length = buffered.readUInt32BE();
      if (length === 0) return Buffer.concat(chunks);
      if (buffered.length < 4 + length) break;
      chunks.push(buffered.subarray(4, 4 + length));
      buffered = buffered.subarray(4 + length);
    }
  }
  throw new Error('ended half way');
}
